// The attention kernels against their specification, `PlainAttention`, and its specification against
// itself: windows against masked full attention, second derivatives against numerical ones.

import Testing

@testable import Tensors

/// A shape and window; its description is the reproduction.
struct AttentionCase: CustomTestStringConvertible, Sendable {
  let shape: AttentionShape
  var window = AttentionWindow.none
  /// The standard deviation of q, k and v; scores grow with its square.
  var gain: Float = 1

  init(
    _ batch: Int, _ tokens: Int, _ heads: Int, _ headWidth: Int,
    _ window: AttentionWindow = .none, gain: Float = 1
  ) {
    shape = AttentionShape(batch: batch, tokens: tokens, heads: heads, headWidth: headWidth)
    self.window = window
    self.gain = gain
  }

  var testDescription: String { "\(shape), window \(window), gain \(gain)" }

  var rows: Int { shape.batch * shape.tokens }
  var qkv: [Float] { normals(rows * 3 * shape.channels, sample: 0).map { $0 * gain } }
  var gy: [Float] { normals(rows * shape.channels, sample: 1) }
  var cotangent: [Float] { normals(rows * 3 * shape.channels, sample: 2) }

  static let shapes: [AttentionCase] = [
    AttentionCase(0, 3, 1, 2), AttentionCase(1, 1, 1, 1), AttentionCase(2, 1, 2, 6),
    AttentionCase(1, 2, 1, 5), AttentionCase(2, 3, 2, 1), AttentionCase(1, 7, 3, 6),
    AttentionCase(1, 15, 1, 3), AttentionCase(2, 16, 1, 8), AttentionCase(1, 17, 2, 6),
    AttentionCase(1, 65, 4, 24), AttentionCase(1, 64, 1, 12), AttentionCase(1, 65, 2, 96),
    AttentionCase(1, 101, 1, 1), AttentionCase(1, 100, 2, 7), AttentionCase(1, 50, 1, 70),
    AttentionCase(1, 256, 1, 24), AttentionCase(1, 33, 1, 64), AttentionCase(1, 300, 1, 2),
    AttentionCase(1, 40, 2, 6, gain: 12), AttentionCase(1, 21, 1, 40, gain: 12),
  ]

  static let windows: [AttentionCase] = [
    AttentionCase(1, 1, 1, 2, .grid(side: 1, window: 0)),
    AttentionCase(1, 9, 1, 3, .grid(side: 3, window: 0)),
    AttentionCase(2, 25, 2, 6, .grid(side: 5, window: 1)),
    AttentionCase(1, 49, 1, 6, .grid(side: 7, window: 2)),
    AttentionCase(1, 64, 1, 6, .grid(side: 8, window: 3), gain: 12),
    AttentionCase(1, 121, 1, 24, .grid(side: 11, window: 9)),
    AttentionCase(1, 169, 1, 4, .grid(side: 13, window: 100)),
    AttentionCase(1, 400, 1, 6, .grid(side: 20, window: 4)),
    AttentionCase(1, 1024, 1, 6, .grid(side: 32, window: 5)),
    AttentionCase(1, 16, 1, 96, .grid(side: 4, window: 1)),
    AttentionCase(1, 1, 1, 1, .sequence(window: 3)),
    AttentionCase(1, 10, 2, 3, .sequence(window: 0)),
    AttentionCase(2, 65, 1, 6, .sequence(window: 7)),
    AttentionCase(1, 99, 1, 8, .sequence(window: 20), gain: 12),
    AttentionCase(1, 130, 1, 1, .sequence(window: 33)),
    AttentionCase(1, 50, 1, 96, .sequence(window: 500)),
  ]
}

/// Normal numbers that depend on their count and `sample` alone.
func normals(_ count: Int, sample: Int) -> [Float] {
  var values = [Float](repeating: 0, count: count)
  values.withUnsafeMutableBufferPointer {
    RandomSource(seed: 7).fillNormal(
      $0, RandomStream(rawValue: 1040), step: count, sample: sample)
  }
  return values
}

/// How far `actual` is from `expected`: the largest difference in units of the largest expected value.
func relativeDifference(_ actual: [Float], _ expected: [Double]) -> Double {
  guard actual.count == expected.count else { return .infinity }
  let scale = expected.reduce(1e-3) { max($0, abs($1)) }
  var largest = 0.0
  for (a, e) in zip(actual, expected) {
    let difference = abs(Double(a) - e) / scale
    if !(difference <= largest) { largest = difference }
  }
  return largest
}

func doubles(_ values: [Float]) -> [Double] { values.map(Double.init) }

@Suite struct AttentionTests {
  typealias Forward = (
    AttentionShape, UnsafePointer<Float>, AttentionWindow, UnsafeMutablePointer<Float>,
    UnsafeMutablePointer<Float>
  ) -> Void
  typealias Backward = (
    AttentionShape, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>,
    UnsafePointer<Float>, AttentionWindow, UnsafeMutablePointer<Float>
  ) -> Void

