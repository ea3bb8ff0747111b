// The transformer encoder block that both networks are made of.

import Autodiff
import Tensors

/// Multi-head self-attention (Vaswani et al. 2017).
///
///     y = proj(softmax(q k^T / sqrt(d)) v),  [q k v] = qkv(x)
///
/// x and y (B, N, C); H heads of width d = C / H; qkv has no bias.
struct AttentionLayer: Sendable {
  private let qkv: LinearLayer
  private let projection: LinearLayer
  private let heads: Int

  init(
    _ declarations: inout ParameterDeclarations, _ name: String, channels: Int, heads: Int,
    start: LinearLayer.Start
  ) {
    precondition(channels % heads == 0, "\(channels) channels in \(heads) heads")
    self.heads = heads
    qkv = LinearLayer(
      &declarations, "\(name).qkv", inputs: channels, outputs: 3 * channels, bias: false,
      start: start)
    projection = LinearLayer(
      &declarations, "\(name).proj", inputs: channels, outputs: channels, start: start)
  }

  func callAsFunction(
    _ x: Variable, _ parameters: ParameterValues, window: AttentionWindow
  ) -> Variable {
    projection(attention(qkv(x, parameters), heads: heads, window: window), parameters)
  }

  /// The first token's row of the result alone: x (B, N, C) -> (B, C).
  func firstToken(_ x: Variable, _ parameters: ParameterValues) -> Variable {
    let (batch, channels) = (x.shape[0], x.shape[2])
    let first = x.tokens(0..<1).reshaped([batch, channels])
    let q0 = qkv(first, parameters, outputs: 0..<channels)  // (B, C)
    let kv = qkv(x, parameters, outputs: channels..<3 * channels)  // (B, N, 2C)
    return projection(classTokenAttention(q0, kv, heads: heads), parameters)
  }
}

/// Two linear layers with a GELU between them, `ratio` times as wide inside.
struct MLPLayer: Sendable {
  private let first: LinearLayer
  private let second: LinearLayer

  init(
    _ declarations: inout ParameterDeclarations, _ name: String, channels: Int, ratio: Int,
    start: LinearLayer.Start
  ) {
    first = LinearLayer(
      &declarations, "\(name).fc1", inputs: channels, outputs: channels * ratio, start: start)
    second = LinearLayer(
      &declarations, "\(name).fc2", inputs: channels * ratio, outputs: channels, start: start)
  }

  func callAsFunction(_ x: Variable, _ parameters: ParameterValues) -> Variable {
    second(gelu(first(x, parameters)), parameters)
  }
}

/// A pre-norm encoder block.
///
///     x = x + attention(norm1(x));  x = x + mlp(norm2(x))
///
/// x (B, N, C).
struct EncoderBlock: Sendable {
  private let norm1: LayerNormLayer
  private let attentionLayer: AttentionLayer
  private let norm2: LayerNormLayer
  private let mlp: MLPLayer

  init(
    _ declarations: inout ParameterDeclarations, _ name: String, channels: Int, heads: Int,
    mlpRatio: Int, start: LinearLayer.Start
  ) {
    norm1 = LayerNormLayer(&declarations, "\(name).norm1", channels: channels)
    attentionLayer = AttentionLayer(
      &declarations, "\(name).attn", channels: channels, heads: heads, start: start)
    norm2 = LayerNormLayer(&declarations, "\(name).norm2", channels: channels)
    mlp = MLPLayer(
      &declarations, "\(name).mlp", channels: channels, ratio: mlpRatio, start: start)
  }

  func callAsFunction(
    _ x: Variable, _ parameters: ParameterValues, window: AttentionWindow = .none
  ) -> Variable {
    let attended = x + attentionLayer(norm1(x, parameters), parameters, window: window)
    return attended + mlp(norm2(attended, parameters), parameters)  // (B, N, C)
  }

  /// The first token of what the block gives, for a tenth of the operations: x (B, N, C) -> (B, C).
  func firstToken(_ x: Variable, _ parameters: ParameterValues) -> Variable {
    let first = x.tokens(0..<1).reshaped([x.shape[0], x.shape[2]])
    let attended = first + attentionLayer.firstToken(norm1(x, parameters), parameters)
    return attended + mlp(norm2(attended, parameters), parameters)  // (B, C)
  }
}
