// The rate that matrix products reach at best on this machine: the limit that steps are measured against.

import BLAS
import Reporting

/// The rate of large float32 products on one thread.
public struct ProductPeak: Sendable {
  /// The best of all products, in operations a second.
  public let operationsPerSecond: Double

  /// Rows of either operand; about a sixth of a second of products in all on a fast core.
  private static let extent = 1024
  private static let repetitions = 8

  /// Multiplies square matrices again and again.
  public init() {
    let extent = Self.extent
    func matrix(_ seed: Float) -> [Float] {
      (0..<extent * extent).map { Float($0 % 97) * 0.01 - seed }
    }
    let (a, b) = (matrix(0.4), matrix(0.5))
    var c = [Float](repeating: 0, count: extent * extent)
    var best = Double.infinity
    for _ in 0..<Self.repetitions {
      let start = monotonicSeconds()
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          c.withUnsafeMutableBufferPointer { c in
            guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else {
              return
            }
            BLAS.gemm(
              m: extent, n: extent, k: extent, a: a, lda: extent, b: b, ldb: extent, c: c,
              ldc: extent)
          }
        }
      }
      best = min(best, monotonicSeconds() - start)
    }
    operationsPerSecond = 2 * Double(extent * extent * extent) / best
  }
}
