// Matrix products of tensors, each one call of sgemm.  A tensor is seen as a matrix of its rows.

import BLAS

extension Kernels {
  /// op(A) op(B), of shape (m, n): A and B are seen as (rows, innermost) and transposed where asked.
  public static func matmul(
    _ a: Tensor, transposeA: Bool = false, _ b: Tensor, transposeB: Bool = false
  ) -> Tensor {
    let (aRows, aColumns) = (a.shape.rows, a.shape.innermost)
    let (bRows, bColumns) = (b.shape.rows, b.shape.innermost)
    let (m, k) = transposeA ? (aColumns, aRows) : (aRows, aColumns)
    let (kOfB, n) = transposeB ? (bColumns, bRows) : (bRows, bColumns)
    precondition(
      k == kOfB,
      "product of \(a.shape)\(transposeA ? "^T" : "") and \(b.shape)\(transposeB ? "^T" : "")")
    return Tensor([m, n]) { out in
      withPointers(a, b, out) { a, b, out in
        BLAS.gemm(
          transposeA: transposeA, transposeB: transposeB, m: m, n: n, k: k, a: a.baseAddress,
          lda: max(1, aColumns), b: b.baseAddress, ldb: max(1, bColumns), c: out.baseAddress,
          ldc: max(1, n))
      }
    }
  }

  /// sum + op(A) B, of sum's shape, whose rows and innermost extent are the product's; in place where nobody
  /// else holds `sum`.
  public static func matmul(
    _ a: Tensor, transposeA: Bool, _ b: Tensor, addingTo sum: consuming Tensor
  ) -> Tensor {
    let (aRows, aColumns) = (a.shape.rows, a.shape.innermost)
    let (m, k) = transposeA ? (aColumns, aRows) : (aRows, aColumns)
    let n = b.shape.innermost
    precondition(
      k == b.shape.rows && sum.shape.rows == m && sum.shape.innermost == n,
      "product of \(a.shape)\(transposeA ? "^T" : "") and \(b.shape) added to \(sum.shape)")
    sum.withUnsafeMutableBuffer { out in
      withPointers(a, b, out) { a, b, out in
        BLAS.gemm(
          transposeA: transposeA, m: m, n: n, k: k, a: a.baseAddress, lda: max(1, aColumns),
          b: b.baseAddress, ldb: max(1, n), beta: 1, c: out.baseAddress, ldc: max(1, n))
      }
    }
    return sum
  }

  /// x W^T + b: x (..., K), weight (N, K), bias (N) or none; the result is (..., N).
  public static func linear(_ x: Tensor, weight: Tensor, bias: Tensor?) -> Tensor {
    let (k, n) = (x.shape.innermost, weight.shape[0])
    precondition(weight.shape == [n, k], "weight \(weight.shape) for inputs \(x.shape)")
    precondition(bias.map { $0.shape == [n] } ?? true, "bias for weight \(weight.shape)")
    return Tensor(x.shape.replacingInnermost(n)) { out in
      let m = x.shape.rows
      withPointers(x, weight, out) { x, weight, out in
        withExtendedLifetime(bias) {
          BLAS.gemm(
            transposeB: true, m: m, n: n, k: k, a: x.baseAddress, lda: max(1, k),
            b: weight.baseAddress, ldb: max(1, k), bias: bias?.memory.baseAddress,
            c: out.baseAddress, ldc: max(1, n))
        }
      }
    }
  }
}
