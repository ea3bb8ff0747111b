// The second derivative of attention against central differences of the plain backward in double
// precision, and the attention of the class token against the full one.

import Testing

@testable import Tensors

@Suite struct AttentionSecondOrderTests {
  static let cases: [AttentionCase] = [
    AttentionCase(0, 2, 1, 1), AttentionCase(2, 1, 1, 3), AttentionCase(1, 2, 2, 1),
    AttentionCase(2, 5, 2, 6), AttentionCase(1, 8, 1, 24), AttentionCase(1, 17, 3, 9),
    AttentionCase(1, 65, 1, 96), AttentionCase(1, 9, 2, 4, gain: 2),
  ]
  static let windows: [AttentionCase] = [
    AttentionCase(1, 9, 2, 4, .grid(side: 3, window: 1)),
    AttentionCase(1, 25, 1, 6, .grid(side: 5, window: 2)),
    AttentionCase(2, 11, 1, 6, .sequence(window: 3)),
  ]

  /// The gradient of <cotangent, backward(input)> with respect to each of a few entries of `input`.
  static func numericalGradient(
    _ input: [Double], at indices: [Int], cotangent: [Double], _ backward: ([Double]) -> [Double]
  ) -> [Double] {
    let step = 1e-4
    return indices.map { index in
      func value(_ shift: Double) -> Double {
        var moved = input
        moved[index] += shift
        return zip(backward(moved), cotangent).reduce(0) { $0 + $1.0 * $1.1 }
      }
      return (value(step) - value(-step)) / (2 * step)
    }
  }

  /// Entries of a vector at which to compare: all of a short one, else some forty spread over it.
  static func sampled(_ count: Int) -> [Int] {
    Array(stride(from: 0, to: count, by: max(1, count / 40)))
  }

  func expectAgreement(
    _ name: String, _ test: AttentionCase, _ actual: [Float], _ input: [Double],
    cotangent: [Double], _ backward: ([Double]) -> [Double]
  ) {
    let indices = Self.sampled(input.count)
    let expected = Self.numericalGradient(input, at: indices, cotangent: cotangent, backward)
    let difference = relativeDifference(indices.map { actual[$0] }, expected)
    #expect(difference < 2e-5, "\(name) of \(test)")
  }

  @Test(arguments: cases + windows)
  func secondBackwardIsTheDerivativeOfBackward(test: AttentionCase) {
    let (shape, qkv, gy, cotangent) = (test.shape, test.qkv, test.gy, test.cotangent)
    var gqkv = [Float](repeating: .nan, count: qkv.count)
    var ggy = [Float](repeating: .nan, count: gy.count)
    AttentionKernels.secondBackward(
      shape, qkv: qkv, gy: gy, cotangent: cotangent, window: test.window, gqkv: &gqkv, ggy: &ggy)
    #expect(gqkv.allSatisfy(\.isFinite) && ggy.allSatisfy(\.isFinite), "\(test)")
    expectAgreement("gqkv", test, gqkv, doubles(qkv), cotangent: doubles(cotangent)) {
      PlainAttention.backward(shape, qkv: $0, gy: doubles(gy), window: test.window)
    }
    expectAgreement("ggy", test, ggy, doubles(gy), cotangent: doubles(cotangent)) {
      PlainAttention.backward(shape, qkv: doubles(qkv), gy: $0, window: test.window)
    }
  }

  /// The plain backward is itself the derivative of the plain forward.
  @Test(arguments: [
    AttentionCase(1, 5, 2, 3), AttentionCase(1, 9, 1, 2, .grid(side: 3, window: 1)),
    AttentionCase(2, 6, 1, 2, .sequence(window: 2)),
  ])
  func plainBackwardIsTheDerivativeOfPlainForward(test: AttentionCase) {
    let gradient = PlainAttention.backward(
      test.shape, qkv: doubles(test.qkv), gy: doubles(test.gy), window: test.window)
    expectAgreement(
      "gqkv", test, gradient.map(Float.init), doubles(test.qkv), cotangent: doubles(test.gy)
    ) { PlainAttention.forward(test.shape, qkv: $0, window: test.window).y }
  }

