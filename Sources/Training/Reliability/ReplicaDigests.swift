// Whether the ranks' replicas are still the same: a digest of every tensor of the state.
//
// One number that stands for all rides in every step's exchange, so a difference is known to all ranks in that
// step.  Only then, and before a checkpoint, are the tensors' digests compared.
// Not here: the comparison of those (`ProcessGroup.compareDigests`).

import Checksums
import DataParallel
import Tensors
import TransGAN

/// The digests of a rank's weights, moments and moving average.
struct ReplicaDigests {
  let tensors: [(tensor: String, digest: UInt64)]

  init(_ state: TrainingState) {
    var tensors: [(tensor: String, digest: UInt64)] = []
    for (section, table, buffer) in state.sections {
      for entry in table.entries {
        let part = UnsafeBufferPointer(rebasing: buffer.elements[entry.range])
        tensors.append((section.tensorName(entry.name), MemoryDigest.digest(part)))
      }
    }
    self.tensors = tensors
  }

  /// One number for all, which any difference of a single tensor changes.
  var combined: UInt64 {
    tensors.reduce(0) { ($0 &* 0x9E37_79B9_7F4A_7C15) ^ $1.digest }
  }
}
