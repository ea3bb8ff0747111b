// Adam, clipping and averaging against their formulas in double precision.

import Tensors
import TestSupport
import Testing

@testable import Training

@Suite struct OptimizationTests {
  private let random = RandomSource(seed: 7)

  private func normals(_ count: Int, _ sample: Int) -> [Float] {
    Tensor([count]) {
      random.fillNormal($0, RandomStream(rawValue: 1010), sample: sample)
    }.elements
  }

  /// PyTorch's documented algorithm, step by step in double precision.
  @Test(arguments: [Float(0), 0.5, 0.9])
  func adamFollowsItsFormula(beta1: Float) {
    let adam = Adam(learningRate: 1e-2, beta1: beta1, beta2: 0.99, epsilon: 1e-8)
    let count = 19
    var weights = normals(count, 0)
    var (first, second) = ([Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
    var exact = weights.map(Double.init)
    var (m, v) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
    let scale: Float = 0.5
    for update in 1...12 {
      let gradient = normals(count, update)
      gradient.withUnsafeBufferPointer { gradient in
        weights.withUnsafeMutableBufferPointer { weights in
          first.withUnsafeMutableBufferPointer { first in
            second.withUnsafeMutableBufferPointer { second in
              adam.update(
                weights, gradient: gradient, scale: scale, first: first, second: second,
                update: update)
            }
          }
        }
      }
      let (b1, b2) = (Double(beta1), Double(Float(0.99)))
      for i in 0..<count {
        let g = Double(gradient[i]) * Double(scale)
        m[i] = b1 * m[i] + (1 - b1) * g
        v[i] = b2 * v[i] + (1 - b2) * g * g
        let mHat = m[i] / (1 - pow(b1, update))
        let vHat = v[i] / (1 - pow(b2, update))
        exact[i] -= Double(Float(1e-2)) * mHat / (vHat.squareRoot() + Double(Float(1e-8)))
      }
    }
    expectClose(weights.map(Double.init), exact, tolerance: 1e-6, "weights")
    expectClose(first.map(Double.init), m, tolerance: 1e-6, "m")
    expectClose(second.map(Double.init), v, tolerance: 1e-6, "v")
  }

  private func pow(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1.0) { product, _ in product * base }
  }

  @Test(arguments: [0, 1, 7, 8, 4096, 4097, 10_001])
  func normIsTheRootOfTheSumOfSquares(count: Int) {
    let gradient = normals(count, 99)
    let exact = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    let norm = gradient.withUnsafeBufferPointer { GradientNorm.norm($0) }
    #expect(abs(norm - exact) <= 1e-6 * max(exact, 1e-30), "\(norm) for \(exact)")
  }

  @Test func clippingBringsTheNormToItsLimit() {
    #expect(GradientNorm.clippingFactor(norm: 4, limit: 5) == 1)
    #expect(GradientNorm.clippingFactor(norm: 1e9, limit: 0) == 1, "0 never clips")
    let factor = Double(GradientNorm.clippingFactor(norm: 50, limit: 5))
    #expect(abs(factor * 50 - 5) < 1e-5)
  }

  @Test func theAverageOfConstantWeightsDecaysGeometrically() {
    var average = [Float](repeating: 1, count: 9)
    let weights = [Float](repeating: 3, count: 9)
    for _ in 0..<20 {
      average.withUnsafeMutableBufferPointer { average in
        weights.withUnsafeBufferPointer {
          MovingAverage.update(average, towards: $0, decay: 0.9)
        }
      }
    }
    let exact = 3 - 2 * pow(0.9, 20)
    expectClose(
      average.map(Double.init), Array(repeating: exact, count: 9), tolerance: 1e-6, "average")
  }

  /// The first update of a network larger than the pieces that are updated at a time: m and v are then g and
  /// g^2 but for their corrections.
  @Test func everyWeightIsUpdatedOnceAndTheAverageFollowsTheNewWeights() {
    var configuration = Configuration.tiny
    configuration.model.latent = 40
    let network = TrainingState(
      generator: Recipe(configuration).generator,
      discriminator: Recipe(configuration).discriminator, seed: 1, keepsLeftover: false
    ).generator
    let count = network.table.count
    #expect(count > 40_000)
    let before = network.weights.elements.map(Double.init)
    let gradient = FlatBuffer(count: count)
    _ = gradient.elements.update(fromContentsOf: normals(count, 3))
    let average = FlatBuffer(count: count)
    _ = average.elements.update(fromContentsOf: normals(count, 4))
    let (g, old) = (gradient.elements.map(Double.init), average.elements.map(Double.init))
    network.step(
      Adam(learningRate: 1e-2, beta1: 0, beta2: 0.99, epsilon: 1e-8), gradient: gradient.elements,
      norm: 2, clipNorm: 1, update: 1, average: (average, 0.75))
    let weights = before.indices.map { before[$0] - 1e-2 * (g[$0] / 2) / (abs(g[$0] / 2) + 1e-8) }
    expectClose(network.weights.elements.map(Double.init), weights, tolerance: 1e-6, "weights")
    expectClose(
      average.elements.map(Double.init),
      weights.indices.map { 0.75 * old[$0] + 0.25 * weights[$0] }, tolerance: 1e-6, "average")
  }

  @Test func aHalfLifeHalves() {
    let rule = MovingAverage.halfLife(kimg: 1, ramp: 0)
    // Ten steps of 100 images are one half-life of 1000.
    let decay = rule.decay(images: 100, imagesSeen: 5000)
    #expect(abs(pow(decay, 10) - 0.5) < 1e-12)
    let ramped = MovingAverage.halfLife(kimg: 500, ramp: 0.1)
    // After 2000 images the half-life is 200.
    #expect(abs(pow(ramped.decay(images: 100, imagesSeen: 2000), 2) - 0.5) < 1e-12)
    #expect(MovingAverage.fixed(decay: 0.999).decay(images: 64, imagesSeen: 64) == 0.999)
  }
}
