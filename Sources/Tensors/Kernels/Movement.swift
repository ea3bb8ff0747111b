// Moving elements without arithmetic: permutations within a sample, and ranges of tokens.

/// A rearrangement of the elements of each sample, precomputed: out[i] = in[source[i]].
public struct Permutation: Sendable {
  /// The shape of one sample before and after.
  public let input: Shape
  public let output: Shape
  let source: [Int32]

  /// - Parameter source: for each index into a sample's output, the index into its input.
  public init(input: Shape, output: Shape, source: (Int) -> Int) {
    self.init(input: input, output: output, source: (0..<output.count).map { Int32(source($0)) })
  }

  private init(input: Shape, output: Shape, source: [Int32]) {
    precondition(input.count == output.count, "\(input) cannot be permuted into \(output)")
    precondition(
      source.allSatisfy { $0 >= 0 && $0 < input.count }, "a source outside of \(input)")
    self.input = input
    self.output = output
    self.source = source
  }

  /// The permutation that undoes this one.
  public var inverse: Permutation {
    var inverse = [Int32](repeating: -1, count: source.count)
    for (index, target) in source.enumerated() { inverse[Int(target)] = Int32(index) }
    precondition(!inverse.contains(-1), "not a permutation")
    return Permutation(input: output, output: input, source: inverse)
  }

  /// Image patches as rows: (3, S, S) -> (n, 3 p^2), in the element order of a convolution's weight.
  public static func patches(channels: Int, side: Int, patch: Int) -> Permutation {
    precondition(side % patch == 0, "patches of \(patch) in a side of \(side)")
    let (grid, area) = (side / patch, patch * patch)
    return Permutation(
      input: [channels, side, side], output: [grid * grid, channels * area]
    ) { index in
      let (token, element) = index.quotientAndRemainder(dividingBy: channels * area)
      let (channel, inside) = element.quotientAndRemainder(dividingBy: area)
      let y = token / grid * patch + inside / patch
      let x = token % grid * patch + inside % patch
      return (channel * side + y) * side + x
    }
  }

  /// Tokens (side^2, C) to (4 side^2, C / 4): the pixel shuffle of Shi et al. 2016 with factor 2.
  public static func pixelShuffle(side: Int, channels: Int) -> Permutation {
    precondition(channels % 4 == 0, "pixel shuffle of \(channels) channels")
    let narrow = channels / 4
    return Permutation(
      input: [side * side, channels], output: [4 * side * side, narrow]
    ) { index in
      let (token, channel) = index.quotientAndRemainder(dividingBy: narrow)
      let (y, x) = token.quotientAndRemainder(dividingBy: 2 * side)
      return (y / 2 * side + x / 2) * channels + channel * 4 + y % 2 * 2 + x % 2
    }
  }

  /// The transpose of each sample, (M, N) -> (N, M).
  public static func transpose(rows: Int, columns: Int) -> Permutation {
    Permutation(input: [rows, columns], output: [columns, rows]) { index in
      index % rows * columns + index / rows
    }
  }
}

extension Kernels {
  /// x (B, input) -> (B, output).
  public static func permute(_ x: Tensor, _ permutation: Permutation) -> Tensor {
    let inner = permutation.input.count
    precondition(
      Array(x.shape.extents.dropFirst()) == permutation.input.extents,
      "permutation of \(permutation.input) on \(x.shape)")
    let batch = x.shape[0]
    return Tensor(Shape([batch] + permutation.output.extents)) { out in
      withPointers(x, out) { x, out in
        permutation.source.withUnsafeBufferPointer { source in
          for sample in 0..<batch {
            let (from, to) = (x.baseAddress + sample * inner, out.baseAddress + sample * inner)
            for index in 0..<inner { to[index] = from[Int(source[index])] }
          }
        }
      }
    }
  }

  /// Tokens `range` of x (B, N, C): (B, range.count, C).
  public static func tokens(_ x: Tensor, _ range: Range<Int>) -> Tensor {
    precondition(x.shape.rank == 3, "tokens of \(x.shape)")
    let (batch, tokens, channels) = (x.shape[0], x.shape[1], x.shape[2])
    precondition(
      range.lowerBound >= 0 && range.upperBound <= tokens, "tokens \(range) of \(x.shape)")
    let length = range.count * channels
    return Tensor([batch, range.count, channels]) { out in
      withPointers(x, out) { x, out in
        for sample in 0..<batch {
          (out.baseAddress + sample * length).update(
            from: x.baseAddress + (sample * tokens + range.lowerBound) * channels, count: length)
        }
      }
    }
  }

  /// The transpose of `tokens`: x (B, range.count, C) among zeros in (B, count, C).
  public static func padTokens(_ x: Tensor, _ range: Range<Int>, of count: Int) -> Tensor {
    precondition(
      x.shape.rank == 3 && x.shape[1] == range.count && range.lowerBound >= 0
        && range.upperBound <= count,
      "\(x.shape) as tokens \(range) of \(count)")
    let (batch, channels) = (x.shape[0], x.shape[2])
    let length = range.count * channels
    return Tensor([batch, count, channels]) { out in
      withPointers(x, out) { x, out in
        for sample in 0..<batch {
          let row = out.baseAddress + sample * count * channels
          row.update(repeating: 0, count: range.lowerBound * channels)
          (row + range.lowerBound * channels).update(
            from: x.baseAddress + sample * length, count: length)
          (row + range.upperBound * channels).update(
            repeating: 0, count: (count - range.upperBound) * channels)
        }
      }
    }
  }
}

extension Kernels {
  /// The rows of `a`, then those of `b`, along the outermost dimension.
  public static func concatenate(_ a: Tensor, _ b: Tensor) -> Tensor {
    precondition(
      a.shape.rank > 0 && a.shape.extents.dropFirst() == b.shape.extents.dropFirst(),
      "concatenation of \(a.shape) and \(b.shape)")
    return Tensor(Shape([a.shape[0] + b.shape[0]] + a.shape.extents.dropFirst())) { out in
      withPointers(a, b, out) { first, second, out in
        out.baseAddress.update(from: first.baseAddress, count: first.count)
        (out.baseAddress + first.count).update(from: second.baseAddress, count: second.count)
      }
    }
  }
}
