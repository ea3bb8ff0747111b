// Layer normalisation over the innermost dimension, to second order.
//
// The forward map, its input gradient and its weight gradient are operations whose pullbacks call each
// other; the input gradient's own pullback is one fused kernel, and the last.

import Tensors

/// w (x - mean) / sqrt(variance + 1e-5) + b over the innermost dimension: x (..., C), w and b (C).
public func layerNorm(_ x: Variable, weight: Variable, bias: Variable) -> Variable {
  let (input, w, b) = (x.value, weight.value, bias.value)
  func value() -> Tensor { Kernels.layerNorm(input, weight: w, bias: b) }
  return .recording(
    "layer normalisation", value(), inputs: [x, weight, bias], recompute: value
  ) { context in
    let (g, x, weight) = (context.upstream, context.inputs[0], context.inputs[1])
    return [
      context.wants[0] ? layerNormInputGradient(x, weight: weight, g) : nil,
      context.wants[1] ? layerNormWeightGradient(x, g) : nil,
      context.wants[2] ? g.summedLeading(to: weight.shape) : nil,
    ]
  }
}

private func layerNormInputGradient(_ x: Variable, weight: Variable, _ g: Variable) -> Variable {
  let value = Kernels.layerNormInputGradient(x.value, weight: weight.value, g.value)
  return .recording("layer normalisation's gradient", value, inputs: [x, weight, g]) { context in
    let (x, weight, g) = (context.inputs[0], context.inputs[1], context.inputs[2])
    let second = Kernels.layerNormSecondGradient(
      x.value, weight: weight.value, g.value, cotangent: context.upstream.value)
    let sources = context.inputs + [context.upstream]
    return [
      .last("layer normalisation's second gradient", second.x, of: sources),
      .last("layer normalisation's second gradient", second.weight, of: sources),
      .last("layer normalisation's second gradient", second.g, of: sources),
    ]
  }
}

/// The sum over rows of g xhat; for a cotangent c (C) it is sum(g (c xhat)), whose derivatives are a
/// layer normalisation with weight c (and no bias) and the input gradient of one.
private func layerNormWeightGradient(_ x: Variable, _ g: Variable) -> Variable {
  let value = Kernels.layerNormWeightGradient(x.value, g.value)
  return .recording("layer normalisation's weight gradient", value, inputs: [x, g]) { context in
    let (c, x, g) = (context.upstream, context.inputs[0], context.inputs[1])
    return [
      context.wants[0] ? layerNormInputGradient(x, weight: c, g) : nil,
      context.wants[1]
        ? layerNorm(x, weight: c, bias: Variable(.zeros(c.shape))) : nil,
    ]
  }
}

extension Variable {
  /// A second derivative: a value that depends on `sources`, whose own derivative is an error.
  static func last(
    _ operation: StaticString, _ value: Tensor, of sources: [Variable]
  ) -> Variable {
    recording(operation, value, inputs: sources, keepsInputs: false) { _ in
      throw AutodiffError.thirdDerivative(operation: "\(operation)")
    }
  }
}
