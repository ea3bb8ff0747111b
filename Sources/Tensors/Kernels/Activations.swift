// Functions of single elements that losses use, and softmax.  Not here: GELU, which has its own file.

import CSIMD
import Foundation

extension Kernels {
  public static func relu(_ x: Tensor) -> Tensor {
    map(x) { csimd_max($0, Vector16(repeating: 0)) }
  }

  /// 1 where x > 0, else 0.
  public static func step(_ x: Tensor) -> Tensor {
    let (zero, one) = (Vector16(repeating: 0), Vector16(repeating: 1))
    return map(x) { csimd_where_less(zero, $0, one, zero) }
  }

  /// 1 / x, and 0 where x is 0.
  public static func reciprocalOrZero(_ x: Tensor) -> Tensor {
    // Only 0 itself lies below the smallest number; a NaN is not, and stays.
    let (smallest, one) = (Vector16(repeating: .leastNonzeroMagnitude), Vector16(repeating: 1))
    return map(x) { csimd_where_less(csimd_abs($0), smallest, Vector16(repeating: 0), one / $0) }
  }

  /// 1 / (1 + exp(-x)).
  public static func sigmoid(_ x: Tensor) -> Tensor {
    let one = Vector16(repeating: 1)
    return map(x) { one / (one + vectorExp(-$0)) }
  }

  /// log(1 + exp(x)) without overflow; for the few values of a loss, one by one.
  public static func softplus(_ x: Tensor) -> Tensor {
    Tensor(x.shape, x.elements.map { max($0, 0) + log1p(exp(-abs($0))) })
  }

  /// exp(x - max) / sum over the innermost dimension.
  public static func softmax(_ x: Tensor) -> Tensor {
    let columns = x.shape.innermost
    return Tensor(x.shape) { out in
      withPointers(x, out) { x, out in
        for row in 0..<rowCount(out.count, columns) {
          let (from, to) = (x.baseAddress + row * columns, out.baseAddress + row * columns)
          var maximum = from[0]
          for column in 1..<max(columns, 1) where from[column] > maximum {
            maximum = from[column]
          }
          let shift = Vector16(repeating: maximum)
          mapVectors(from, into: to, count: columns) { vectorExp($0 - shift) }
          let sum = csimd_sum(sumVectors(count: columns) { _, load in load(to) })
          let scale = Vector16(repeating: 1 / sum)
          mapVectors(to, into: to, count: columns) { $0 * scale }
        }
      }
    }
  }
}
