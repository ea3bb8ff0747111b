// exp, erf and the normal distribution against Foundation's in float64, over dense sweeps of bit patterns.
// The bounds are those of the doc comments and of `docs/precision.md`.

import Foundation
import Testing

@testable import Tensors

@Suite struct VectorMathTests {
  /// Every `stride`-th float32 number between two of the same sign, by its bits.
  private func sweep(
    _ from: Float, _ to: Float, stride: UInt32 = 1009, _ visit: (Float, Double) -> Void,
    of function: (Vector16) -> Vector16
  ) {
    var bits = min(from.bitPattern, to.bitPattern)
    let last = max(from.bitPattern, to.bitPattern)
    while bits <= last {
      var x = Vector16(repeating: to)
      var count = 0
      while count < 16 && bits <= last {
        x[count] = Float(bitPattern: bits)
        bits += stride
        count += 1
      }
      let y = function(x)
      for lane in 0..<count { visit(x[lane], Double(y[lane])) }
    }
  }

  /// The values in the first lanes, 0 in the others.
  private func lanes(_ values: Float...) -> Vector16 {
    Vector16(values + Array(repeating: 0, count: 16 - values.count))
  }

  /// The largest error that a sweep finds, and where.
  private struct Worst: CustomStringConvertible {
    var error = 0.0
    var x: Float = 0
    mutating func update(_ error: Double, _ x: Float) {
      if !(error <= self.error) { (self.error, self.x) = (error, x) }
    }
    var description: String { "an error of \(error) at \(x)" }
  }

  @Test(arguments: [
    (Float.leastNonzeroMagnitude, Float(88.37625)),
    (-Float.leastNonzeroMagnitude, Float(-87.33654)),
  ])
  func exponential(range: (Float, Float)) {
    var worst = Worst()
    sweep(range.0, range.1) { x, y in
      let expected = exp(Double(x))
      worst.update(abs(y - expected) / expected, x)
    } of: {
      vectorExp($0)
    }
    #expect(worst.error < 1.2e-7, "\(worst)")
  }

  @Test func exponentialAtItsEdges() {
    let y = vectorExp(
      lanes(0, -0.0, -87.4, -.infinity, .nan, 88.4, .infinity, -.greatestFiniteMagnitude))
    #expect([y[0], y[1]] == [1, 1])
    #expect([y[2], y[3], y[7]] == [0, 0, 0])
    #expect(y[4].isNaN)
    let largest = vectorExp(Vector16(repeating: 88.37625))[0]
    #expect(y[5] == largest && y[6] == largest && largest.isFinite)
  }

  @Test(arguments: [
    (Float.leastNonzeroMagnitude, Float(100)), (-Float.leastNonzeroMagnitude, Float(-100)),
  ])
  func errorFunction(range: (Float, Float)) {
    var (absolute, relative) = (Worst(), Worst())
    sweep(range.0, range.1) { x, y in
      let error = abs(y - erf(Double(x)))
      absolute.update(error, x)
      // Half a denormal unit is what a denormal result can have at best.
      relative.update((error - 0x1p-150) / abs(erf(Double(x))), x)
    } of: {
      vectorErf($0)
    }
    #expect(absolute.error < 6e-8, "\(absolute)")
    #expect(relative.error < 7.3e-8, "\(relative)")
  }

  @Test func errorFunctionAtItsEdges() {
    let y = vectorErf(
      lanes(0, -0.0, .infinity, -.infinity, .nan, 4, -4, .greatestFiniteMagnitude))
    #expect(y[0] == 0 && y[0].sign == .plus)
    #expect(y[1] == 0 && y[1].sign == .minus)
    #expect([y[2], y[3], y[5], y[6], y[7]] == [1, -1, 1, -1, 1])
    #expect(y[4].isNaN)
  }

  @Test(arguments: [
    (Float.leastNonzeroMagnitude, Float(100)), (-Float.leastNonzeroMagnitude, Float(-100)),
  ])
  func normalDistribution(range: (Float, Float)) {
    var (distribution, density) = (Worst(), Worst())
    sweep(range.0, range.1) { x, y in
      distribution.update(abs(y - PlainKernels.normalDistribution(Double(x))), x)
    } of: {
      vectorNormalDistribution($0)
    }
    sweep(range.0, range.1) { x, y in
      density.update(abs(y - PlainKernels.normalDensity(Double(x))), x)
    } of: {
      vectorNormalDensity($0)
    }
    #expect(distribution.error < 6.8e-8, "\(distribution)")
    #expect(density.error < 5.1e-8, "\(density)")
  }

  @Test func normalDistributionAtItsEdges() {
    let x = lanes(0, -0.0, .infinity, -.infinity, .nan, 40, -40, 1e30)
    let (p, density) = (vectorNormalDistribution(x), vectorNormalDensity(x))
    #expect([p[0], p[1], p[2], p[3], p[5], p[6], p[7]] == [0.5, 0.5, 1, 0, 1, 0, 1])
    #expect(p[4].isNaN && density[4].isNaN)
    #expect([density[2], density[3], density[5], density[6], density[7]] == [0, 0, 0, 0, 0])
    #expect(density[0] == Float(1 / (2 * Double.pi).squareRoot()))
  }

  /// An element's bits do not depend on its lane.
  @Test func lanesAreEqual() {
    for lane in 0..<16 {
      var x = Vector16(repeating: 0.3)
      x[lane] = -1.7
      #expect(vectorExp(x)[lane] == vectorExp(Vector16(repeating: -1.7))[0])
      #expect(vectorErf(x)[lane] == vectorErf(Vector16(repeating: -1.7))[0])
    }
  }
}
