// The test is tested: the gradient checker must see wrong rules, and must not see right ones.

import Autodiff
import Tensors
import TestSupport
import Testing

@Suite struct GradientCheckTests {
  static let x = GradientCheck.input([3, 5], 0)
  static let y = GradientCheck.input([3, 5], 1)

  /// x^3, whose first rule is `factor` x^2 g, and whose second is what multiplication gives.
  private func cube(_ x: Variable, factor: Float) -> Variable {
    let value = Kernels.multiply(x.value, Kernels.multiply(x.value, x.value))
    return .recording("cube", value, inputs: [x]) {
      [factor * ($0.upstream * $0.inputs[0].squared)]
    }
  }

  /// x^3 with a right first rule, whose own rule gives `factor` x g c by x, and 3 x^2 c by g.
  private func cube(_ x: Variable, secondFactor: Float) -> Variable {
    let value = Kernels.multiply(x.value, Kernels.multiply(x.value, x.value))
    return .recording("cube", value, inputs: [x]) { context in
      let (x, g) = (context.inputs[0], context.upstream)
      let slope = (3 * (g * x.squared)).value
      return [
        .recording("cube's gradient", slope, inputs: [x, g]) {
          let (x, g, c) = ($0.inputs[0], $0.inputs[1], $0.upstream)
          return [secondFactor * (x * (g * c)), 3 * (x.squared * c)]
        }
      ]
    }
  }

  @Test func acceptsRightRules() throws {
    let check = GradientCheck()
    #expect(try check.mismatches(at: [Self.x]) { cube($0[0], factor: 3) } == [])
    #expect(try check.mismatches(at: [Self.x]) { cube($0[0], secondFactor: 6) } == [])
    #expect(try check.mismatches(at: [Self.x, Self.y]) { $0[0] * $0[1] } == [])
  }

  @Test(arguments: [Float(0), 2.98, 3.02, -3])
  func catchesAWrongFirstRule(factor: Float) throws {
    let found = try GradientCheck().mismatches(at: [Self.x]) { cube($0[0], factor: factor) }
    #expect(found.contains { $0.hasPrefix("first-order derivative by input 0") })
  }

  @Test(arguments: [Float(0), 5.95, 6.05, -6])
  func catchesAWrongSecondRule(factor: Float) throws {
    let found = try GradientCheck().mismatches(at: [Self.x]) { cube($0[0], secondFactor: factor) }
    #expect(found.contains { $0.hasPrefix("second-order derivative by input 0") })
  }

  @Test func firstOrderAloneDoesNotSeeTheSecondRule() throws {
    var check = GradientCheck()
    check.order = 1
    #expect(try check.mismatches(at: [Self.x]) { cube($0[0], secondFactor: 0) } == [])
  }

  @Test func catchesARuleThatForgetsAnInput() throws {
    let found = try GradientCheck().mismatches(at: [Self.x, Self.y]) { inputs in
      .recording(
        "multiplication", Kernels.multiply(inputs[0].value, inputs[1].value), inputs: inputs
      ) { [$0.upstream * $0.inputs[1], nil] }
    }
    #expect(found.contains { $0.hasPrefix("first-order derivative by input 1") })
    #expect(!found.contains { $0.contains("by input 0") })
  }

  @Test func catchesARuleThatUsesAConstant() throws {
    // The first derivative is right, but the rule hides that it depends on the other input.
    let found = try GradientCheck().mismatches(at: [Self.x, Self.y]) { inputs in
      .recording(
        "multiplication", Kernels.multiply(inputs[0].value, inputs[1].value), inputs: inputs
      ) { [$0.upstream * $0.inputs[1].detached, $0.upstream * $0.inputs[0]] }
    }
    #expect(found.contains { $0.hasPrefix("second-order derivative by input 1") })
  }

  @Test func catchesValuesThatAreNotNumbers() throws {
    let found = try GradientCheck().mismatches(at: [Self.x]) { Float.nan * $0[0] }
    #expect(!found.isEmpty)
  }
}
