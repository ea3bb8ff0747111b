// Which kernels `bench kernels` compares, at the shapes of one image of a recipe.

import Tensors
import TransGAN

extension KernelCase {
  /// Normal numbers for benchmarks; no training draws from it.
  private static let stream = RandomStream(rawValue: 63)

  /// All cases of a recipe.
  static func all(_ configuration: Configuration) -> [KernelCase] {
    let inputs = Inputs(configuration)
    return products(inputs) + normalization(inputs) + elementwise(inputs) + movement(inputs)
      + AttentionCases.all(configuration)
  }

  /// A tensor of normal numbers; `index` tells the inputs of a case apart.
  static func normal(_ shape: Shape, _ index: Int) -> Tensor {
    Tensor(shape) { target in
      RandomSource(seed: 0).fillNormal(target, stream, step: 0, sample: index)
    }
  }

  /// The tensors of one image in the discriminator's blocks.
  private struct Inputs {
    /// (N, C)
    let x, g, c: Tensor
    /// (N, r C)
    let wide, wideG, wideC: Tensor
    /// (r C, C), (r C), (C)
    let matrix, wideBias, weight, bias: Tensor

    init(_ configuration: Configuration) {
      let d = configuration.model.discriminatorSizes
      let (tokens, channels, wideChannels) = (d.patches + 1, d.channels, d.mlpRatio * d.channels)
      x = normal([tokens, channels], 0)
      g = normal([tokens, channels], 1)
      c = normal([tokens, channels], 2)
      wide = normal([tokens, wideChannels], 3)
      wideG = normal([tokens, wideChannels], 4)
      wideC = normal([tokens, wideChannels], 5)
      matrix = normal([wideChannels, channels], 6)
      wideBias = normal([wideChannels], 7)
      weight = normal([channels], 8)
      bias = normal([channels], 9)
    }
  }

  /// A case whose work is the bytes of `read` and of as many elements as `written`.
  private static func streaming(
    _ name: String, _ read: [Tensor], written: Int, tolerance: Float = 2e-6,
    _ fast: @escaping () -> [Tensor], _ plain: @escaping () -> [Tensor]
  ) -> KernelCase {
    let elements = read.map(\.count).reduce(0, +) + written
    return KernelCase(
      name: name, shape: "\(read[0].shape)", work: .bytes(elements * MemoryLayout<Float>.stride),
      tolerance: tolerance, fast: fast, plain: plain)
  }

  private static func products(_ i: Inputs) -> [KernelCase] {
    let operations = Work.operations(2 * i.x.count * i.matrix.shape[0])
    func product(
      _ name: String, _ shape: String, _ fast: @escaping () -> Tensor,
      _ plain: @escaping () -> Tensor
    ) -> KernelCase {
      KernelCase(
        name: name, shape: shape, work: operations, tolerance: 2e-6, fast: { [fast()] },
        plain: { [plain()] })
    }
    return [
      product(
        "linear", "\(i.x.shape) \(i.matrix.shape)^T",
        { Kernels.linear(i.x, weight: i.matrix, bias: i.wideBias) },
        { PlainKernels.linear(i.x, weight: i.matrix, bias: i.wideBias) }),
      product(
        "input gradient", "\(i.wide.shape) \(i.matrix.shape)",
        { Kernels.matmul(i.wide, i.matrix) }, { PlainKernels.matmul(i.wide, i.matrix) }),
      product(
        "weight gradient", "\(i.wide.shape)^T \(i.x.shape)",
        { Kernels.matmul(i.wide, transposeA: true, i.x) },
        { PlainKernels.matmul(i.wide, transposeA: true, i.x) }),
    ]
  }

  private static func normalization(_ i: Inputs) -> [KernelCase] {
    let (x, g, c, w, b) = (i.x, i.g, i.c, i.weight, i.bias)
    return [
      streaming(
        "layer norm", [x], written: x.count, { [Kernels.layerNorm(x, weight: w, bias: b)] },
        { [PlainKernels.layerNorm(x, weight: w, bias: b)] }),
      streaming(
        "layer norm, dx", [x, g], written: x.count,
        { [Kernels.layerNormInputGradient(x, weight: w, g)] },
        { [PlainKernels.layerNormInputGradient(x, weight: w, g)] }),
      streaming(
        "layer norm, dw", [x, g], written: w.count, { [Kernels.layerNormWeightGradient(x, g)] },
        { [PlainKernels.layerNormWeightGradient(x, g)] }),
      streaming(
        "layer norm, second", [x, g, c], written: 2 * x.count, tolerance: 1e-5,
        {
          let second = Kernels.layerNormSecondGradient(x, weight: w, g, cotangent: c)
          return [second.x, second.weight, second.g]
        },
        {
          let second = PlainKernels.layerNormSecondGradient(x, weight: w, g, cotangent: c)
          return [second.x, second.weight, second.g]
        }),
    ]
  }

  private static func elementwise(_ i: Inputs) -> [KernelCase] {
    let (x, g, c) = (i.wide, i.wideG, i.wideC)
    return [
      streaming(
        "GELU", [x], written: x.count, { [Kernels.gelu(x)] }, { [PlainKernels.gelu(x)] }),
      streaming(
        "GELU, gradient", [x, g], written: x.count, { [Kernels.geluGradient(x, g)] },
        { [PlainKernels.geluGradient(x, g)] }),
      streaming(
        "GELU, second", [x, g, c], written: x.count, { [Kernels.geluCurvature(x, g, c)] },
        { [PlainKernels.geluCurvature(x, g, c)] }),
      streaming(
        "softmax", [x], written: x.count, { [Kernels.softmax(x)] }, { [PlainKernels.softmax(x)] }),
      streaming(
        "add", [x, g], written: x.count, { [Kernels.add(x, g)] }, { [PlainKernels.add(x, g)] }),
      streaming(
        "multiply", [x, g], written: x.count, { [Kernels.multiply(x, g)] },
        { [PlainKernels.multiply(x, g)] }),
      streaming(
        "sum of rows", [x], written: i.wideBias.count,
        { [Kernels.sumLeading(x, to: i.wideBias.shape)] },
        { [PlainKernels.sumLeading(x, to: i.wideBias.shape)] }),
      streaming(
        "add to rows", [x], written: x.count, { [Kernels.addLeading(x, i.wideBias)] },
        { [PlainKernels.addLeading(x, i.wideBias)] }),
    ]
  }

  private static func movement(_ i: Inputs) -> [KernelCase] {
    let channels = i.x.shape[1]
    guard channels % 4 == 0 else { return [] }
    let tokens = normal([1, 64, channels], 10)
    let shuffle = Permutation.pixelShuffle(side: 8, channels: channels)
    return [
      streaming(
        "pixel shuffle", [tokens], written: tokens.count, tolerance: 0,
        { [Kernels.permute(tokens, shuffle)] }, { [PlainKernels.permute(tokens, shuffle)] })
    ]
  }
}
