// Nonlinear functions, element by element, and softmax.

import Tensors

/// The exact Gaussian error linear unit, to second order.
public func gelu(_ x: Variable) -> Variable {
  let input = x.value
  return .recording("GELU", Kernels.gelu(input), inputs: [x], recompute: { Kernels.gelu(input) }) {
    [geluGradient($0.input(0), $0.upstream)]
  }
}

/// g gelu'(x); linear in g, and its derivative with respect to x is c g gelu''(x), the last.
private func geluGradient(_ x: Variable, _ g: Variable) -> Variable {
  let value = Kernels.geluGradient(x.value, g.value)
  return .recording("GELU's gradient", value, inputs: [x, g]) { context in
    let (x, g, c) = (context.inputs[0], context.inputs[1], context.upstream)
    let curvature =
      context.wants[0] ? Kernels.geluCurvature(x.value, g.value, c.value) : nil
    return [
      curvature.map { .last("GELU's second gradient", $0, of: [x, g, c]) },
      context.wants[1] ? geluGradient(x, c) : nil,
    ]
  }
}

/// exp(x) / sum(exp(x)) over the innermost dimension, to any order.
public func softmax(_ x: Variable) -> Variable {
  .recording(
    "softmax", Kernels.softmax(x.value), inputs: [x], keepsInputs: false, keepsResult: true
  ) { context in
    let (g, y) = (context.upstream, context.output)
    let rows = Shape(y.shape.extents.dropLast())
    let mean = (g * y).summedTrailing(to: rows).broadcastTrailing(to: y.shape)
    return [y * (g - mean)]
  }
}

/// max(x, 0); its derivative at 0 is 0.
public func relu(_ x: Variable) -> Variable {
  .recording("rectifier", Kernels.relu(x.value), inputs: [x]) {
    [$0.upstream * Variable(Kernels.step($0.inputs[0].value))]
  }
}

/// 1 / (1 + exp(-x)), to any order.
public func sigmoid(_ x: Variable) -> Variable {
  .recording(
    "sigmoid", Kernels.sigmoid(x.value), inputs: [x], keepsInputs: false, keepsResult: true
  ) {
    let y = $0.output
    return [$0.upstream * (y - y.squared)]
  }
}

/// log(1 + exp(x)), to any order.
public func softplus(_ x: Variable) -> Variable {
  .recording("softplus", Kernels.softplus(x.value), inputs: [x]) {
    [$0.upstream * sigmoid($0.inputs[0])]
  }
}
