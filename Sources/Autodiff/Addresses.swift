// The memory of several tensors at once, for kernels on pointers.  Not here: empty tensors, which have no
// kernel to run.

import Tensors

/// Calls `body` with the tensors' addresses, unless one of them is empty.
func withAddresses(
  _ a: Tensor, _ b: Tensor, _ body: (UnsafePointer<Float>, UnsafePointer<Float>) -> Void
) {
  a.withUnsafeBuffer { a in
    b.withUnsafeBuffer { b in
      guard let a = a.baseAddress, let b = b.baseAddress else { return }
      body(a, b)
    }
  }
}

/// See `withAddresses` of two tensors.
func withAddresses(
  _ a: Tensor, _ b: Tensor, _ c: Tensor,
  _ body: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>) -> Void
) {
  withAddresses(a, b) { a, b in
    c.withUnsafeBuffer { c in
      guard let c = c.baseAddress else { return }
      body(a, b, c)
    }
  }
}

/// See `withAddresses` of two tensors.
func withAddresses(
  _ a: Tensor, _ b: Tensor, _ c: Tensor, _ d: Tensor,
  _ body: (
    UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>
  ) -> Void
) {
  withAddresses(a, b) { a, b in
    withAddresses(c, d) { c, d in body(a, b, c, d) }
  }
}
