// Multi-head self-attention as one operation, to second order.
//
// Scores and probabilities are never recorded: the gradient recomputes them.  The gradient is itself an
// operation, whose pullback is one kernel, and the last.

import Tensors

/// softmax(q k^T / sqrt(d)) v over H heads, for the keys that `window` shows.
///
/// qkv (B, N, 3C), each row [q | k | v]; the result is (B, N, C).
public func attention(_ qkv: Variable, heads: Int, window: AttentionWindow = .none) -> Variable {
  let forward = AttentionForward(qkv.value, heads: heads, window: window)
  return .recording("attention", forward.y, inputs: [qkv]) { context in
    [attentionGradient(context.inputs[0], context.upstream, forward)]
  }
}

/// The gradient with respect to qkv, as a function of qkv and of the gradient g (B, N, C) of the result.
private func attentionGradient(
  _ qkv: Variable, _ g: Variable, _ forward: AttentionForward
) -> Variable {
  let value = forward.backward(qkv.value, g.value)
  return .recording("attention's gradient", value, inputs: [qkv, g]) { context in
    let (qkv, g, cotangent) = (context.inputs[0], context.inputs[1], context.upstream)
    let second = forward.secondBackward(qkv.value, g.value, cotangent.value)
    let sources = [qkv, g, cotangent]
    return [
      .last("attention's second gradient", second.qkv, of: sources),
      .last("attention's second gradient", second.g, of: sources),
    ]
  }
}

/// The result of a forward pass with what its derivatives need.
private struct AttentionForward {
  let shape: AttentionShape
  let window: AttentionWindow
  let y: Tensor
  /// (B, H, N): see `AttentionKernels.forward`.
  private let logSumExp: Tensor

  init(_ qkv: Tensor, heads: Int, window: AttentionWindow) {
    precondition(
      qkv.shape.rank == 3 && qkv.shape[2] % (3 * heads) == 0,
      "attention of \(heads) heads over \(qkv.shape)")
    let shape = AttentionShape(
      batch: qkv.shape[0], tokens: qkv.shape[1], heads: heads,
      headWidth: qkv.shape[2] / (3 * heads))
    var statistics = Tensor([0], [])
    y = Tensor([shape.batch, shape.tokens, shape.channels]) { y in
      statistics = Tensor([shape.batch, heads, shape.tokens]) { logSumExp in
        withAddresses(qkv, qkv) { qkv, _ in
          guard let y = y.baseAddress, let logSumExp = logSumExp.baseAddress else { return }
          AttentionKernels.forward(shape, qkv: qkv, window: window, y: y, logSumExp: logSumExp)
        }
      }
    }
    logSumExp = statistics
    self.shape = shape
    self.window = window
  }

  func backward(_ qkv: Tensor, _ g: Tensor) -> Tensor {
    Tensor(qkv.shape) { out in
      withAddresses(qkv, g, y, logSumExp) { qkv, g, y, logSumExp in
        guard let out = out.baseAddress else { return }
        AttentionKernels.backward(
          shape, qkv: qkv, y: y, logSumExp: logSumExp, gy: g, window: window, gqkv: out)
      }
    }
  }

  func secondBackward(
    _ qkv: Tensor, _ g: Tensor, _ cotangent: Tensor
  ) -> (qkv: Tensor, g: Tensor) {
    var gQKV = Tensor([0], [])
    let gG = Tensor(g.shape) { gG in
      gQKV = Tensor(qkv.shape) { gQKV in
        withAddresses(qkv, g, cotangent) { qkv, g, cotangent in
          guard let gG = gG.baseAddress, let gQKV = gQKV.baseAddress else { return }
          AttentionKernels.secondBackward(
            shape, qkv: qkv, gy: g, cotangent: cotangent, window: window, gqkv: gQKV, ggy: gG)
        }
      }
    }
    return (gQKV, gG)
  }
}
