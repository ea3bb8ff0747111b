// Attention of one query, the [cls] token's, to all tokens; to second order.
//
// The last block of a classifier needs no other query.  As in `Attention.swift` the gradient is an operation
// of its own; its two results travel as one tensor, of which each is a range.

import Tensors

/// softmax(q0 k^T / sqrt(d)) v over H heads, for one query a sample.
///
/// q0 (B, C); kv (B, N, 2C), each row [k | v]; the result is (B, C).
public func classTokenAttention(_ q0: Variable, _ kv: Variable, heads: Int) -> Variable {
  let (batch, channels) = (q0.shape[0], q0.shape[1])
  precondition(
    kv.shape.rank == 3 && kv.shape[0] == batch && kv.shape[2] == 2 * channels
      && channels % heads == 0,
    "attention of \(heads) heads, \(q0.shape) to \(kv.shape)")
  let shape = AttentionShape(
    batch: batch, tokens: kv.shape[1], heads: heads, headWidth: channels / heads)
  let value = Tensor(q0.shape) { y in
    withAddresses(q0.value, kv.value) { q0, kv in
      guard let y = y.baseAddress else { return }
      AttentionKernels.classTokenForward(shape, q0: q0, kv: kv, y0: y)
    }
  }
  return .recording("[cls] attention", value, inputs: [q0, kv]) { context in
    let both = classTokenGradient(
      context.inputs[0], context.inputs[1], context.upstream, shape)
    return split(both, like: context.inputs)
  }
}

/// The gradients with respect to q0 and kv, one after the other.
private func classTokenGradient(
  _ q0: Variable, _ kv: Variable, _ g: Variable, _ shape: AttentionShape
) -> Variable {
  let count = q0.shape.count
  let value = Tensor([count + kv.shape.count]) { out in
    withAddresses(q0.value, kv.value, g.value) { q0, kv, g in
      guard let out = out.baseAddress else { return }
      AttentionKernels.classTokenBackward(
        shape, q0: q0, kv: kv, gy0: g, gq0: out, gkv: out + count)
    }
  }
  return .recording("[cls] attention's gradient", value, inputs: [q0, kv, g]) { context in
    let sources = context.inputs + [context.upstream]
    let second = classTokenSecondGradient(
      context.inputs.map(\.value), cotangent: context.upstream.value, shape)
    return second.map { .last("[cls] attention's second gradient", $0, of: sources) }
  }
}

/// The gradients of sum(cotangent classTokenGradient) with respect to q0, kv and g.
private func classTokenSecondGradient(
  _ inputs: [Tensor], cotangent: Tensor, _ shape: AttentionShape
) -> [Tensor] {
  let (q0, kv, g) = (inputs[0], inputs[1], inputs[2])
  let sizes = inputs.map(\.count)
  let all = Tensor([sizes.reduce(0, +)]) { out in
    withAddresses(q0, kv, g, cotangent) { q0, kv, g, cotangent in
      guard let out = out.baseAddress else { return }
      AttentionKernels.classTokenSecondBackward(
        shape, q0: q0, kv: kv, gy0: g, cotangentQ0: cotangent, cotangentKV: cotangent + sizes[0],
        gq0: out, gkv: out + sizes[0], ggy0: out + sizes[0] + sizes[1])
    }
  }
  var start = 0
  return zip(inputs, sizes).map { input, size in
    defer { start += size }
    return all.slice(start..<start + size).reshaped(input.shape)
  }
}

/// A flat variable cut into ranges of the shapes of `inputs`.
private func split(_ flat: Variable, like inputs: [Variable]) -> [Variable?] {
  var start = 0
  return inputs.map { input in
    defer { start += input.shape.count }
    return flat.rows(start..<start + input.shape.count).reshaped(input.shape)
  }
}
