// The plain loops of sums, broadcasts, softmax and layer normalisation, row by row in float64.

import Foundation

extension PlainKernels {
  /// The rows of x seen as (count / length, length), in float64.
  private static func rows(_ x: Tensor, of length: Int) -> [[Double]] {
    let values = x.elements.map(Double.init)
    return stride(from: 0, to: values.count, by: max(length, 1)).map {
      Array(values[$0..<$0 + length])
    }
  }

  private static func tensor(_ shape: Shape, _ rows: [[Double]]) -> Tensor {
    Tensor(shape, rows.joined().map { Float($0) })
  }

  private static func mean(_ row: [Double]) -> Double { row.reduce(0, +) / Double(row.count) }

  private static func products(_ a: [Double], _ b: [Double]) -> [Double] {
    zip(a, b).map { $0 * $1 }
  }

  package static func sumLeading(_ x: Tensor, to shape: Shape) -> Tensor {
    var sum = [Double](repeating: 0, count: shape.count)
    for row in rows(x, of: shape.count) {
      for index in row.indices { sum[index] += row[index] }
    }
    return tensor(shape, [sum])
  }

  package static func broadcastLeading(_ x: Tensor, to shape: Shape) -> Tensor {
    Tensor(shape, (0..<shape.count).map { x.elements[$0 % x.count] })
  }

  package static func addLeading(_ x: Tensor, _ p: Tensor) -> Tensor {
    add(x, broadcastLeading(p, to: x.shape))
  }

  package static func sumTrailing(_ x: Tensor, to shape: Shape) -> Tensor {
    let length = shape.count == 0 ? 0 : x.count / shape.count
    if length == 0 { return Tensor(repeating: 0, shape) }
    return tensor(shape, [rows(x, of: length).map { $0.reduce(0, +) }])
  }

  package static func broadcastTrailing(_ x: Tensor, to shape: Shape) -> Tensor {
    let length = x.count == 0 ? 0 : shape.count / x.count
    return Tensor(shape, (0..<shape.count).map { x.elements[$0 / length] })
  }

  package static func softmax(_ x: Tensor) -> Tensor {
    tensor(
      x.shape,
      rows(x, of: x.shape.innermost).map { row in
        let exponentials = row.map { exp($0 - (row.max() ?? 0)) }
        let sum = exponentials.reduce(0, +)
        return exponentials.map { $0 / sum }
      })
  }

  /// xhat and r of one row.
  private static func normalized(_ row: [Double]) -> (xhat: [Double], r: Double) {
    let center = mean(row)
    let variance = mean(row.map { ($0 - center) * ($0 - center) })
    let r = 1 / (variance + Double(Kernels.layerNormEpsilon)).squareRoot()
    return (row.map { ($0 - center) * r }, r)
  }

  package static func layerNorm(_ x: Tensor, weight: Tensor, bias: Tensor) -> Tensor {
    let (w, b) = (weight.elements.map(Double.init), bias.elements.map(Double.init))
    return tensor(
      x.shape,
      rows(x, of: w.count).map { row in
        let xhat = normalized(row).xhat
        return row.indices.map { xhat[$0] * w[$0] + b[$0] }
      })
  }

  package static func layerNormInputGradient(_ x: Tensor, weight: Tensor, _ g: Tensor) -> Tensor {
    let w = weight.elements.map(Double.init)
    return tensor(
      x.shape,
      zip(rows(x, of: w.count), rows(g, of: w.count)).map { x, g in
        let (xhat, r) = normalized(x)
        let h = products(g, w)
        let (meanH, meanHX) = (mean(h), mean(products(h, xhat)))
        return x.indices.map { r * (h[$0] - meanH - xhat[$0] * meanHX) }
      })
  }

  package static func layerNormWeightGradient(_ x: Tensor, _ g: Tensor) -> Tensor {
    let length = x.shape.innermost
    var sum = [Double](repeating: 0, count: length)
    for (x, g) in zip(rows(x, of: length), rows(g, of: length)) {
      let xhat = normalized(x).xhat
      for index in x.indices { sum[index] += g[index] * xhat[index] }
    }
    return tensor([length], [sum])
  }

  package static func layerNormSecondGradient(
    _ x: Tensor, weight: Tensor, _ g: Tensor, cotangent: Tensor
  ) -> (x: Tensor, weight: Tensor, g: Tensor) {
    let w = weight.elements.map(Double.init)
    var (dx, dw, dg) = ([[Double]](), [Double](repeating: 0, count: w.count), [[Double]]())
    let (gRows, cRows) = (rows(g, of: w.count), rows(cotangent, of: w.count))
    for (row, x) in rows(x, of: w.count).enumerated() {
      let (g, c, h) = (gRows[row], cRows[row], products(gRows[row], w))
      let (xhat, r) = normalized(x)
      let (a, e) = (mean(products(h, xhat)), mean(products(c, xhat)))
      let (meanH, meanC) = (mean(h), mean(c))
      let f = mean(products(c, h)) - meanC * meanH
      let u = x.indices.map { r * (c[$0] - meanC - xhat[$0] * e) }
      for index in x.indices { dw[index] += g[index] * u[index] }
      dg.append(products(w, u))
      dx.append(
        x.indices.map {
          r * r * (xhat[$0] * (3 * a * e - f) - e * (h[$0] - meanH) - a * (c[$0] - meanC))
        })
    }
    return (tensor(x.shape, dx), tensor([w.count], [dw]), tensor(x.shape, dg))
  }
}
