// Reading a checkpoint: nothing of it is used before its digest was found right.

import Checksums
import Diagnostics
import Tensors

/// An open checkpoint whose header was checked; its tensors are checked as they are read.
struct CheckpointFile {
  let file: SafetensorsFile
  let state: CheckpointState

  /// - Throws: `SafetensorsError` for what is no safetensors file, `CheckpointError.damaged`.
  init(source: any RandomAccessSource) throws {
    file = try SafetensorsFile(source: source)
    do {
      try CheckpointEncoding.checkHeader(of: file)
      state = try CheckpointState(metadata: file.metadata)
    } catch let damage as CheckpointDamage {
      throw CheckpointError.damaged(path: source.name, damage)
    }
  }

  /// Reads every byte, without keeping it, and returns the digest of the weights.
  func verify() throws -> String {
    try check { name, consume in try file.withBytes(ofTensor: name) { consume($0) } }
  }

  /// Reads the whole checkpoint into memory; the values that are kept are the ones that were checked.
  func load() throws -> Checkpoint {
    var tensors: [String: Tensor] = [:]
    let digest = try check { name, consume in
      let tensor = try file.tensor(named: name)
      tensor.withUnsafeBuffer { consume(UnsafeRawBufferPointer($0)) }
      tensors[name] = tensor
    }
    return Checkpoint(
      path: file.name, state: state, names: file.names, weightsDigest: digest, tensors: tensors)
  }

  /// Compares all digests; `read` passes the bytes of the tensor of a name to the closure it is given.
  private func check(
    _ read: (String, (UnsafeRawBufferPointer) -> Void) throws -> Void
  ) throws -> String {
    var weights = WeightsDigest()
    for entry in file.entries {
      guard entry.type == .f32 else { throw damaged(.tensorType(entry.name, entry.type.rawValue)) }
      let isWeights = CheckpointSection.isWeights(entry.name)
      if isWeights { weights.begin(entry.name, entry.shape) }
      var hash = SHA256()
      try read(entry.name) { bytes in
        hash.update(bytes)
        if isWeights { weights.update(bytes) }
      }
      let key = CheckpointEncoding.tensorDigestPrefix + entry.name
      guard hash.finalize().hex == file.metadata[key] else {
        throw damaged(.tensorDigest(entry.name))
      }
    }
    let digest = weights.finalize()
    guard digest == file.metadata["weights_sha256"] else { throw damaged(.weightsDigest) }
    return digest
  }

  private func damaged(_ damage: CheckpointDamage) -> CheckpointError {
    .damaged(path: file.name, damage)
  }
}

/// A checkpoint in memory, every byte of which was checked.
public struct Checkpoint: Sendable {
  public let path: String
  public let state: CheckpointState
  /// The tensors' names in the order of the file.
  public let names: [String]
  /// SHA-256 over the weights; see `weightsDigest(ofCheckpointAt:)`.
  public let weightsDigest: String
  let tensors: [String: Tensor]

  /// Reads and checks one file, whatever its name.
  ///
  /// - Throws: `SafetensorsError` or `CheckpointError`: missing (66) or damaged (65).
  public init(path: String, fileSystem: any FileSystem = PosixFileSystem()) throws {
    self = try CheckpointFile(source: FileSystemSource(fileSystem, path: path)).load()
  }

  init(
    path: String, state: CheckpointState, names: [String], weightsDigest: String,
    tensors: [String: Tensor]
  ) {
    self.path = path
    self.state = state
    self.names = names
    self.weightsDigest = weightsDigest
    self.tensors = tensors
  }

  /// The tensor of a full name.
  public func tensor(named name: String) throws -> Tensor {
    guard let tensor = tensors[name] else {
      throw CheckpointError.otherModel(path: path, detail: .missing(name))
    }
    return tensor
  }

  /// The tensors of a section one after the other, of shape (count).
  ///
  /// - Throws: `CheckpointError.otherModel` (78) where the section's names, order or shapes differ
  ///   from the table.
  public func flat(
    _ section: CheckpointSection, table: [(name: String, shape: Shape)]
  ) throws -> Tensor {
    let expected = table.map { section.tensorName($0.name) }
    let found = names.filter { $0.hasPrefix(section.rawValue + "/") }
    for (name, shape) in zip(expected, table.map(\.shape)) {
      let tensor = try tensor(named: name)
      guard tensor.shape == shape else {
        throw CheckpointError.otherModel(
          path: path, detail: .shape(name, found: tensor.shape, expected: shape))
      }
    }
    if let extra = found.first(where: { !expected.contains($0) }) {
      throw CheckpointError.otherModel(path: path, detail: .unexpected(extra))
    }
    guard found == expected else {
      throw CheckpointError.otherModel(path: path, detail: .order(section.rawValue))
    }
    let parts = try expected.map { try tensor(named: $0) }
    return Tensor([parts.reduce(0) { $0 + $1.count }]) { target in
      var offset = 0
      for part in parts {
        part.withUnsafeBuffer { source in
          _ = UnsafeMutableBufferPointer(rebasing: target[offset...]).initialize(from: source)
        }
        offset += part.count
      }
    }
  }

  /// Refuses a checkpoint that was made under another configuration, data set, or number of blocks.
  ///
  /// - Parameter differences: the keys that differ, each as a person should read it, such as
  ///   "batch.discriminator: 64 in the checkpoint, 32 now"; empty where nothing does.
  /// - Throws: `CheckpointError.otherConfiguration` (78).
  public func requireSame(_ differences: (CheckpointState) throws -> [String]) throws {
    let found = try differences(state)
    guard found.isEmpty else {
      throw CheckpointError.otherConfiguration(path: path, differences: found)
    }
  }
}
