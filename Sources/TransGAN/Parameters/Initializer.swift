// Initial distributions of parameters, drawn by address: they depend on seed, network and parameter alone.

import Tensors

/// The distribution from which a parameter's elements are first drawn.
public enum Initializer: Hashable, Sendable {
  case zeros
  case ones
  /// Normal with mean 0.
  ///
  /// The published code truncates at +-2 absolute, 100 standard deviations at the 0.02 that it uses,
  /// which the tails of `RandomSource.normal` never reach.
  case normal(standardDeviation: Float)
  /// Uniform in [-bound, bound).
  case uniform(bound: Float)

  /// PyTorch's default for a linear layer's weight and bias: +-1 / sqrt(fan in).
  static func linearDefault(fanIn: Int) -> Initializer {
    .uniform(bound: 1 / Float(fanIn).squareRoot())
  }

  /// Glorot and Bengio 2010: +-sqrt(6 / (fan in + fan out)).
  static func xavierUniform(fanIn: Int, fanOut: Int) -> Initializer {
    .uniform(bound: (6 / Float(fanIn + fanOut)).squareRoot())
  }

  /// Writes initial values.
  func fill(
    _ target: UnsafeMutableBufferPointer<Float>, _ random: RandomSource, _ stream: RandomStream,
    parameter: Int
  ) {
    switch self {
    case .zeros: target.initialize(repeating: 0)
    case .ones: target.initialize(repeating: 1)
    case .normal(let deviation):
      random.fillNormal(target, stream, sample: parameter)
      for index in target.indices { target[index] *= deviation }
    case .uniform(let bound):
      random.fillUniform(target, stream, sample: parameter)
      for index in target.indices { target[index] = (target[index] * 2 - 1) * bound }
    }
  }
}

extension RandomStream {
  /// Initial parameters of the generator.
  static let generatorInitialization = RandomStream(rawValue: 16)
  /// Initial parameters of the discriminator.
  static let discriminatorInitialization = RandomStream(rawValue: 17)
}
