// Matrix products and the linear layer's map; closed under differentiation.

import Tensors

/// op(A) op(B), of shape (m, n), with A and B seen as (rows, innermost).
public func matmul(
  _ a: Variable, transposeA: Bool = false, _ b: Variable, transposeB: Bool = false
) -> Variable {
  let value = Kernels.matmul(a.value, transposeA: transposeA, b.value, transposeB: transposeB)
  return .recording("matrix product", value, inputs: [a, b]) { context in
    let g = context.upstream
    var gradients: [Variable?] = [nil, nil]
    if context.wants[0] {
      let b = context.input(1)
      let ga =
        transposeA
        ? matmul(b, transposeA: transposeB, g, transposeB: true)
        : matmul(g, b, transposeB: !transposeB)
      gradients[0] = ga.reshaped(context.inputShape(0))
    }
    if context.wants[1] {
      let a = context.input(0)
      let gb =
        transposeB
        ? matmul(g, transposeA: true, a, transposeB: transposeA)
        : matmul(a, transposeA: !transposeA, g, addingTo: context.takeSum(1))
      gradients[1] = gb.reshaped(context.inputShape(1))
    }
    return gradients
  }
}

/// op(A) op(B), added to `sum` where there is one, which is then not recorded.
private func matmul(
  _ a: Variable, transposeA: Bool, _ b: Variable, addingTo sum: consuming Tensor?
) -> Variable {
  guard let sum else { return matmul(a, transposeA: transposeA, b) }
  let value = Kernels.matmul(a.value, transposeA: transposeA, b.value, addingTo: sum)
  OperationClock.book("matrix product")
  return Variable(value)
}

/// x W^T + b: x (..., K), weight (N, K), bias (N) or none; the result is (..., N).
public func linear(_ x: Variable, weight: Variable, bias: Variable?) -> Variable {
  let value = Kernels.linear(x.value, weight: weight.value, bias: bias?.value)
  let inputs = [x, weight] + (bias.map { [$0] } ?? [])
  return .recording("linear", value, inputs: inputs) { context in
    let g = context.upstream
    var gradients: [Variable?] = Array(repeating: nil, count: context.wants.count)
    if context.wants[0] {
      gradients[0] = matmul(g, context.input(1)).reshaped(context.inputShape(0))
    }
    if context.wants[1] {
      gradients[1] = matmul(
        g, transposeA: true, context.input(0), addingTo: context.takeSum(1))
    }
    if context.wants.count == 3, context.wants[2] {
      gradients[2] = g.summedLeading(to: context.inputShape(2))
    }
    return gradients
  }
}
