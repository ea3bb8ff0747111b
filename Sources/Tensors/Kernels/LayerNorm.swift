// Layer normalisation over the innermost dimension and its derivatives (Ba, Kiros, Hinton 2016).
//
// With xhat = (x - mean) r, r = 1 / sqrt(variance + epsilon), over the C values of a row:
//
//   y  = w xhat + b
//   dx = r (h - mean(h) - xhat mean(h xhat)),  h = g w,   for an upstream gradient g
//
// `secondGradientRow` states the derivatives of dx; `docs/second-derivatives.md` derives them.
// Statistics are recomputed from x, which is in the cache anyway, instead of being kept.

import CSIMD

extension Kernels {
  /// The epsilon of the published networks' layer normalisation.
  public static let layerNormEpsilon: Float = 1e-5

  /// The mean and the reciprocal standard deviation of a row.
  @inline(__always)
  static func rowStatistics(
    _ x: UnsafePointer<Float>, _ channels: Int
  ) -> (mean: Float, reciprocal: Float) {
    let scale = 1 / Float(channels)
    let mean = csimd_sum(sumVectors(count: channels) { _, load in load(x) }) * scale
    let center = Vector16(repeating: mean)
    let squares = sumVectors(count: channels) { _, load in
      let d = load(x) - center
      return d * d
    }
    let variance = csimd_sum(squares) * scale
    return (mean, 1 / (variance + layerNormEpsilon).squareRoot())
  }

  /// y = w xhat + b: x (..., C), w (C), b (C).
  public static func layerNorm(_ x: Tensor, weight: Tensor, bias: Tensor) -> Tensor {
    let channels = checkLayerNorm(x, weight)
    precondition(bias.shape == weight.shape, "bias \(bias.shape) for \(channels) channels")
    return Tensor(x.shape) { out in
      withPointers(x, weight, bias, out) { x, w, b, out in
        for row in 0..<rowCount(out.count, channels) {
          let (x, y) = (x.baseAddress + row * channels, out.baseAddress + row * channels)
          let (mean, reciprocal) = rowStatistics(x, channels)
          let (center, r) = (Vector16(repeating: mean), Vector16(repeating: reciprocal))
          mapVectors(x, w.baseAddress, b.baseAddress, into: y, count: channels) { x, w, b in
            csimd_fma((x - center) * r, w, b)
          }
        }
      }
    }
  }

  /// The input gradient dx, of x's shape, for the upstream gradient g, of x's shape.
  public static func layerNormInputGradient(_ x: Tensor, weight: Tensor, _ g: Tensor) -> Tensor {
    let channels = checkLayerNorm(x, weight)
    precondition(g.shape == x.shape, "gradient \(g.shape) for \(x.shape)")
    return Tensor(x.shape) { out in
      withPointers(x, weight, g, out) { x, w, g, out in
        for row in 0..<rowCount(out.count, channels) {
          let at = row * channels
          inputGradientRow(
            x.baseAddress + at, w.baseAddress, g.baseAddress + at, out.baseAddress + at, channels)
        }
      }
    }
  }

  @inline(__always)
  private static func inputGradientRow(
    _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ g: UnsafePointer<Float>,
    _ dx: UnsafeMutablePointer<Float>, _ channels: Int
  ) {
    let (mean, reciprocal) = rowStatistics(x, channels)
    let (center, r) = (Vector16(repeating: mean), Vector16(repeating: reciprocal))
    let scale = 1 / Float(channels)
    let sumH = csimd_sum(sumVectors(count: channels) { _, load in load(g) * load(w) })
    let sumHX = csimd_sum(
      sumVectors(count: channels) { _, load in load(g) * load(w) * ((load(x) - center) * r) })
    let (meanH, meanHX) = (Vector16(repeating: sumH * scale), Vector16(repeating: sumHX * scale))
    mapVectors(x, w, g, into: dx, count: channels) { x, w, g in
      let xhat = (x - center) * r
      return r * (g * w - meanH - xhat * meanHX)
    }
  }

  /// The weight gradient: the sum over rows of g xhat, of shape (C).
  public static func layerNormWeightGradient(_ x: Tensor, _ g: Tensor) -> Tensor {
    let channels = x.shape.innermost
    precondition(g.shape == x.shape, "gradient \(g.shape) for \(x.shape)")
    var sum = Tensor.zeros([channels])
    sum.withUnsafeMutableBuffer { sum in
      withPointers(x, g, sum) { x, g, sum in
        for row in 0..<rowCount(x.count, channels) {
          let (x, g) = (x.baseAddress + row * channels, g.baseAddress + row * channels)
          let (mean, reciprocal) = rowStatistics(x, channels)
          let (center, r) = (Vector16(repeating: mean), Vector16(repeating: reciprocal))
          mapVectors(x, g, sum.baseAddress, into: sum.baseAddress, count: channels) { x, g, sum in
            csimd_fma((x - center) * r, g, sum)
          }
        }
      }
    }
    return sum
  }

