// What an attention kernel needs to know: the extents, and which keys a query sees.
// Not here: the kernels; see `AttentionKernels`.

/// The extents of multi-head self-attention: B images of N tokens, H heads of width d, C = H d.
public struct AttentionShape: Hashable, Sendable, CustomStringConvertible {
  /// B, at least 0.
  public let batch: Int
  /// N, at least 1.
  public let tokens: Int
  /// H, at least 1.
  public let heads: Int
  /// d, at least 1.
  public let headWidth: Int

  public init(batch: Int, tokens: Int, heads: Int, headWidth: Int) {
    precondition(
      batch >= 0 && tokens > 0 && heads > 0 && headWidth > 0,
      "no attention over batch \(batch), tokens \(tokens), heads \(heads), head width \(headWidth)")
    self.batch = batch
    self.tokens = tokens
    self.heads = heads
    self.headWidth = headWidth
  }

  /// C = H d.
  public var channels: Int { heads * headWidth }

  /// d^-1/2, the factor of every score.
  public var scale: Float { 1 / Float(headWidth).squareRoot() }

  public var description: String {
    "(batch \(batch), tokens \(tokens), heads \(heads), head width \(headWidth))"
  }
}

/// Which keys a query sees: TransGAN's locality-aware initialisation (arXiv 2102.07074, section 3.4).
public enum AttentionWindow: Hashable, Sendable {
  /// All of them.
  case none
  /// The tokens are a `side` x `side` picture, row major; both |dy| and |dx| are at most `window`.
  case grid(side: Int, window: Int)
  /// |i - j| is at most `window` along the flattened sequence.
  case sequence(window: Int)

  /// Whether query `i` sees key `j`.
  public func sees(query i: Int, key j: Int) -> Bool {
    switch self {
    case .none: true
    case .grid(let side, let window):
      abs(i / side - j / side) <= window && abs(i % side - j % side) <= window
    case .sequence(let window): abs(i - j) <= window
    }
  }

  /// Traps unless the window fits the number of tokens and every query sees itself.
  func check(_ shape: AttentionShape) {
    switch self {
    case .none: break
    case .grid(let side, let window):
      precondition(
        side > 0 && side * side == shape.tokens && window >= 0,
        "a grid of side \(side) with window \(window) does not fit \(shape)")
    case .sequence(let window):
      precondition(window >= 0, "a sequence window of \(window)")
    }
  }
}
