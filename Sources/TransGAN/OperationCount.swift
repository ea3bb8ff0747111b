// How many floating-point operations a pass of a network needs, as a formula of its extents.
//
// Counted are the linear layers and attention's products, two operations for each multiplication and its
// addition; what is not a product (normalisation, GELU, softmax, augmentation, the optimiser) is a few per
// cent of the time and none of the count.  "Needed" is what the function cannot do without: the
// discriminator's last block for the [cls] token alone, keys inside a locality window alone, no gradient
// that nobody reads.  Attention's scores that a kernel computes again in order not to keep them are work of
// the kernel's choice, and not counted.
// Not here: time; see `bench`.

import Tensors

/// Needed floating-point operations.
public struct OperationCount: Hashable, Sendable {
  /// Of linear layers.
  public var linear: Int
  /// Of attention: scores and weighted sums of values, and their derivatives.
  public var attention: Int

  public init(linear: Int = 0, attention: Int = 0) {
    self.linear = linear
    self.attention = attention
  }

  public var total: Int { linear + attention }

  public static func + (a: OperationCount, b: OperationCount) -> OperationCount {
    OperationCount(linear: a.linear + b.linear, attention: a.attention + b.attention)
  }

  public static func * (count: Int, a: OperationCount) -> OperationCount {
    OperationCount(linear: count * a.linear, attention: count * a.attention)
  }
}

/// What is computed of a network, apart from its forward map.
public enum NetworkPass: CaseIterable, Hashable, Sendable {
  /// The forward map alone.
  case forward
  /// And the gradient of all weights; none of the network's input.
  case weightGradients
  /// And the gradient of the network's input; none of the weights.
  case inputGradient
  /// And the gradient of the network's input as a recorded operation, then the weight gradients of a
  /// function of it: what a gradient penalty takes.
  case penalty
}

/// The products of one network for one image, by what their derivatives need.
struct NetworkProducts {
  /// Operations of the forward map of linear layers with layers before and behind them.
  private(set) var inner = 0
  /// Of the layer that the input enters.
  var first = 0
  /// Of the layer whose result is the network's.
  var last = 0
  /// Of attention's two products.
  private(set) var attention = 0

  /// Adds `rows` rows through a linear layer.
  mutating func addLinear(rows: Int, inputs: Int, outputs: Int) {
    inner += Self.linear(rows: rows, inputs: inputs, outputs: outputs)
  }

  /// Adds attention over all heads: each visible pair of query and key is a row of C in q k^T and in p v.
  mutating func addAttention(pairs: Int, channels: Int) { attention += 4 * pairs * channels }

  /// Adds the linear layers of an encoder block behind [q k v] for `rows` tokens: projection and MLP.
  mutating func addProjectionAndMLP(rows: Int, channels: Int, mlpRatio: Int) {
    addLinear(rows: rows, inputs: channels, outputs: channels)
    addLinear(rows: rows, inputs: channels, outputs: mlpRatio * channels)
    addLinear(rows: rows, inputs: mlpRatio * channels, outputs: channels)
  }

  static func linear(rows: Int, inputs: Int, outputs: Int) -> Int { 2 * rows * inputs * outputs }

  /// The operations of a pass, in products of the size of the forward map's.
  ///
  /// A linear layer y = x W^T has one product forward, and one for each gradient, gx = g W and gW = g^T x.
  /// The penalty's cotangent u of gx = g W makes two more, u W^T and g^T u, before the usual two: six in all.
  /// The first layer's gradient gx of the second pass is nobody's, so five; g of the last layer is a constant,
  /// and no value of its result enters the penalty, so three.  Attention has two products forward, four
  /// backward (one for each operand of each), eight for the operands of those four, and four for the usual
  /// backward that follows: 1 + 2 + 4 + 2 times the forward map's.
  func operations(_ pass: NetworkPass) -> OperationCount {
    switch pass {
    case .forward: OperationCount(linear: first + inner + last, attention: attention)
    case .weightGradients:
      OperationCount(linear: 2 * first + 3 * inner + 3 * last, attention: 3 * attention)
    case .inputGradient:
      OperationCount(linear: 2 * (first + inner + last), attention: 3 * attention)
    case .penalty:
      OperationCount(linear: 5 * first + 6 * inner + 3 * last, attention: 9 * attention)
    }
  }
}