  // MARK: - The class token

  @Test(arguments: cases)
  func classTokenFollowsTheSpecification(test: AttentionCase) {
    let (shape, inputs) = (test.shape, ClassTokenInputs(test))
    var y0 = [Float](repeating: .nan, count: inputs.q0.count)
    var gq0 = y0
    var gkv = [Float](repeating: .nan, count: inputs.kv.count)
    AttentionKernels.classTokenForward(shape, q0: inputs.q0, kv: inputs.kv, y0: &y0)
    AttentionKernels.classTokenBackward(
      shape, q0: inputs.q0, kv: inputs.kv, gy0: inputs.gy0, gq0: &gq0, gkv: &gkv)
    let expected = PlainAttention.classTokenForward(
      shape, q0: doubles(inputs.q0), kv: doubles(inputs.kv))
    let gradient = PlainAttention.classTokenBackward(
      shape, q0: doubles(inputs.q0), kv: doubles(inputs.kv), gy0: doubles(inputs.gy0))
    #expect(relativeDifference(y0, expected) < 2e-5, "y0 of \(test)")
    #expect(relativeDifference(gq0, gradient.gq0) < 2e-5, "gq0 of \(test)")
    #expect(relativeDifference(gkv, gradient.gkv) < 2e-5, "gkv of \(test)")
  }

  @Test(arguments: cases)
  func classTokenSecondBackwardIsTheDerivativeOfBackward(test: AttentionCase) {
    let (shape, inputs) = (test.shape, ClassTokenInputs(test))
    var gq0 = [Float](repeating: .nan, count: inputs.q0.count)
    var ggy0 = gq0
    var gkv = [Float](repeating: .nan, count: inputs.kv.count)
    AttentionKernels.classTokenSecondBackward(
      shape, q0: inputs.q0, kv: inputs.kv, gy0: inputs.gy0, cotangentQ0: inputs.cotangentQ0,
      cotangentKV: inputs.cotangentKV, gq0: &gq0, gkv: &gkv, ggy0: &ggy0)
    let (q0, kv, gy0) = (doubles(inputs.q0), doubles(inputs.kv), doubles(inputs.gy0))
    let cotangent = doubles(inputs.cotangentQ0 + inputs.cotangentKV)
    func backward(_ q0: [Double], _ kv: [Double], _ gy0: [Double]) -> [Double] {
      let gradient = PlainAttention.classTokenBackward(shape, q0: q0, kv: kv, gy0: gy0)
      return gradient.gq0 + gradient.gkv
    }
    expectAgreement("gq0", test, gq0, q0, cotangent: cotangent) { backward($0, kv, gy0) }
    expectAgreement("gkv", test, gkv, kv, cotangent: cotangent) { backward(q0, $0, gy0) }
    expectAgreement("ggy0", test, ggy0, gy0, cotangent: cotangent) { backward(q0, kv, $0) }
  }

  /// The same numbers through the other entrance: full attention whose gradient reaches token 0 alone.
  struct ClassTokenInputs {
    let q0: [Float], kv: [Float], gy0: [Float]
    let cotangentQ0: [Float], cotangentKV: [Float]

    init(_ test: AttentionCase) {
      let (batch, rows, channels) = (test.shape.batch, test.rows, test.shape.channels)
      q0 = normals(batch * channels, sample: 3).map { $0 * test.gain }
      kv = normals(rows * 2 * channels, sample: 4).map { $0 * test.gain }
      gy0 = normals(batch * channels, sample: 5)
      cotangentQ0 = normals(batch * channels, sample: 6)
      cotangentKV = normals(rows * 2 * channels, sample: 7)
    }
  }
}
