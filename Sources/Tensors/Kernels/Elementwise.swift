// Arithmetic on whole tensors, element by element.  Not here: gradients, broadcasting, reductions.

import CSIMD

/// The operations on tensors that Autodiff records; each has a plain loop beside it in `Plain/`.
public enum Kernels {}

extension Kernels {
  /// A tensor of body(a[i]).
  @inlinable @inline(__always)
  public static func map(_ a: Tensor, _ body: (Vector16) -> Vector16) -> Tensor {
    Tensor(a.shape) { out in
      guard let target = out.baseAddress else { return }
      a.withUnsafeBuffer { a in
        guard let a = a.baseAddress else { return }
        mapVectors(a, into: target, count: out.count, body)
      }
    }
  }

  /// A tensor of body(a[i], b[i]); the shapes are equal.
  @inlinable @inline(__always)
  public static func map(
    _ a: Tensor, _ b: Tensor, _ body: (Vector16, Vector16) -> Vector16
  ) -> Tensor {
    precondition(a.shape == b.shape, "elementwise operation on \(a.shape) and \(b.shape)")
    return Tensor(a.shape) { out in
      guard let target = out.baseAddress else { return }
      a.withUnsafeBuffer { a in
        b.withUnsafeBuffer { b in
          guard let a = a.baseAddress, let b = b.baseAddress else { return }
          mapVectors(a, b, into: target, count: out.count, body)
        }
      }
    }
  }

  /// A tensor of body(a[i], b[i], c[i]); the shapes are equal.
  @inlinable @inline(__always)
  public static func map(
    _ a: Tensor, _ b: Tensor, _ c: Tensor, _ body: (Vector16, Vector16, Vector16) -> Vector16
  ) -> Tensor {
    precondition(
      a.shape == b.shape && a.shape == c.shape,
      "elementwise operation on \(a.shape), \(b.shape) and \(c.shape)")
    return Tensor(a.shape) { out in
      guard let target = out.baseAddress else { return }
      a.withUnsafeBuffer { a in
        b.withUnsafeBuffer { b in
          c.withUnsafeBuffer { c in
            guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else {
              return
            }
            mapVectors(a, b, c, into: target, count: out.count, body)
          }
        }
      }
    }
  }

  public static func add(_ a: Tensor, _ b: Tensor) -> Tensor { map(a, b) { $0 + $1 } }
  public static func subtract(_ a: Tensor, _ b: Tensor) -> Tensor { map(a, b) { $0 - $1 } }
  public static func multiply(_ a: Tensor, _ b: Tensor) -> Tensor { map(a, b) { $0 * $1 } }
  public static func scale(_ a: Tensor, by factor: Float) -> Tensor {
    map(a) { $0 * Vector16(repeating: factor) }
  }
  public static func addScalar(_ a: Tensor, _ term: Float) -> Tensor {
    map(a) { $0 + Vector16(repeating: term) }
  }
  public static func squareRoot(_ a: Tensor) -> Tensor { map(a) { csimd_sqrt($0) } }

  /// a += b, in place where nobody else holds `a`.
  public static func accumulate(_ a: inout Tensor, _ b: Tensor) {
    precondition(a.shape == b.shape, "accumulating \(b.shape) into \(a.shape)")
    guard a.isUniquelyReferenced() else {
      a = add(a, b)
      return
    }
    a.withUnsafeMutableBuffer { target in
      b.withUnsafeBuffer { source in
        guard let a = target.baseAddress, let b = source.baseAddress else { return }
        mapVectors(a, b, into: a, count: target.count) { $0 + $1 }
      }
    }
  }
}
