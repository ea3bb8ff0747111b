// Sums over leading or trailing dimensions, and their transposes, the broadcasts.
//
// Sums run in a fixed order, so that their bits depend on the shapes alone.

import CSIMD

extension Kernels {
  /// The sum over leading dimensions, (..., S) -> S for the trailing shape S: row after row.
  public static func sumLeading(_ x: Tensor, to shape: Shape) -> Tensor {
    let inner = checkTrailing(x.shape, shape)
    var sum = Tensor.zeros(shape)
    sum.withUnsafeMutableBuffer { sum in
      withPointers(x, sum) { x, sum in
        for row in 0..<rowCount(x.count, inner) {
          mapVectors(
            sum.baseAddress, x.baseAddress + row * inner, into: sum.baseAddress, count: inner
          ) { $0 + $1 }
        }
      }
    }
    return sum
  }

  /// The same values for every index of the leading dimensions, S -> (..., S).
  public static func broadcastLeading(_ x: Tensor, to shape: Shape) -> Tensor {
    let inner = checkTrailing(shape, x.shape)
    return Tensor(shape) { out in
      withPointers(x, out) { x, out in
        for row in 0..<rowCount(out.count, inner) {
          (out.baseAddress + row * inner).update(from: x.baseAddress, count: inner)
        }
      }
    }
  }

  /// x + p with p of a trailing shape S of x's shape (..., S), as a bias or a positional embedding.
  public static func addLeading(_ x: Tensor, _ p: Tensor) -> Tensor {
    let inner = checkTrailing(x.shape, p.shape)
    return Tensor(x.shape) { out in
      withPointers(x, p, out) { x, p, out in
        for row in 0..<rowCount(out.count, inner) {
          let at = row * inner
          mapVectors(x.baseAddress + at, p.baseAddress, into: out.baseAddress + at, count: inner) {
            $0 + $1
          }
        }
      }
    }
  }

  /// The sum over trailing dimensions, (L, ...) -> L for the leading shape L.
  public static func sumTrailing(_ x: Tensor, to shape: Shape) -> Tensor {
    let inner = checkLeading(x.shape, shape)
    return Tensor(shape) { out in
      withPointers(x, out) { x, out in
        for row in 0..<out.count {
          let at = x.baseAddress + row * inner
          out.baseAddress[row] = csimd_sum(sumVectors(count: inner) { _, load in load(at) })
        }
      }
    }
  }

  /// Each value for every index of the trailing dimensions, L -> (L, ...).
  public static func broadcastTrailing(_ x: Tensor, to shape: Shape) -> Tensor {
    let inner = checkLeading(shape, x.shape)
    return Tensor(shape) { out in
      withPointers(x, out) { x, out in
        for row in 0..<x.count {
          (out.baseAddress + row * inner).update(repeating: x.baseAddress[row], count: inner)
        }
      }
    }
  }

  /// The number of elements of `trailing`, whose extents end those of `shape`.
  private static func checkTrailing(_ shape: Shape, _ trailing: Shape) -> Int {
    precondition(
      Array(shape.extents.suffix(trailing.rank)) == trailing.extents,
      "\(trailing) does not end \(shape)")
    return trailing.count
  }

  /// The number of elements for one index of `leading`, whose extents begin those of `shape`.
  private static func checkLeading(_ shape: Shape, _ leading: Shape) -> Int {
    precondition(
      Array(shape.extents.prefix(leading.rank)) == leading.extents,
      "\(leading) does not begin \(shape)")
    return shape.extents.dropFirst(leading.rank).reduce(1, *)
  }
}
