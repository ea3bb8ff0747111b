// What must be the same on all ranks before the first step.
// Not here: the comparison (`ProcessGroup.compareAcrossRanks`).

import BLAS
import Checksums
import Datasets
import Foundation
import Tensors

/// The fields of the handshake, as they are named when they differ.
///
/// The processor's model is not among them: hosts of several models agree in their bits when the kernel is
/// pinned (`OPENBLAS_CORETYPE`), and whether they do is what the fingerprint shows.
enum RankIdentity {
  static func fields(
    _ configuration: Configuration, _ dataset: any ImageDataset, fingerprint: UInt64
  ) -> [(name: String, value: String)] {
    let keys = ConfigurationKey.all.map { ($0.name, $0.text(in: configuration)) }
    return [(name: "the program's SHA-256", value: programDigest)] + keys + [
      ("the data set's SHA-256", dataset.digest),
      ("what multiplies matrices", BLAS.kernelName),
      ("the OpenBLAS kernel (OPENBLAS_CORETYPE)", BLAS.coreName),
      ("the build of OpenBLAS", BLAS.configuration),
      ("the numeric fingerprint", String(fingerprint, radix: 16)),
    ]
  }

  private static var programDigest: String {
    guard let program = try? Data(contentsOf: URL(fileURLWithPath: "/proc/self/exe")) else {
      return "unreadable"
    }
    return program.withUnsafeBytes { SHA256.hash($0).hex }
  }

  /// A checksum of computed numbers that depends on every kernel that computes them.
  static func fingerprint(_ numbers: Tensor) -> UInt64 {
    numbers.withUnsafeBuffer { UInt64(CRC32C.checksum(UnsafeRawBufferPointer($0))) }
  }
}
