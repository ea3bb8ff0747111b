// Checking gradients against differences of values, to second order.
//
// A function is differenced along random directions, one input at a time, so that a rule that forgets an
// input is caught even where that input matters little.  Central differences with steps h and h / 2 are
// combined by Richardson's rule, which leaves an error of order h^4.  All sums are in float64, and inputs
// and directions are dyadic (`GradientCheck.input`), so that x +- h v is exact: the only noise is that of
// the function's own float32 values.
// Not here: which functions are checked; each target's tests say that.

import Autodiff
import Tensors
import Testing

/// Where the gradients of a function are compared with differences.
public struct GradientCheck {
  /// A function of several variables.
  public typealias Function = ([Variable]) throws -> Variable

  /// The larger step h; 2^-5 by default.
  public var step: Float = 0x1p-5
  /// Allowed difference as a part of the derivative's scale, the Euclidean norm of (gradient x direction).
  public var tolerance = 5e-4
  /// Directions tried for each input.
  public var directions = 2
  /// From which directions and weights are drawn.
  public var seed: UInt64 = 1
  /// 2 compares the gradient's own derivatives too.
  public var order = 2

  public init() {}

  /// An input for checks: multiples of 2^-10 with magnitudes from `smallest` to 2.
  public static func input(_ shape: Shape, _ index: Int, smallest: Float = 0) -> Tensor {
    Tensor(shape) { target in
      RandomSource(seed: 5).fill(target, .gradientInput, sample: index) { word in
        let magnitude = smallest + (2 - smallest) * Float(word >> 22) * 0x1p-10
        return (word & 1 == 0 ? 1 : -1) * (magnitude * 0x1p10).rounded() * 0x1p-10
      }
    }
  }

  /// What differs between the gradients of `function` and its differences at `inputs`; empty if nothing.
  ///
  /// The second-order check takes the upstream gradient as one more input, the last.
  public func mismatches(at inputs: [Tensor], of function: Function) throws -> [String] {
    let firstOrder = try compare("first", inputs) { [try function($0)] }
    guard order > 1, firstOrder.isEmpty else { return firstOrder }
    let shape = try function(inputs.map { Variable($0) }).shape
    return try compare("second", inputs + [weights(shape, 1000)]) { variables in
      let result = try function(Array(variables.dropLast())) * variables[inputs.count]
      let found = try gradients(
        of: result.sum, withRespectTo: Array(variables.dropLast()), differentiable: true)
      return found.compactMap { $0 }
    }
  }

  /// Expects that gradients and differences agree at `inputs`.
  public func expect(
    _ label: String, at inputs: [Tensor], sourceLocation: SourceLocation = #_sourceLocation,
    of function: Function
  ) throws {
    for mismatch in try mismatches(at: inputs, of: function) {
      Issue.record("\(label): \(mismatch), seed \(seed)", sourceLocation: sourceLocation)
    }
  }

  // MARK: - One order

  private typealias Outputs = ([Variable]) throws -> [Variable]

  /// Compares the derivatives of a weighted sum of all outputs.
  private func compare(
    _ name: String, _ inputs: [Tensor], _ outputs: Outputs
  ) throws -> [String] {
    let variables = inputs.map { Variable.independent($0) }
    let values = try outputs(variables)
    var sum = Variable(Tensor(0))
    for (index, value) in values.enumerated() {
      sum = sum + (Variable(weights(value.shape, index)) * value).sum
    }
    let found =
      sum.isRecorded
      ? try gradients(of: sum, withRespectTo: variables)
      : Array(repeating: nil, count: inputs.count)
    var mismatches: [String] = []
    for index in inputs.indices {
      for round in 0..<directions {
        let direction = direction(inputs[index].shape, 16 * index + round)
        let slope = products(found[index]?.value ?? .zeros(inputs[index].shape), direction)
        let actual = slope.reduce(0, +)
        let (expected, noise) = try difference(inputs, index, direction, outputs)
        let scale = slope.reduce(0) { $0 + $1 * $1 }.squareRoot() + abs(expected)
        let allowed = tolerance * scale + noise
        if !(abs(actual - expected) <= allowed) {
          mismatches.append(
            "\(name)-order derivative by input \(index) of shape \(inputs[index].shape) is "
              + "\(actual) by its rule and \(expected) by differences (allowed: \(allowed))")
        }
      }
    }
    return mismatches
  }

  /// The derivative along a direction of one input by differences, and a bound of its rounding noise.
  ///
  /// With values of a relative error of 8 units of 2^-24, independent of each other, the weighted sum
  /// has a noise of 8 x 2^-24 ||w y||; four of them enter, the outer two with 1/6 h, the inner two with
  /// 4/3 h: together below 2 / h; the bound is three standard deviations.
  private func difference(
    _ inputs: [Tensor], _ index: Int, _ direction: Tensor, _ outputs: Outputs
  ) throws -> (slope: Double, noise: Double) {
    var norm = 0.0
    func value(_ step: Float) throws -> Double {
      var moved = inputs
      moved[index] = Kernels.add(inputs[index], Kernels.scale(direction, by: step))
      var sum = 0.0
      var squares = 0.0
      for (index, output) in try outputs(moved.map { Variable.independent($0) }).enumerated() {
        for term in products(output.value, weights(output.shape, index)) {
          sum += term
          squares += term * term
        }
      }
      norm = max(norm, squares.squareRoot())
      return sum
    }
    let wide = try (value(step) - value(-step)) / Double(2 * step)
    let narrow = try (value(step / 2) - value(-step / 2)) / Double(step)
    return ((4 * narrow - wide) / 3, 3 * 2 * 8 * 0x1p-24 * norm / Double(step))
  }

  private func products(_ a: Tensor, _ b: Tensor) -> [Double] {
    precondition(a.shape == b.shape, "\(a.shape) and \(b.shape)")
    return zip(a.elements, b.elements).map { Double($0) * Double($1) }
  }

  /// Weights of an output: multiples of 1/64 between 1/2 and 3/2 with either sign.
  private func weights(_ shape: Shape, _ index: Int) -> Tensor {
    signed(shape, .gradientWeight, index) { 0.5 + Float($0) / 64 }
  }

  /// Multiples of 1/64 between 1/4 and 5/4 with either sign.
  private func direction(_ shape: Shape, _ index: Int) -> Tensor {
    signed(shape, .gradientDirection, index) { 0.25 + Float($0) / 64 }
  }

  private func signed(
    _ shape: Shape, _ stream: RandomStream, _ index: Int, _ magnitude: (UInt32) -> Float
  ) -> Tensor {
    Tensor(shape) { target in
      RandomSource(seed: seed).fill(target, stream, sample: index) {
        ($0 & 1 == 0 ? 1 : -1) * magnitude($0 >> 26)
      }
    }
  }
}

extension RandomStream {
  fileprivate static let gradientInput = RandomStream(rawValue: 1001)
  fileprivate static let gradientWeight = RandomStream(rawValue: 1002)
  fileprivate static let gradientDirection = RandomStream(rawValue: 1003)
}
