// Operations that only move elements; the pullback of each moves them back.

import Tensors

extension Variable {
  /// The same elements in another shape of the same count.
  public func reshaped(_ shape: Shape) -> Variable {
    let original = self.shape
    if original == shape { return self }
    return Self.recording("reshape", value.reshaped(shape), inputs: [self], keepsInputs: false) {
      [$0.upstream.reshaped(original)]
    }
  }

  /// The elements of each sample rearranged: (B, input) -> (B, output).
  public func permuted(_ pair: PermutationPair) -> Variable {
    Self.recording(
      "permutation", Kernels.permute(value, pair.forward), inputs: [self], keepsInputs: false
    ) {
      [$0.upstream.permuted(pair.reversed)]
    }
  }

  /// Tokens `range`: (B, N, C) -> (B, range.count, C).
  public func tokens(_ range: Range<Int>) -> Variable {
    let count = shape[1]
    return Self.recording(
      "token range", Kernels.tokens(value, range), inputs: [self], keepsInputs: false
    ) {
      [$0.upstream.paddedTokens(range, of: count)]
    }
  }

  /// These tokens as tokens `range` among `count`, the others 0: (B, range.count, C) -> (B, count, C).
  public func paddedTokens(_ range: Range<Int>, of count: Int) -> Variable {
    let value = Kernels.padTokens(value, range, of: count)
    return Self.recording("token padding", value, inputs: [self], keepsInputs: false) {
      [$0.upstream.tokens(range)]
    }
  }

  /// Rows `range` of the outermost dimension.
  public func rows(_ range: Range<Int>) -> Variable {
    let full = shape
    let inner = shape.extents.dropFirst().reduce(1, *)
    return Self.recording("row range", value.slice(range), inputs: [self], keepsInputs: false) {
      let padded = $0.upstream.reshaped([1, range.count, inner])
        .paddedTokens(range, of: full[0])
      return [padded.reshaped(full)]
    }
  }
}

/// A permutation and its inverse, computed once.
public struct PermutationPair: Sendable {
  let forward: Permutation
  let backward: Permutation

  public init(_ forward: Permutation) {
    self.init(forward: forward, backward: forward.inverse)
  }

  private init(forward: Permutation, backward: Permutation) {
    self.forward = forward
    self.backward = backward
  }

  /// The pair seen from the other side.
  public var reversed: PermutationPair {
    PermutationPair(forward: backward, backward: forward)
  }
}
