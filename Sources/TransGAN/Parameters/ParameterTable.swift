// The ordered table of a network's parameters: name, shape, offset in a flat buffer, initial distribution.
// Not here: values; see `ParameterValues`.

import Tensors

/// Names a parameter within its network: the position in order of first use.
public struct ParameterID: Hashable, Sendable {
  let position: Int
}

/// The parameters of a network, in the order in which they lie in flat buffers.
///
/// That order is the reverse of first use, in which a reverse pass finishes their gradients; it is also
/// the order of checkpoints and of every sum over parameters.
public struct ParameterTable: Sendable {
  /// One parameter.
  public struct Entry: Sendable {
    /// The name in the published PyTorch state dicts.
    public let name: String
    public let shape: Shape
    /// The index of the first element in a flat buffer.
    public let offset: Int
    public let initializer: Initializer

    /// The elements in a flat buffer.
    public var range: Range<Int> { offset..<offset + shape.count }
  }

  public let entries: [Entry]
  /// The number of scalar parameters.
  public let count: Int

  init(_ declarations: [(name: String, shape: Shape, initializer: Initializer)]) {
    var offset = 0
    var entries: [Entry] = []
    for declaration in declarations.reversed() {
      entries.append(
        Entry(
          name: declaration.name, shape: declaration.shape, offset: offset,
          initializer: declaration.initializer))
      offset += declaration.shape.count
    }
    self.entries = entries
    count = offset
  }

  /// The first `count` parameters, which lie at the same places.
  public func prefix(_ count: Int) -> ParameterTable {
    ParameterTable(entries: Array(entries.prefix(count)))
  }

  private init(entries: [Entry]) {
    self.entries = entries
    count = entries.last?.range.upperBound ?? 0
  }

  /// The index in `entries` of a parameter.
  func index(of id: ParameterID) -> Int { entries.count - 1 - id.position }
}

/// Collects declarations while a network is put together.
struct ParameterDeclarations {
  private var declarations: [(name: String, shape: Shape, initializer: Initializer)] = []

  mutating func declare(
    _ name: String, _ shape: Shape, _ initializer: Initializer
  ) -> ParameterID {
    declarations.append((name, shape, initializer))
    return ParameterID(position: declarations.count - 1)
  }

  var table: ParameterTable { ParameterTable(declarations) }
}