  func check(_ test: AttentionCase, _ name: String, _ forward: Forward, _ backward: Backward) {
    let (shape, qkv, gy) = (test.shape, test.qkv, test.gy)
    let expected = PlainAttention.forward(shape, qkv: doubles(qkv), window: test.window)
    let expectedGradient = PlainAttention.backward(
      shape, qkv: doubles(qkv), gy: doubles(gy), window: test.window)
    var y = [Float](repeating: .nan, count: gy.count)
    var logSumExp = [Float](repeating: .nan, count: shape.batch * shape.heads * shape.tokens)
    var gqkv = [Float](repeating: .nan, count: qkv.count)
    forward(shape, qkv, test.window, &y, &logSumExp)
    backward(shape, qkv, y, logSumExp, gy, test.window, &gqkv)
    // A score of size s has an absolute error of some s 2^-24, which is the relative error of exp(s).
    let tolerance = Double(max(1, test.gain * test.gain)) * 5e-6
    #expect(relativeDifference(y, expected.y) < tolerance, "\(name): y of \(test)")
    #expect(
      relativeDifference(logSumExp, expected.logSumExp) < tolerance,
      "\(name): statistics of \(test)")
    #expect(
      relativeDifference(gqkv, expectedGradient) < tolerance, "\(name): gradient of \(test)")
  }

  @Test(arguments: AttentionCase.shapes + AttentionCase.windows)
  func streamingFollowsTheSpecification(test: AttentionCase) {
    check(
      test, "streaming",
      { StreamingAttention.forward($0, qkv: $1, window: $2, y: $3, logSumExp: $4) },
      {
        StreamingAttention.backward(
          $0, qkv: $1, y: $2, logSumExp: $3, gy: $4, window: $5, gqkv: $6)
      })
  }

  @Test(arguments: AttentionCase.shapes + AttentionCase.windows)
  func productsFollowTheSpecification(test: AttentionCase) {
    check(
      test, "products",
      { ProductAttention.forward($0, qkv: $1, window: $2, y: $3, logSumExp: $4) },
      {
        ProductAttention.backward(
          $0, qkv: $1, y: $2, logSumExp: $3, gy: $4, window: $5, gqkv: $6)
      })
  }

  @Test(arguments: AttentionCase.shapes + AttentionCase.windows)
  func theChoiceFollowsTheSpecification(test: AttentionCase) {
    check(
      test, "chosen",
      { AttentionKernels.forward($0, qkv: $1, window: $2, y: $3, logSumExp: $4) },
      {
        AttentionKernels.backward(
          $0, qkv: $1, y: $2, logSumExp: $3, gy: $4, window: $5, gqkv: $6)
      })
  }

  /// One image's bits do not depend on its neighbours in the batch, nor on what the pool left behind.
  @Test(arguments: [AttentionCase(3, 65, 2, 6), AttentionCase(3, 17, 2, 96)])
  func bitsDependOnTheImageAlone(test: AttentionCase) {
    let (shape, qkv) = (test.shape, test.qkv)
    let one = AttentionShape(
      batch: 1, tokens: shape.tokens, heads: shape.heads, headWidth: shape.headWidth)
    let (imageInput, imageOutput) = (
      shape.tokens * 3 * shape.channels, shape.tokens * shape.channels
    )
    func forward(_ shape: AttentionShape, _ qkv: [Float]) -> [Float] {
      var y = [Float](repeating: .nan, count: qkv.count / 3)
      var logSumExp = [Float](repeating: .nan, count: shape.batch * shape.heads * shape.tokens)
      AttentionKernels.forward(shape, qkv: qkv, y: &y, logSumExp: &logSumExp)
      return y
    }
    let together = forward(shape, qkv)
    for image in 0..<shape.batch {
      let alone = forward(one, Array(qkv[image * imageInput..<(image + 1) * imageInput]))
      #expect(
        alone.map(\.bitPattern)
          == together[image * imageOutput..<(image + 1) * imageOutput].map(\.bitPattern),
        "image \(image) of \(test)")
    }
  }

  @Test func infinityAndNaNAreNotHidden() {
    for value in [Float.nan, .infinity] {
      for test in [AttentionCase(1, 33, 1, 6), AttentionCase(1, 9, 1, 96)] {
        var qkv = test.qkv
        qkv[test.shape.channels] = value  // k of token 0
        var y = [Float](repeating: 0, count: test.gy.count)
        var logSumExp = [Float](repeating: 0, count: test.shape.tokens)
        AttentionKernels.forward(test.shape, qkv: qkv, y: &y, logSumExp: &logSumExp)
        #expect(y.contains { !$0.isFinite }, "\(value) in \(test)")
      }
    }
  }
}
