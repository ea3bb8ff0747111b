// The digest that tells whether two runs ended with the same weights.
//
// SHA-256 over the tensors of generator, discriminator and moving average in the order of the file: for
// each, "NAME EXTENT,EXTENT,...\n" in UTF-8, then its float32 values, little-endian, row-major.  The
// optimizer's moments and all metadata are left out.

import Checksums
import Tensors

/// A running digest over weights.
struct WeightsDigest: ~Copyable {
  private var hash = SHA256()

  /// Starts a tensor; its bytes follow by `update`.
  mutating func begin(_ name: String, _ shape: Shape) {
    let extents = shape.extents.map(String.init).joined(separator: ",")
    hash.update("\(name) \(extents)\n")
  }

  mutating func update(_ bytes: UnsafeRawBufferPointer) { hash.update(bytes) }

  consuming func finalize() -> String { hash.finalize().hex }
}

/// The SHA-256 over the weights of a checkpoint, in hexadecimal, after every digest in it was checked.
///
/// - Throws: `SafetensorsError` or `CheckpointError` where the file is missing (66) or damaged (65).
public func weightsDigest(ofCheckpointAt path: String) throws -> String {
  try CheckpointFile(source: FileSystemSource(PosixFileSystem(), path: path)).verify()
}
