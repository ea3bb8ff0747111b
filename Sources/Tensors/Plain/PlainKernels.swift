// The plain loops: the specification of the kernels of single elements, and the side that tests trust.
//
// Everything is computed in float64 and rounded once.  For +, -, *, / and square roots of float32 values
// that is the correctly rounded float32 result itself (Figueroa 1995: 53 >= 2 x 24 + 2).
// Not here: speed; nothing in the trainer calls these.

import Foundation

/// The operations of `Kernels`, each as its formula; see there for shapes.
package enum PlainKernels {}

extension PlainKernels {
  /// A tensor of f(a[i]).
  package static func map(_ a: Tensor, _ f: (Double) -> Double) -> Tensor {
    Tensor(a.shape, a.elements.map { Float(f(Double($0))) })
  }

  /// A tensor of f(a[i], b[i]).
  package static func map(_ a: Tensor, _ b: Tensor, _ f: (Double, Double) -> Double) -> Tensor {
    precondition(a.shape == b.shape, "\(a.shape) and \(b.shape)")
    let pairs = zip(a.elements, b.elements)
    return Tensor(a.shape, pairs.map { Float(f(Double($0), Double($1))) })
  }

  package static func add(_ a: Tensor, _ b: Tensor) -> Tensor { map(a, b) { $0 + $1 } }
  package static func subtract(_ a: Tensor, _ b: Tensor) -> Tensor { map(a, b) { $0 - $1 } }
  package static func multiply(_ a: Tensor, _ b: Tensor) -> Tensor { map(a, b) { $0 * $1 } }
  package static func scale(_ a: Tensor, by factor: Float) -> Tensor {
    map(a) { $0 * Double(factor) }
  }
  package static func addScalar(_ a: Tensor, _ term: Float) -> Tensor {
    map(a) { $0 + Double(term) }
  }
  package static func squareRoot(_ a: Tensor) -> Tensor { map(a) { $0.squareRoot() } }
  package static func relu(_ x: Tensor) -> Tensor { map(x) { $0 > 0 ? $0 : 0 } }
  package static func step(_ x: Tensor) -> Tensor { map(x) { $0 > 0 ? 1 : 0 } }
  package static func reciprocalOrZero(_ x: Tensor) -> Tensor { map(x) { $0 == 0 ? 0 : 1 / $0 } }
  package static func sigmoid(_ x: Tensor) -> Tensor { map(x) { 1 / (1 + exp(-$0)) } }
  package static func softplus(_ x: Tensor) -> Tensor {
    map(x) { max($0, 0) + log1p(exp(-abs($0))) }
  }

  /// P(x), the distribution function of the standard normal distribution.
  package static func normalDistribution(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }

  /// p(x), its density.
  package static func normalDensity(_ x: Double) -> Double {
    exp(-x * x / 2) / (2 * Double.pi).squareRoot()
  }

  package static func gelu(_ x: Tensor) -> Tensor { map(x) { $0 * normalDistribution($0) } }

  package static func geluGradient(_ x: Tensor, _ g: Tensor) -> Tensor {
    map(x, g) { $1 * (normalDistribution($0) + $0 * normalDensity($0)) }
  }

  package static func geluCurvature(_ x: Tensor, _ g: Tensor, _ c: Tensor) -> Tensor {
    let products = zip(g.elements, c.elements).map { Double($0) * Double($1) }
    let slopes = x.elements.map { (2 - Double($0) * Double($0)) * normalDensity(Double($0)) }
    return Tensor(x.shape, zip(products, slopes).map { Float($0 * $1) })
  }
}
