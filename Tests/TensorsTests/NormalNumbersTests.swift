// The quantile function against quantiles of 20 digits, and the moments and tails of normal numbers.

import Foundation
import Testing

@testable import Tensors

@Suite struct NormalNumbersTests {
  /// Quantiles of the float64 number p, to 20 digits by mpmath 1.3 (sqrt 2 erfinv(2 p - 1), and by root
  /// finding of log P(x) = log p below 1e-12, with 40 digits).
  @Test(arguments: [
    (1e-300, -37.047096299361199237), (1e-100, -21.273453560965324294),
    (1e-20, -9.2623400897984075796), (1.3e-11, -6.6676114565107408347),
    (1.4e-11, -6.6567230915181836356), (1e-10, -6.3613409024040561991),
    (0x1p-33, -6.3379577545537892525), (0.001, -3.0902323061678135354),
    (0.01, -2.3263478740408410931), (0.025, -1.9599639845400542118),
    (0.05, -1.644853626951472688), (0.0749, -1.4402382675279636631),
    (0.075, -1.4395314709384559349), (0.0751, -1.4388253927525399824),
    (0.1, -1.2815515655446004353), (0.25, -0.6744897501960817432),
    (0.3, -0.52440051270804081597), (0.4999, -0.00025066283008800749239),
    (0.6, 0.25334710313579974132), (0.75, 0.6744897501960817432),
    (0.9, 1.2815515655446005935), (0.924, 1.43250272082581191),
    (0.925, 1.4395314709384562291), (0.926, 1.446632067158978807),
    (0.975, 1.9599639845400538556), (0.99, 2.3263478740408407676),
    (0.999, 3.0902323061678132778), (0.9999999, 5.1993375822906610937),
    (1 - 0x1p-33, 6.3379577545537892525),
  ])
  func quantiles(p: Double, expected: Double) {
    let found = inverseNormalDistribution(p)
    #expect(abs(found - expected) < 1e-15 * abs(expected), "\(found), expected \(expected)")
  }

  @Test func theMedianIsZeroAndWordsAreSymmetric() {
    #expect(inverseNormalDistribution(0.5) == 0)
    for word in stride(from: UInt32(0), to: UInt32.max / 2, by: 99_991) {
      let (low, high) = (Double(word) + 0.5, Double(UInt32.max - word) + 0.5)
      #expect(
        inverseNormalDistribution(low * 0x1p-32) == -inverseNormalDistribution(high * 0x1p-32))
    }
  }

  @Test func quantilesIncrease() {
    var last = -Double.infinity
    for word in stride(from: UInt32(0), to: UInt32.max - 9_973, by: 9_973) {
      let quantile = inverseNormalDistribution((Double(word) + 0.5) * 0x1p-32)
      #expect(quantile > last)
      last = quantile
    }
  }

  /// Moments 0, 1, 0, 3 have the variances 1/n, 2/n, 15/n, 96/n; each within 5 standard deviations.
  @Test func moments() {
    let count = 1 << 20
    let numbers = Tensor([count]) {
      RandomSource(seed: 21).fillNormal($0, RandomStream(rawValue: 1030))
    }
    let values = numbers.elements.map(Double.init)
    let n = Double(count)
    for (power, expected, variance) in [(1.0, 0.0, 1.0), (2, 1, 2), (3, 0, 15), (4, 3, 96)] {
      let moment = values.reduce(0) { $0 + pow($1, power) } / n
      #expect(abs(moment - expected) < 5 * (variance / n).squareRoot(), "moment \(power)")
    }
  }

  /// The part beyond t is erfc(t / sqrt 2), within 5 standard deviations.
  @Test(arguments: [0.5, 1, 2, 3, 4])
  func tails(t: Double) {
    let count = 1 << 20
    let numbers = Tensor([count]) {
      RandomSource(seed: 22).fillNormal($0, RandomStream(rawValue: 1030), step: 7)
    }
    let beyond = Double(numbers.elements.filter { abs(Double($0)) > t }.count)
    let p = erfc(t / 2.0.squareRoot())
    let n = Double(count)
    #expect(abs(beyond - n * p) < 5 * (n * p * (1 - p)).squareRoot())
  }
}
