// The linear layer.

import Autodiff
import Tensors

/// A linear map of the innermost dimension.
///
///     y = x W^T + b
///
/// x (..., inputs), W (outputs, inputs), b (outputs), y (..., outputs).
struct LinearLayer: Sendable {
  let weight: ParameterID
  let bias: ParameterID?
  private let inputs: Int
  private let outputs: Int

  /// How a network starts its linear layers.
  enum Start {
    /// PyTorch's default, uniform +-1 / sqrt(inputs) for weight and bias: the generator's.
    case uniform
    /// Normal 0.02 and a bias of 0: the discriminator's.
    case normal
    /// Glorot's uniform weight, default bias: 1 x 1 convolutions and patch embeddings.
    case convolution
  }

  /// - Parameter weightShape: the shape under which the weight is published, `(outputs, inputs)`
  ///   or that of a convolution with the same elements.
  init(
    _ declarations: inout ParameterDeclarations, _ name: String, inputs: Int, outputs: Int,
    bias hasBias: Bool = true, start: Start, weightShape: Shape? = nil
  ) {
    let weightStart: Initializer
    let biasStart: Initializer
    switch start {
    case .uniform:
      (weightStart, biasStart) = (.linearDefault(fanIn: inputs), .linearDefault(fanIn: inputs))
    case .normal: (weightStart, biasStart) = (.normal(standardDeviation: 0.02), .zeros)
    case .convolution:
      let kernelArea = weightShape.map { $0.extents.dropFirst(2).reduce(1, *) } ?? 1
      weightStart = .xavierUniform(fanIn: inputs, fanOut: outputs * kernelArea)
      biasStart = .linearDefault(fanIn: inputs)
    }
    self.inputs = inputs
    self.outputs = outputs
    weight = declarations.declare(
      "\(name).weight", weightShape ?? [outputs, inputs], weightStart)
    bias = hasBias ? declarations.declare("\(name).bias", [outputs], biasStart) : nil
  }

  func callAsFunction(_ x: Variable, _ parameters: ParameterValues) -> Variable {
    linear(
      x, weight: parameters[weight].reshaped([outputs, inputs]), bias: bias.map { parameters[$0] })
  }
}

extension LinearLayer {
  /// Outputs `range` alone of a layer without bias: (..., inputs) -> (..., range.count).
  func callAsFunction(
    _ x: Variable, _ parameters: ParameterValues, outputs range: Range<Int>
  ) -> Variable {
    precondition(bias == nil, "a range of outputs of a layer with bias")
    let rows = parameters[weight].reshaped([outputs, inputs]).rows(range)
    return linear(x, weight: rows, bias: nil)
  }
}

/// Layer normalisation of the innermost dimension (Ba, Kiros, Hinton 2016), epsilon 1e-5.
struct LayerNormLayer: Sendable {
  private let weight: ParameterID
  private let bias: ParameterID

  init(_ declarations: inout ParameterDeclarations, _ name: String, channels: Int) {
    weight = declarations.declare("\(name).weight", [channels], .ones)
    bias = declarations.declare("\(name).bias", [channels], .zeros)
  }

  func callAsFunction(_ x: Variable, _ parameters: ParameterValues) -> Variable {
    layerNorm(x, weight: parameters[weight], bias: parameters[bias])
  }
}
