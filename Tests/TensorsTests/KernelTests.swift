// Every fast kernel against its plain loop, over shapes with 0, 1 and odd sizes, so that every tail of
// eight lanes occurs.  Tolerances are those of `docs/precision.md`.

import TestSupport
import Testing

@testable import Tensors

@Suite struct KernelTests {
  /// Sizes around multiples of eight.
  static let sizes = [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 100, 257]
  /// (rows, columns) with every kind of tail and with nothing at all.
  static let grids: [[Int]] = [
    [0, 5], [5, 0], [0, 0], [1, 1], [1, 7], [3, 8], [2, 9], [7, 3], [5, 17], [4, 31], [3, 96],
    [2, 383], [65, 33],
  ]
  static let normalizedGrids = grids.filter { $0[1] > 0 }

  /// Standard normal numbers times `scale`.
  static func random(_ shape: Shape, _ index: Int, scale: Float = 1) -> Tensor {
    var tensor = Tensor.zeros(shape)
    tensor.withUnsafeMutableBuffer {
      RandomSource(seed: 11).fillNormal($0, RandomStream(rawValue: 1010), sample: index)
    }
    return PlainKernels.scale(tensor, by: scale)
  }

  private func expectSame(
    _ actual: Tensor, _ expected: Tensor, _ label: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(actual.shape == expected.shape, "\(label)", sourceLocation: sourceLocation)
    #expect(actual.elements == expected.elements, "\(label)", sourceLocation: sourceLocation)
  }

  @Test(arguments: sizes)
  func arithmeticIsCorrectlyRounded(size: Int) {
    let (a, b) = (Self.random([size], 0, scale: 3), Self.random([size], 1))
    expectSame(Kernels.add(a, b), PlainKernels.add(a, b))
    expectSame(Kernels.subtract(a, b), PlainKernels.subtract(a, b))
    expectSame(Kernels.multiply(a, b), PlainKernels.multiply(a, b))
    expectSame(Kernels.scale(a, by: 1.7), PlainKernels.scale(a, by: 1.7))
    expectSame(Kernels.addScalar(a, -0.3), PlainKernels.addScalar(a, -0.3))
    expectSame(Kernels.relu(a), PlainKernels.relu(a))
    expectSame(Kernels.step(a), PlainKernels.step(a))
    expectSame(Kernels.reciprocalOrZero(a), PlainKernels.reciprocalOrZero(a))
    let squares = Kernels.multiply(a, a)
    expectSame(Kernels.squareRoot(squares), PlainKernels.squareRoot(squares))
  }

  @Test(arguments: sizes)
  func accumulationAddsInPlaceOrNot(size: Int) {
    let (a, b) = (Self.random([size], 0), Self.random([size], 1))
    let expected = PlainKernels.add(a, b)
    var shared = a
    Kernels.accumulate(&shared, b)
    expectSame(shared, expected)
    expectSame(a, Self.random([size], 0), "what is shared stays as it was")
    var own = Tensor([size], a.elements)
    Kernels.accumulate(&own, b)
    expectSame(own, expected)
  }

  @Test func specialValues() {
    let x = Tensor([5], [0, -0.0, .nan, .infinity, -.infinity])
    expectSame(Kernels.step(x), Tensor([5], [0, 0, 0, 1, 0]))
    let rectified = Kernels.relu(x).elements
    #expect(rectified[2].isNaN)
    #expect([rectified[0], rectified[1], rectified[3], rectified[4]] == [0, 0, .infinity, 0])
    let reciprocals = Kernels.reciprocalOrZero(x).elements
    #expect(reciprocals[2].isNaN)
    #expect([reciprocals[0], reciprocals[1], reciprocals[3], reciprocals[4]] == [0, 0, 0, 0])
    for function in [Kernels.gelu, Kernels.sigmoid, Kernels.softplus, Kernels.softmax] {
      #expect(function(Tensor([1], [.nan])).elements[0].isNaN)
      #expect(function(Tensor([2], [.nan, 1])).elements[0].isNaN)
    }
    #expect(Kernels.softmax(Tensor([2], [1, .nan])).elements.allSatisfy { $0.isNaN })
  }

  @Test(arguments: sizes)
  func nonlinearFunctions(size: Int) {
    let (x, g, c) = (
      Self.random([size], 0, scale: 3), Self.random([size], 1), Self.random([size], 2)
    )
    let tolerance = 1e-6
    expectClose(Kernels.sigmoid(x), PlainKernels.sigmoid(x), tolerance: tolerance)
    expectClose(Kernels.softplus(x), PlainKernels.softplus(x), tolerance: tolerance)
    expectClose(Kernels.gelu(x), PlainKernels.gelu(x), tolerance: tolerance)
    expectClose(
      Kernels.geluGradient(x, g), PlainKernels.geluGradient(x, g), tolerance: tolerance)
    expectClose(
      Kernels.geluCurvature(x, g, c), PlainKernels.geluCurvature(x, g, c), tolerance: tolerance)
  }

  @Test(arguments: grids)
  func softmaxOfRows(grid: [Int]) {
    for scale in [Float(1), 30] {
      let x = Self.random(Shape(grid), 0, scale: scale)
      let found = Kernels.softmax(x)
      expectClose(found, PlainKernels.softmax(x), tolerance: 1e-6, "softmax")
      let shifted = PlainKernels.softmax(Kernels.addScalar(x, 1000))
      expectClose(
        Kernels.softmax(Kernels.addScalar(x, 1000)), shifted, tolerance: 1e-6, "shifted softmax")
    }
  }

  @Test(arguments: normalizedGrids)
  func layerNormalisation(grid: [Int]) {
    let shape = Shape(grid)
    let (x, g, c) = (Self.random(shape, 0), Self.random(shape, 1), Self.random(shape, 2))
    let (w, b) = (Self.random([grid[1]], 3), Self.random([grid[1]], 4))
    let tolerance = grid[1] < 8 ? 2e-4 : 4e-6  // Few channels: the variance may be near 0.
    expectClose(
      Kernels.layerNorm(x, weight: w, bias: b), PlainKernels.layerNorm(x, weight: w, bias: b),
      tolerance: tolerance, "value")
    guard grid[1] > 1 else { return }  // Of one channel, xhat is 0 and all derivatives are.
    expectClose(
      Kernels.layerNormInputGradient(x, weight: w, g),
      PlainKernels.layerNormInputGradient(x, weight: w, g), tolerance: tolerance, "input gradient")
    expectClose(
      Kernels.layerNormWeightGradient(x, g), PlainKernels.layerNormWeightGradient(x, g),
      tolerance: tolerance, "weight gradient")
    let found = Kernels.layerNormSecondGradient(x, weight: w, g, cotangent: c)
    let expected = PlainKernels.layerNormSecondGradient(x, weight: w, g, cotangent: c)
    expectClose(found.x, expected.x, tolerance: tolerance, "second gradient by x")
    expectClose(found.weight, expected.weight, tolerance: tolerance, "second gradient by weight")
    expectClose(found.g, expected.g, tolerance: tolerance, "second gradient by g")
  }

  @Test func layerNormalisationOfEqualValuesIsTheBias() {
    let x = Tensor(repeating: 3, [2, 9])
    let (w, b) = (Self.random([9], 0), Self.random([9], 1))
    expectSame(
      Kernels.layerNorm(x, weight: w, bias: b), Kernels.broadcastLeading(b, to: [2, 9]))
  }
}
