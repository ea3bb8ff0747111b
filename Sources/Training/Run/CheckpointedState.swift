// The training state as a checkpoint, and back.  Not here: files; see `CheckpointStore`.

import DataParallel
import Tensors
import TransGAN

extension TrainingState {
  /// Every flat buffer with its section, in the order of the file.
  var sections: [(section: CheckpointSection, table: ParameterTable, buffer: FlatBuffer)] {
    var sections = [
      (CheckpointSection.generator, generator.table, generator.weights),
      (.discriminator, discriminator.table, discriminator.weights),
      (.average, generator.table, average),
      (.generatorFirstMoment, generator.table, generator.firstMoment),
      (.generatorSecondMoment, generator.table, generator.secondMoment),
      (.discriminatorFirstMoment, discriminator.table, discriminator.firstMoment),
      (.discriminatorSecondMoment, discriminator.table, discriminator.secondMoment),
    ]
    if let leftover { sections.append((.discriminatorLeftover, discriminator.table, leftover)) }
    return sections
  }

  /// The bytes of all buffers.
  var byteCount: Int { sections.reduce(0) { $0 + $1.buffer.count } * MemoryLayout<Float>.stride }

  /// A copy of the state, to be written while training goes on.
  func snapshot(_ state: CheckpointState) -> CheckpointContents {
    var contents = CheckpointContents(state: state)
    for (section, table, buffer) in sections {
      let copy = Tensor([buffer.count]) { _ = $0.initialize(from: buffer.elements) }
      contents.append(section, table: table.namesAndShapes, flat: copy)
    }
    return contents
  }

  #if FAULTS
    /// Inverts a bit of a section, both counted around.
    func flip(bit: Int, section: Int) {
      let buffer = sections[section % sections.count].buffer.elements
      let element = bit / 32 % buffer.count
      buffer[element] = Float(bitPattern: buffer[element].bitPattern ^ (1 << UInt32(bit % 32)))
    }
  #endif

  /// Takes over a checkpoint's state.
  ///
  /// - Throws: `CheckpointError.otherModel` (78), `CheckpointError.damaged` (65).
  func restore(_ checkpoint: Checkpoint) throws {
    for (section, table, buffer) in sections {
      let flat = try checkpoint.flat(section, table: table.namesAndShapes)
      flat.withUnsafeBuffer { _ = buffer.elements.update(fromContentsOf: $0) }
    }
    step = checkpoint.state.step
    rollbacks = try checkpoint.rollbacks
  }

  /// Takes over rank 0's state.
  func receiveFromRoot(_ group: ProcessGroup) throws {
    guard group.size > 1 else { return }
    let position = try group.broadcast(Array("\(step) \(rollbacks)".utf8), phase: "state")
    let numbers = String(decoding: position, as: UTF8.self).split(separator: " ").map { Int($0) }
    guard numbers.count == 2, let step = numbers[0], let rollbacks = numbers[1] else {
      preconditionFailure("two numbers were sent")
    }
    (self.step, self.rollbacks) = (step, rollbacks)
    for (_, _, buffer) in sections {
      let own = group.isRoot ? Array(UnsafeRawBufferPointer(buffer.elements)) : []
      let bytes = try group.broadcast(own, phase: "state")
      guard !group.isRoot else { continue }
      UnsafeMutableRawBufferPointer(buffer.elements).copyBytes(from: bytes)
    }
  }
}

extension Checkpoint {
  private static let rollbacksKey = "rollbacks"

  /// What a checkpoint keeps of a number of rollbacks; nothing where there was none.
  static func additional(rollbacks: Int) -> [String: String] {
    rollbacks > 0 ? [rollbacksKey: "\(rollbacks)"] : [:]
  }

  /// How often the run had gone back.
  ///
  /// - Throws: `CheckpointError.damaged` (65) where the text is no number.
  var rollbacks: Int {
    get throws {
      guard let text = state.additional[Self.rollbacksKey] else { return 0 }
      guard let count = Int(text), count > 0 else {
        throw CheckpointError.damaged(
          path: path, .badMetadata(key: Self.rollbacksKey, value: text))
      }
      return count
    }
  }
}

extension ParameterTable {
  /// Names and shapes in the order of flat buffers.
  var namesAndShapes: [(name: String, shape: Shape)] { entries.map { ($0.name, $0.shape) } }
}
