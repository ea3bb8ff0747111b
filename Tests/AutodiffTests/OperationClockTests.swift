// What an operation clock has names for.  No time is looked at beyond its being there.

import Autodiff
import Tensors
import Testing

@Suite struct OperationClockTests {
  private func computeLayer() throws {
    let x = Variable.independent(Tensor(repeating: 0.5, [3, 4]))
    let weight = Variable.independent(Tensor(repeating: 0.25, [5, 4]))
    let y = gelu(linear(x, weight: weight, bias: nil)).sum
    try backpropagate(from: y, to: [x, weight]) { _, _ in }
  }

  /// Every operation of both directions has its name, the products of the reverse pass theirs.
  @Test func namesOfAForwardAndAReversePass() throws {
    let clock = OperationClock()
    try clock.measure { try computeLayer() }
    let names = Set(clock.seconds.keys)
    #expect(names.isSuperset(of: ["linear", "matrix product", "GELU", "GELU's gradient"]))
    #expect(clock.seconds.values.allSatisfy { $0 >= 0 })
  }

  @Test func onlyWhatRunsInsideIsBooked() throws {
    let clock = OperationClock()
    try computeLayer()
    clock.measure {}
    try computeLayer()
    #expect(clock.seconds.isEmpty)
  }

  /// The clock inside takes the operations, the one around it goes on afterwards.
  @Test func nestedClocks() throws {
    let (outer, inner) = (OperationClock(), OperationClock())
    outer.measure {
      inner.measure { _ = gelu(Variable(Tensor(repeating: 1, [4]))) }
      _ = softplus(Variable(Tensor(repeating: 1, [4])))
    }
    #expect(Set(inner.seconds.keys) == ["GELU"])
    #expect(Set(outer.seconds.keys) == ["softplus"])
  }
}
