// The exact Gaussian error linear unit and its first two derivatives (Hendrycks and Gimpel 2016).
//
//   gelu(x) = x P(x),   gelu'(x) = P(x) + x p(x),   gelu''(x) = (2 - x^2) p(x)
//
// with P the distribution function and p the density of the standard normal distribution.
// Not here: the tanh approximation; the published networks use the exact form.

extension Kernels {
  /// gelu(x), element by element.
  public static func gelu(_ x: Tensor) -> Tensor {
    Tensor(x.shape) { out in
      withPointers(x, out) { x, out in GELU(x: x.baseAddress).fill(out) }
    }
  }

  /// g gelu'(x), element by element.
  public static func geluGradient(_ x: Tensor, _ g: Tensor) -> Tensor {
    precondition(x.shape == g.shape, "gradient \(g.shape) of GELU at \(x.shape)")
    return Tensor(x.shape) { out in
      withPointers(x, g, out) { x, g, out in
        GELUGradient(x: x.baseAddress, g: g.baseAddress).fill(out)
      }
    }
  }

  /// c g gelu''(x), element by element.
  public static func geluCurvature(_ x: Tensor, _ g: Tensor, _ c: Tensor) -> Tensor {
    precondition(
      x.shape == g.shape && x.shape == c.shape,
      "gradient \(g.shape) and its cotangent \(c.shape) of GELU at \(x.shape)")
    return Tensor(x.shape) { out in
      withPointers(x, g, c, out) { x, g, c, out in
        GELUCurvature(x: x.baseAddress, g: g.baseAddress, c: c.baseAddress).fill(out)
      }
    }
  }
}

private struct GELU: VectorFunction {
  let x: UnsafePointer<Float>

  @inline(__always)
  func values(_ load: (UnsafePointer<Float>) -> Vector16) -> Vector16 {
    let x = load(x)
    return x * vectorNormalDistribution(x)
  }
}

private struct GELUGradient: VectorFunction {
  let x: UnsafePointer<Float>
  let g: UnsafePointer<Float>

  @inline(__always)
  func values(_ load: (UnsafePointer<Float>) -> Vector16) -> Vector16 {
    let x = load(x)
    return load(g) * (vectorNormalDistribution(x) + x * vectorNormalDensity(x))
  }
}

private struct GELUCurvature: VectorFunction {
  let x: UnsafePointer<Float>
  let g: UnsafePointer<Float>
  let c: UnsafePointer<Float>

  @inline(__always)
  func values(_ load: (UnsafePointer<Float>) -> Vector16) -> Vector16 {
    let x = load(x)
    return load(c) * load(g) * ((Vector16(repeating: 2) - x * x) * vectorNormalDensity(x))
  }
}