  /// The gradients of sum(c dx) with respect to x, w and g, where dx = layerNormInputGradient(x, w, g).
  public static func layerNormSecondGradient(
    _ x: Tensor, weight: Tensor, _ g: Tensor, cotangent c: Tensor
  ) -> (x: Tensor, weight: Tensor, g: Tensor) {
    let channels = checkLayerNorm(x, weight)
    precondition(g.shape == x.shape && c.shape == x.shape, "gradients for \(x.shape)")
    var dw = Tensor.zeros([channels])
    var dx = Tensor.zeros([0])
    let dg = Tensor(x.shape) { dgOut in
      dx = Tensor(x.shape) { dxOut in
        dw.withUnsafeMutableBuffer { dw in
          withPointers(x, weight, g, dgOut) { x, w, g, dg in
            withPointers(c, dxOut, dw) { c, dx, dw in
              for row in 0..<rowCount(x.count, channels) {
                let at = row * channels
                secondGradientRow(
                  x.baseAddress + at, w.baseAddress, g.baseAddress + at, c.baseAddress + at,
                  dx: dx.baseAddress + at, dw: dw.baseAddress, dg: dg.baseAddress + at, channels)
              }
            }
          }
        }
      }
    }
    return (dx, dw, dg)
  }

  /// One row of `layerNormSecondGradient`.
  ///
  /// With m(.) the mean over the row, a = m(h xhat), e = m(c xhat), f = m(c h) - m(c) m(h):
  ///   dg = w u,  dw += g u,  u = r (c - m(c) - xhat e)
  ///   dx2 = r^2 ( xhat (3 a e - f) - e (h - m(h)) - a (c - m(c)) )
  @inline(__always)
  private static func secondGradientRow(
    _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ g: UnsafePointer<Float>,
    _ c: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>, dw: UnsafeMutablePointer<Float>,
    dg: UnsafeMutablePointer<Float>, _ channels: Int
  ) {
    let (mean, reciprocal) = rowStatistics(x, channels)
    let (center, r) = (Vector16(repeating: mean), Vector16(repeating: reciprocal))
    let scale = 1 / Float(channels)
    func rowMean(_ body: (Int, (UnsafePointer<Float>) -> Vector16) -> Vector16) -> Float {
      csimd_sum(sumVectors(count: channels, body)) * scale
    }
    let meanC = rowMean { _, load in load(c) }
    let meanH = rowMean { _, load in load(g) * load(w) }
    let a = rowMean { _, load in load(g) * load(w) * ((load(x) - center) * r) }
    let e = rowMean { _, load in load(c) * ((load(x) - center) * r) }
    let centerC = Vector16(repeating: meanC)
    let f = rowMean { _, load in (load(c) - centerC) * (load(g) * load(w)) }
    let (vMeanH, vA, vE) = (
      Vector16(repeating: meanH), Vector16(repeating: a), Vector16(repeating: e)
    )
    let curvature = Vector16(repeating: 3 * a * e - f)
    let r2 = r * r
    mapVectors(x, c, w, into: dg, count: channels) { x, c, w in
      w * (r * (c - centerC - (x - center) * r * vE))
    }
    // dw needs four streams: first u into dx, which is overwritten right after.
    mapVectors(x, c, into: dx, count: channels) { x, c in
      r * (c - centerC - (x - center) * r * vE)
    }
    mapVectors(dx, g, dw, into: dw, count: channels) { u, g, dw in csimd_fma(u, g, dw) }
    mapVectors(g, w, into: dx, count: channels) { g, w in vE * (g * w - vMeanH) }
    mapVectors(x, c, dx, into: dx, count: channels) { x, c, eh in
      r2 * ((x - center) * r * curvature - eh - vA * (c - centerC))
    }
  }

  private static func checkLayerNorm(_ x: Tensor, _ weight: Tensor) -> Int {
    let channels = x.shape.innermost
    precondition(channels > 0, "layer normalisation of \(x.shape)")
    precondition(weight.shape == [channels], "weight \(weight.shape) for \(channels) channels")
    return channels
  }
}
