// Row-major matrix products on the thread that asks; the only importer of COpenBLAS.
//
// float32 products are `MatrixProduct`'s where the processor has AVX-512, which OpenBLAS may not use,
// and otherwise OpenBLAS's.
// Not here: tensors.

import COpenBLAS

/// Matrix products on raw memory.
///
/// OpenBLAS changes bits with the number of threads and with how the rows of a product are split (our
/// own products do not), so every product runs on the thread that asks for it, and callers keep the
/// shapes of a product independent of the ranks.
public enum BLAS {
  /// Fixes one thread a product, once, before the first.
  @usableFromInline static let oneThread: Void = openblas_set_num_threads(1)

  /// The kernel family that OpenBLAS chose for this processor, as `Haswell` or `SkylakeX`.
  public static var coreName: String { String(cString: openblas_get_corename()) }

  /// What computes float32 products, for logs.
  public static var kernelName: String {
    MatrixProduct.isFasterThanOpenBLAS ? "our AVX-512 kernels" : "OpenBLAS for \(coreName)"
  }

  /// The build configuration of OpenBLAS, with its version.
  public static var configuration: String { String(cString: openblas_get_config()) }

  /// C (m, n) = alpha * op(A) op(B) + beta * C, float32, with op(A) of shape (m, k), op(B) of (k, n);
  /// with a bias (n), C = alpha * op(A) op(B) + the bias in each row.
  ///
  /// `lda`, `ldb`, `ldc` are the distances of successive rows in memory, as stored.  With `beta` 0, C
  /// need not be initialised.  The pointers are valid for the ranges that the shapes imply.
  public static func gemm(
    transposeA: Bool = false, transposeB: Bool = false, m: Int, n: Int, k: Int, alpha: Float = 1,
    a: UnsafePointer<Float>, lda: Int, b: UnsafePointer<Float>, ldb: Int, beta: Float = 0,
    bias: UnsafePointer<Float>? = nil, c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    precondition(bias == nil || beta == 0, "a bias takes the place of what C holds")
    precondition(m >= 0 && n >= 0 && k >= 0, "a product of negative extents: \(m) x \(n) x \(k)")
    precondition(lda >= max(1, transposeA ? m : k), "lda \(lda) is shorter than a row of A")
    precondition(ldb >= max(1, transposeB ? k : n), "ldb \(ldb) is shorter than a row of B")
    precondition(ldc >= max(1, n), "ldc \(ldc) is shorter than a row of C")
    guard m > 0 && n > 0 else { return }
    if MatrixProduct.isFasterThanOpenBLAS {
      MatrixProduct(
        transposeA: transposeA, transposeB: transposeB, m: m, n: n, k: k, alpha: alpha, a: a,
        lda: lda, b: b, ldb: ldb, beta: beta, bias: bias, c: c, ldc: ldc
      ).compute()
    } else {
      _ = oneThread
      if let bias {
        for row in 0..<m { (c + row * ldc).update(from: bias, count: n) }
      }
      cblas_sgemm(
        CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans,
        transposeB ? CblasTrans : CblasNoTrans, Int32(m), Int32(n), Int32(k), alpha, a, Int32(lda),
        b, Int32(ldb), bias == nil ? beta : 1, c, Int32(ldc))
    }
  }
}
