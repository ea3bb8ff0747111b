// The quantile function of the standard normal distribution (Wichura: Algorithm AS 241, Applied
// Statistics 37, 1988; the variant PPND16).
//
// Goals, in order: the same bits wherever it is called, a relative error below 1e-15, speed: the initial
// weights of a network are tens of millions of these numbers.  Hence straight-line polynomials, whose
// coefficients are immediates, and one logarithm in the tails only (15 % of the numbers).

import Foundation

/// The x for which a standard normal variable is at most x with probability `p`, 0 < p < 1.
///
/// The relative error is below 1e-15, against the distribution's exact quantiles at `p` as given; near
/// 1 the spacing of the numbers p is what limits a result, not this function.
@inline(__always)
func inverseNormalDistribution(_ p: Double) -> Double {
  let q = p - 0.5
  return abs(q) <= 0.425 ? centralQuantile(q) : tailQuantile(p)
}

/// The quantile at 1/2 + q, |q| <= 0.425.
@inline(__always)
private func centralQuantile(_ q: Double) -> Double {
  let x = 0.180625 - q * q
  let numerator = polynomial(
    x,
    3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
    1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
    3.3430575583588128105e+4, 2.5090809287301226727e+3)
  let denominator = polynomial(
    x,
    1, 4.2313330701600911252e+1, 6.8718700749205790830e+2,
    5.3941960214247511077e+3, 2.1213794301586595867e+4, 3.9307895800092710610e+4,
    2.8729085735721942674e+4, 5.2264952788528545610e+3)
  return q * (numerator / denominator)
}

/// The quantile at p, where p or 1 - p is below 0.075.
@inline(never)
private func tailQuantile(_ p: Double) -> Double {
  let lower = p < 0.5
  let r = (-log(lower ? p : 1 - p)).squareRoot()
  let magnitude = r <= 5 ? nearTail(r - 1.6) : farTail(r - 5)
  return lower ? -magnitude : magnitude
}

/// For probabilities down to exp(-25).
@inline(__always)
private func nearTail(_ x: Double) -> Double {
  let numerator = polynomial(
    x,
    1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
    3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
    2.27238449892691845833e-2, 7.74545014278341407640e-4)
  let denominator = polynomial(
    x,
    1, 2.05319162663775882187e0, 1.67638483018380384940e0,
    6.89767334985100004550e-1, 1.48103976427480074590e-1, 1.51986665636164571966e-2,
    5.47593808499534494600e-4, 1.05075007164441684324e-9)
  return numerator / denominator
}

/// For probabilities below exp(-25).
@inline(__always)
private func farTail(_ x: Double) -> Double {
  let numerator = polynomial(
    x,
    6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
    2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
    2.71155556874348757815e-5, 2.01033439929228813265e-7)
  let denominator = polynomial(
    x,
    1, 5.99832206555887937690e-1, 1.36929880922735805310e-1,
    1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5,
    1.42151175831644588870e-7, 2.04426310338993978564e-15)
  return numerator / denominator
}

/// The polynomial of degree 7 with the coefficients c, from the constant up, by Horner's rule.
@inline(__always)
private func polynomial(
  _ x: Double, _ c0: Double, _ c1: Double, _ c2: Double, _ c3: Double, _ c4: Double, _ c5: Double,
  _ c6: Double, _ c7: Double
) -> Double {
  let upper = ((c7 * x + c6) * x + c5) * x + c4
  return (((upper * x + c3) * x + c2) * x + c1) * x + c0
}
