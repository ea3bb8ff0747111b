// The header of a checkpoint file: state and digests as safetensors metadata.
//
// Every byte of the file is under a digest: each tensor's data under `tensor_sha256/NAME`, the length
// field and the header's text under `header_sha256`, which is computed with its own 64 digits as zeros.

import Checksums
import Tensors

struct CheckpointEncoding {
  static let format = "transgan-dist checkpoint"
  static let version = "1"
  static let tensorDigestPrefix = "tensor_sha256/"
  private static let headerDigestKey = "header_sha256"
  private static let zeroDigest = String(repeating: "0", count: 64)

  let layout: SafetensorsLayout
  let weightsDigest: String

  /// Computes all digests.  Values that are not finite are refused: they are never a state to resume.
  init(_ contents: CheckpointContents, path: String) throws {
    var metadata = contents.state.metadata
    metadata["format"] = Self.format
    metadata["format_version"] = Self.version
    var weights = WeightsDigest()
    for (name, tensor) in contents.tensors {
      try tensor.withUnsafeBuffer { values in
        if let index = values.firstIndex(where: { !$0.isFinite }) {
          throw CheckpointError.nonFinite(
            path: path, tensor: name, index: index, value: values[index])
        }
        let bytes = UnsafeRawBufferPointer(values)
        metadata[Self.tensorDigestPrefix + name] = SHA256.hash(bytes).hex
        if CheckpointSection.isWeights(name) {
          weights.begin(name, tensor.shape)
          weights.update(bytes)
        }
      }
    }
    weightsDigest = weights.finalize()
    metadata["weights_sha256"] = weightsDigest

    // Total and digest have fixed widths, so filling them in moves nothing.
    let tensors = contents.tensors.map {
      SafetensorsLayout.Declaration(name: $0.name, shape: $0.tensor.shape)
    }
    metadata[Self.headerDigestKey] = Self.zeroDigest
    metadata["total_bytes"] = Self.total(0)
    let total = SafetensorsLayout(tensors: tensors, metadata: metadata).byteCount
    metadata["total_bytes"] = Self.total(total)
    let blank = SafetensorsLayout(tensors: tensors, metadata: metadata)
    metadata[Self.headerDigestKey] = blank.header.withUnsafeBytes { SHA256.hash($0).hex }
    layout = SafetensorsLayout(tensors: tensors, metadata: metadata)
  }

  private static func total(_ bytes: Int) -> String {
    let text = String(bytes)
    return String(repeating: "0", count: max(0, 16 - text.count)) + text
  }

  /// Checks format, version, length, and the digest over the header of a file.
  static func checkHeader(of file: SafetensorsFile) throws {
    let metadata = file.metadata
    guard metadata["format"] == format else {
      throw CheckpointDamage.notCheckpoint
    }
    guard let claimed = metadata[headerDigestKey] else {
      throw CheckpointDamage.missingMetadata(key: headerDigestKey)
    }
    var header = try file.headerBytes()
    // A quote inside a JSON string is escaped, so this text occurs as the key and nowhere else.
    let field = Array("\"\(headerDigestKey)\":\"\(claimed)\"".utf8)
    guard claimed.utf8.count == 64, let position = firstIndex(of: field, in: header) else {
      throw CheckpointDamage.headerDigest
    }
    let digits = position + field.count - 65
    header.replaceSubrange(digits..<(digits + 64), with: zeroDigest.utf8)
    guard header.withUnsafeBytes({ SHA256.hash($0).hex }) == claimed else {
      throw CheckpointDamage.headerDigest
    }
    // Behind the digest, so that a flipped bit here is called damage and not another version.
    guard metadata["format_version"] == version else {
      throw CheckpointDamage.otherVersion(metadata["format_version"] ?? "none")
    }
    guard metadata["total_bytes"] == total(file.byteCount) else {
      throw CheckpointDamage.badMetadata(
        key: "total_bytes", value: metadata["total_bytes"] ?? "none")
    }
  }

  private static func firstIndex(of pattern: [UInt8], in bytes: [UInt8]) -> Int? {
    guard pattern.count <= bytes.count else { return nil }
    return (0...(bytes.count - pattern.count)).first { start in
      bytes[start..<(start + pattern.count)].elementsEqual(pattern)
    }
  }
}
