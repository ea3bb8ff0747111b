// The digests of a checkpoint that was changed, written into it in place.

import Checksums
import Tensors

@testable import Training

/// Makes every digest right, and the length of the file, that the header's text has a place for; leaves
/// what is no safetensors file alone.
func repairDigests(_ bytes: UnsafeMutableBufferPointer<UInt8>) {
  guard let file = try? SafetensorsFile(bytes: Array(bytes)),
    let headerBytes = try? file.headerBytes().count
  else { return }
  let header = UnsafeMutableBufferPointer(rebasing: bytes[..<headerBytes])
  var weights = WeightsDigest()
  for entry in file.entries {
    let range = headerBytes + entry.bytes.lowerBound..<headerBytes + entry.bytes.upperBound
    let data = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[range])
    replace(
      CheckpointEncoding.tensorDigestPrefix + entry.name, SHA256.hash(data).hex, in: header)
    guard CheckpointSection.isWeights(entry.name) else { continue }
    weights.begin(entry.name, entry.shape)
    weights.update(data)
  }
  replace("weights_sha256", weights.finalize(), in: header)
  let total = String(bytes.count)
  replace("total_bytes", String(repeating: "0", count: 16 - total.count) + total, in: header)
  replace("header_sha256", String(repeating: "0", count: 64), in: header)
  replace("header_sha256", SHA256.hash(UnsafeRawBufferPointer(header)).hex, in: header)
}

/// Writes a value over the text of a key's value, if it has the same length.
private func replace(
  _ key: String, _ value: String, in header: UnsafeMutableBufferPointer<UInt8>
) {
  let pattern = Array("\"\(key)\":\"".utf8)
  let length = value.utf8.count
  guard header.count >= pattern.count + length + 1 else { return }
  for start in 0..<header.count - pattern.count - length
  where header[start] == pattern[0]
    && header[start..<start + pattern.count].elementsEqual(pattern)
    && header[start + pattern.count + length] == UInt8(ascii: "\"")
  {
    _ = header[(start + pattern.count)...].update(fromContentsOf: value.utf8)
    return
  }
}
