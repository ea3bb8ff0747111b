// The exact Gaussian error linear unit and its first two derivatives (Hendrycks and Gimpel 2016).
//
//   gelu(x) = x P(x),   gelu'(x) = P(x) + x p(x),   gelu''(x) = (2 - x^2) p(x)
//
// with P the distribution function and p the density of the standard normal distribution.
// Not here: the tanh approximation; the published networks use the exact form.

extension Kernels {
  /// gelu(x), element by element.
  public static func gelu(_ x: Tensor) -> Tensor { map(x) { $0 * vectorNormalDistribution($0) } }

  /// g gelu'(x), element by element.
  public static func geluGradient(_ x: Tensor, _ g: Tensor) -> Tensor {
    map(x, g) { $1 * geluSlope($0) }
  }

  /// c g gelu''(x), element by element.
  public static func geluCurvature(_ x: Tensor, _ g: Tensor, _ c: Tensor) -> Tensor {
    map(x, g, c) { x, g, c in
      c * g * ((Vector16(repeating: 2) - x * x) * vectorNormalDensity(x))
    }
  }

  @inline(__always)
  private static func geluSlope(_ x: Vector16) -> Vector16 {
    vectorNormalDistribution(x) + x * vectorNormalDensity(x)
  }
}
