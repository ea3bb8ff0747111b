// Sums and broadcasts: each is the other's transpose, so they are closed under differentiation.

import Tensors

extension Variable {
  /// The sum over leading dimensions, (..., S) -> S.
  public func summedLeading(to shape: Shape) -> Variable {
    let full = self.shape
    if full == shape { return self }
    return Self.recording(
      "leading sum", Kernels.sumLeading(value, to: shape), inputs: [self]
    ) { [$0.upstream.broadcastLeading(to: full)] }
  }

  /// The same values for every index of the leading dimensions, S -> (..., S).
  public func broadcastLeading(to shape: Shape) -> Variable {
    let inner = self.shape
    if inner == shape { return self }
    return Self.recording(
      "leading broadcast", Kernels.broadcastLeading(value, to: shape), inputs: [self]
    ) { [$0.upstream.summedLeading(to: inner)] }
  }

  /// x + p, with p's shape S ending x's shape (..., S): a bias or a positional embedding.
  public func addingLeading(_ p: Variable) -> Variable {
    let inner = p.shape
    return Self.recording(
      "leading addition", Kernels.addLeading(value, p.value), inputs: [self, p]
    ) { [$0.upstream, $0.wants[1] ? $0.upstream.summedLeading(to: inner) : nil] }
  }

  /// The sum over trailing dimensions, (L, ...) -> L.
  public func summedTrailing(to shape: Shape) -> Variable {
    let full = self.shape
    if full == shape { return self }
    return Self.recording(
      "trailing sum", Kernels.sumTrailing(value, to: shape), inputs: [self]
    ) { [$0.upstream.broadcastTrailing(to: full)] }
  }

  /// Each value for every index of the trailing dimensions, L -> (L, ...).
  public func broadcastTrailing(to shape: Shape) -> Variable {
    let outer = self.shape
    if outer == shape { return self }
    return Self.recording(
      "trailing broadcast", Kernels.broadcastTrailing(value, to: shape), inputs: [self]
    ) { [$0.upstream.summedTrailing(to: outer)] }
  }

  /// The sum of all elements, a scalar.
  public var sum: Variable { summedTrailing(to: []) }
}
