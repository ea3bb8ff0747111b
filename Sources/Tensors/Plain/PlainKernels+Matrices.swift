// The plain loops of matrix products and of movement.

extension PlainKernels {
  package static func matmul(
    _ a: Tensor, transposeA: Bool = false, _ b: Tensor, transposeB: Bool = false
  ) -> Tensor {
    let (aRows, aColumns) = (a.shape.rows, a.shape.innermost)
    let (bRows, bColumns) = (b.shape.rows, b.shape.innermost)
    let (m, k) = transposeA ? (aColumns, aRows) : (aRows, aColumns)
    let n = transposeB ? bRows : bColumns
    let (aElements, bElements) = (a.elements, b.elements)
    var product: [Float] = []
    for i in 0..<m {
      for j in 0..<n {
        var sum = 0.0
        for l in 0..<k {
          let left = aElements[transposeA ? l * aColumns + i : i * aColumns + l]
          let right = bElements[transposeB ? j * bColumns + l : l * bColumns + j]
          sum += Double(left) * Double(right)
        }
        product.append(Float(sum))
      }
    }
    return Tensor([m, n], product)
  }

  package static func linear(_ x: Tensor, weight: Tensor, bias: Tensor?) -> Tensor {
    let (k, n) = (x.shape.innermost, weight.shape[0])
    let (xElements, wElements) = (x.elements, weight.elements)
    return Tensor(
      x.shape.replacingInnermost(n),
      (0..<x.shape.rows * n).map { index in
        let (row, column) = (index / n, index % n)
        var sum = bias.map { Double($0.elements[column]) } ?? 0
        for l in 0..<k {
          sum += Double(xElements[row * k + l]) * Double(wElements[column * k + l])
        }
        return Float(sum)
      })
  }

  package static func permute(_ x: Tensor, _ permutation: Permutation) -> Tensor {
    let (length, elements) = (permutation.input.count, x.elements)
    return Tensor(
      Shape([x.shape[0]] + permutation.output.extents),
      (0..<x.count).map { index in
        elements[index / length * length + Int(permutation.source[index % length])]
      })
  }

  package static func tokens(_ x: Tensor, _ range: Range<Int>) -> Tensor {
    let (batch, tokens, channels) = (x.shape[0], x.shape[1], x.shape[2])
    var kept: [Float] = []
    for sample in 0..<batch {
      for token in range {
        for channel in 0..<channels {
          kept.append(x.elements[(sample * tokens + token) * channels + channel])
        }
      }
    }
    return Tensor([batch, range.count, channels], kept)
  }

  package static func padTokens(_ x: Tensor, _ range: Range<Int>, of count: Int) -> Tensor {
    let (batch, channels) = (x.shape[0], x.shape[2])
    var padded: [Float] = []
    for sample in 0..<batch {
      for token in 0..<count {
        for channel in 0..<channels {
          let source = (sample * range.count + token - range.lowerBound) * channels + channel
          padded.append(range.contains(token) ? x.elements[source] : 0)
        }
      }
    }
    return Tensor([batch, count, channels], padded)
  }
}