extension DiscriminatorConfiguration {
  /// The operations that a pass over one image needs.
  public func operations(_ pass: NetworkPass) -> OperationCount {
    var products = NetworkProducts()
    let tokens = patches + 1
    products.first = NetworkProducts.linear(
      rows: patches, inputs: 3 * patch * patch, outputs: channels)
    for _ in 0..<max(depth - 1, 0) {
      products.addLinear(rows: tokens, inputs: channels, outputs: 3 * channels)
      products.addAttention(pairs: tokens * tokens, channels: channels)
      products.addProjectionAndMLP(rows: tokens, channels: channels, mlpRatio: mlpRatio)
    }
    if depth > 0 {
      // The last block: keys and values of all tokens, everything else of [cls] alone.
      products.addLinear(rows: tokens, inputs: channels, outputs: 2 * channels)
      products.addLinear(rows: 1, inputs: channels, outputs: channels)
      products.addAttention(pairs: tokens, channels: channels)
      products.addProjectionAndMLP(rows: 1, channels: channels, mlpRatio: mlpRatio)
    }
    products.last = NetworkProducts.linear(rows: 1, inputs: channels, outputs: 1)
    return products.operations(pass)
  }
}

extension GeneratorConfiguration {
  /// Where a pass through the generator begins.
  public enum Entrance: CaseIterable, Hashable, Sendable {
    /// At the latent.
    case latent
    /// At a low-resolution image: super-resolution co-training.
    case lowResolution
  }

  /// The operations that a pass for one image needs.
  public func operations(
    _ pass: NetworkPass, from entrance: Entrance = .latent, locality: LocalityWindows = .none
  ) -> OperationCount {
    var products = NetworkProducts()
    let firstTokens = bottom * bottom
    products.first =
      switch entrance {
      case .latent:
        NetworkProducts.linear(rows: 1, inputs: latent, outputs: firstTokens * widths[0])
      case .lowResolution:
        NetworkProducts.linear(rows: firstTokens, inputs: 3, outputs: widths[0])
      }
    for (stage, width) in widths.enumerated() {
      let side = bottom << stage
      let tokens = side * side
      if stage > 0, widths[stage - 1] != 4 * width {
        products.addLinear(rows: tokens / 4, inputs: widths[stage - 1], outputs: 4 * width)
      }
      for block in 0..<depths[stage] {
        let isLast = stage == widths.count - 1 && block == depths[stage] - 1
        let window = locality.window(stage: stage, side: side, isLastBlock: isLast)
        products.addLinear(rows: tokens, inputs: width, outputs: 3 * width)
        products.addAttention(pairs: window.visiblePairs(tokens: tokens), channels: width)
        products.addProjectionAndMLP(rows: tokens, channels: width, mlpRatio: mlpRatio)
      }
    }
    // An inner layer to its derivatives, like all others: the image's gradient is not a constant.
    products.addLinear(rows: imageSide * imageSide, inputs: widths[widths.count - 1], outputs: 3)
    return products.operations(pass)
  }
}

extension AttentionWindow {
  /// The pairs of a query and a key that it sees, among `tokens` of each.
  func visiblePairs(tokens: Int) -> Int {
    /// Pairs on a line of `count` places, at most `window` apart.
    func onLine(_ count: Int, _ window: Int) -> Int {
      let reach = min(window, count - 1)
      return count + reach * (2 * count - reach - 1)
    }
    switch self {
    case .none: return tokens * tokens
    case .grid(let side, let window):
      let axis = onLine(side, window)
      return axis * axis
    case .sequence(let window): return onLine(tokens, window)
    }
  }
}
