// What goes into a checkpoint: a state and named tensors in a fixed order.
// Tensors are values, so contents can be handed to another thread while the training goes on.

import Tensors

/// The parts of a checkpoint; a tensor's name is SECTION/NAME, NAME as in the published state dicts.
public enum CheckpointSection: String, Sendable, CaseIterable {
  case generator = "generator"
  case discriminator = "discriminator"
  /// The moving average of the generator.
  case average = "ema"
  case generatorFirstMoment = "adam/generator/m"
  case generatorSecondMoment = "adam/generator/v"
  case discriminatorFirstMoment = "adam/discriminator/m"
  case discriminatorSecondMoment = "adam/discriminator/v"
  /// Gradients that a generator step left in the discriminator (`fidelity: published`).
  case discriminatorLeftover = "leftover/discriminator"

  /// Whether the section counts for the digest of the weights.
  public var isWeights: Bool {
    self == .generator || self == .discriminator || self == .average
  }

  func tensorName(_ name: String) -> String { rawValue + "/" + name }

  /// Whether a tensor of a checkpoint belongs to the weights.
  static func isWeights(_ tensorName: String) -> Bool {
    allCases.contains { $0.isWeights && tensorName.hasPrefix($0.rawValue + "/") }
  }
}

/// A checkpoint to be written.
public struct CheckpointContents: Sendable {
  public var state: CheckpointState
  /// In the order of the file; names are unique.
  public private(set) var tensors: [(name: String, tensor: Tensor)] = []

  public init(state: CheckpointState) { self.state = state }

  /// Appends one tensor under its full name.
  public mutating func append(_ name: String, _ tensor: Tensor) {
    tensors.append((name, tensor))
  }

  /// Appends a section whose tensors lie one after the other in a flat one, which they share.
  ///
  /// - Parameter table: names and shapes in order; the counts add up to `flat.count`.
  public mutating func append(
    _ section: CheckpointSection, table: [(name: String, shape: Shape)], flat: Tensor
  ) {
    let row = flat.reshaped([flat.count])
    var offset = 0
    for (name, shape) in table {
      let part = row.slice(offset..<(offset + shape.count)).reshaped(shape)
      append(section.tensorName(name), part)
      offset += shape.count
    }
    precondition(offset == flat.count, "the table has \(offset) elements, the data \(flat.count)")
  }
}
