// Whether the ranks' replicas are still the same: a checksum of every tensor of the state.
//
// One number that stands for all rides in every step's exchange, so a difference is known to all ranks in that
// step.  Only then, and before a checkpoint, are the tensors' checksums compared.
// Not here: the comparison of those (`ProcessGroup.compareDigests`).

import Checksums
import DataParallel
import Tensors
import TransGAN

/// The checksums of a rank's weights, moments and moving average.
struct ReplicaDigests {
  let tensors: [(tensor: String, digest: UInt64)]

  init(_ state: TrainingState) {
    var tensors: [(tensor: String, digest: UInt64)] = []
    for (section, table, buffer) in state.sections {
      let bytes = UnsafeRawBufferPointer(buffer.elements)
      for entry in table.entries {
        let start = entry.range.lowerBound * MemoryLayout<Float>.stride
        let end = entry.range.upperBound * MemoryLayout<Float>.stride
        let checksum = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
        tensors.append((section.tensorName(entry.name), UInt64(checksum)))
      }
    }
    self.tensors = tensors
  }

  /// One number for all, which any difference of a single tensor changes.
  var combined: UInt64 {
    tensors.reduce(0) { ($0 &* 0x9E37_79B9_7F4A_7C15) ^ $1.digest }
  }
}
