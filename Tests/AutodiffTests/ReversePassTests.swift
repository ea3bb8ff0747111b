// The reverse pass: what is asked, what is delivered and when, and what is refused.

import Autodiff
import Tensors
import TestSupport
import Testing

@Suite struct ReversePassTests {
  private func independent(_ elements: [Float]) -> Variable {
    .independent(Tensor([elements.count], elements))
  }

  // MARK: - Values

  @Test func aTargetUsedSeveralTimesGetsTheSum() throws {
    let x = independent([2, 3])
    // x^3 + 4 x: 3 x^2 + 4.
    let found = try gradients(of: (x * x * x + 4 * x).sum, withRespectTo: [x])
    #expect(found[0]?.value.elements == [16, 31])
  }

  @Test func theSameTargetAskedTwiceIsAnsweredTwice() throws {
    let x = independent([2, 3])
    let found = try gradients(of: x.squared.sum, withRespectTo: [x, x])
    #expect(found.map { $0?.value.elements } == [[4, 6], [4, 6]])
  }

  @Test func anIntermediateAndItsSourceAreBothAnswered() throws {
    let x = independent([2, 3])
    let y = x.squared
    let found = try gradients(of: (y * y + x).sum, withRespectTo: [x, y])
    #expect(found[1]?.value.elements == [8, 18])  // 2 y
    #expect(found[0]?.value.elements == [33, 109])  // 4 x^3 + 1
  }

  @Test func theResultItselfHasTheUpstreamAsGradient() throws {
    let x = independent([2, 3])
    let y = x.squared
    let found = try gradients(
      of: y, withRespectTo: [y, x], upstream: Tensor([2], [5, 7]))
    #expect(found.map { $0?.value.elements } == [[5, 7], [20, 42]])
    #expect(try gradients(of: x, withRespectTo: [x])[0]?.value.elements == [1, 1])
  }

  @Test func aDiamondIsWalkedOnce() throws {
    // 40 diamonds in a row have 2^40 paths.
    let x = independent([1])
    var y = x
    for _ in 0..<40 { y = 0.5 * y + 0.5 * y }
    #expect(try gradients(of: y.sum, withRespectTo: [x])[0]?.value.elements == [1])
  }

  @Test func anUnreachedTargetIsNil() throws {
    let (x, other) = (independent([2]), independent([3]))
    let found = try gradients(of: x.squared.sum, withRespectTo: [other, x])
    #expect(found[0] == nil)
    #expect(found[1]?.value.elements == [4])
  }

  @Test func aConstantResultReachesNothing() throws {
    let x = independent([2])
    #expect(try gradients(of: Variable(Tensor(3)), withRespectTo: [x])[0] == nil)
  }

  @Test func aRuleThatGivesNothingDoesNotHoldUpOthers() throws {
    // The inner operation never hears of a gradient; x still gets the one of the other path.
    let x = independent([2])
    let hidden = Variable.recording("inner", x.value, inputs: [x]) { [$0.upstream] }
    let blocked = Variable.recording("wall", hidden.value, inputs: [hidden]) { _ in [nil] }
    let found = try gradients(of: (blocked + 3 * x).sum, withRespectTo: [x])
    #expect(found[0]?.value.elements == [3])
  }

  @Test func onlyWhatIsAskedIsComputed() throws {
    let (x, w) = (independent([2]), independent([3]))
    var wants: [[Bool]] = []
    let y = Variable.recording("product", Kernels.multiply(x.value, w.value), inputs: [x, w]) {
      wants.append($0.wants)
      return [$0.upstream * $0.inputs[1], nil]
    }
    _ = try gradients(of: y.sum, withRespectTo: [x])
    #expect(wants == [[true, false]])
  }

  // MARK: - Order

  @Test func sumsRunInAFixedOrder() throws {
    // In float32 the order shows: (1 + 2^-24) + 2^-24 is 1, 1 + (2^-24 + 2^-24) is not.
    func run() throws -> [Float]? {
      let x = independent([1])
      let parts: [Float] = [1, 0x1p-24, 0x1p-24, -1, 0.1, 0x1p-25, 3]
      var y = 0 * x
      for part in parts { y = y + part * x }
      return try gradients(of: y.sum, withRespectTo: [x])[0]?.value.elements
    }
    let first = try run()
    for _ in 0..<20 { #expect(try run() == first) }
  }

  @Test func deliversEachTargetOnceAndAsEarlyAsItIsFinal() throws {
    // A chain: the weight nearest the result is final first.
    let weights = (0..<5).map { independent([Float($0) + 1]) }
    var pulled = 0
    var y = independent([1])
    for weight in weights {
      let value = Kernels.multiply(y.value, weight.value)
      y = .recording("link", value, inputs: [y, weight]) {
        pulled += 1
        return [$0.upstream * $0.inputs[1], $0.upstream * $0.inputs[0]]
      }
    }
    var order: [Int] = []
    var pulledAtDelivery: [Int] = []
    var elements: [Float] = []
    try backpropagate(from: y.sum, to: weights) { index, gradient in
      order.append(index)
      pulledAtDelivery.append(pulled)
      elements += gradient.elements
    }
    #expect(order == [4, 3, 2, 1, 0])
    #expect(pulledAtDelivery == [1, 2, 3, 4, 5])
    #expect(elements == [24, 30, 40, 60, 120])  // 5! / weight
  }

  @Test func aSharedTargetIsDeliveredAfterItsLastUse() throws {
    let (shared, last) = (independent([2]), independent([3]))
    var order: [Int] = []
    // shared is used first and last in the chain: last is final before it.
    let result = (shared.squared * last * shared).sum
    try backpropagate(from: result, to: [shared, last]) { index, gradient in
      order.append(index)
      #expect(gradient.elements == (index == 0 ? [36] : [8]))
    }
    #expect(order == [1, 0])
  }

  @Test func anUnreachedTargetIsNotDelivered() throws {
    let (x, other) = (independent([2]), independent([3]))
    var order: [Int] = []
    try backpropagate(from: x.sum, to: [other, x]) { index, _ in order.append(index) }
    #expect(order == [1])
  }

  // MARK: - Refusals

  @Test func aConsumedRecordIsAnError() throws {
    let x = independent([2])
    let y = x.squared.sum
    _ = try gradients(of: y, withRespectTo: [x], differentiable: true)
    _ = try gradients(of: y, withRespectTo: [x])
    let error = #expect(throws: AutodiffError.self) {
      try gradients(of: y, withRespectTo: [x])
    }
    #expect(error?.description.contains("was consumed by an earlier gradient") == true)
  }

  @Test func aRecordConsumedFurtherDownIsAnError() throws {
    let x = independent([2])
    let trunk = x.squared
    let (first, second) = (trunk.sum, (3 * trunk).sum)
    _ = try gradients(of: first, withRespectTo: [x])
    #expect(throws: AutodiffError.self) { try gradients(of: second, withRespectTo: [x]) }
  }

  @Test(arguments: ["GELU", "layer normalisation", "attention"])
  func aThirdDerivativeIsAnError(name: String) throws {
    let x = Variable.independent(GradientCheck.input([1, 2, 6], 0))
    let (one, zero) = (Variable(Tensor(repeating: 1, [6])), Variable(.zeros([6])))
    let y =
      switch name {
      case "GELU": gelu(x)
      case "attention": attention(x, heads: 1)
      default: layerNorm(x, weight: one, bias: zero)
      }
    func next(_ value: Variable) throws -> Variable {
      let found = try gradients(
        of: value.squared.sum, withRespectTo: [x], differentiable: true)
      return try #require(found[0])
    }
    let second = try next(try next(y))
    let error = #expect(throws: AutodiffError.self) { try next(second) }
    #expect(error?.description.contains("to second order only") == true)
  }

  @Test func softmaxAndSoftplusHaveAThirdDerivative() throws {
    let x = independent([0.25])
    var value = softplus(x)
    for _ in 0..<3 {
      value = try #require(
        gradients(of: value.sum, withRespectTo: [x], differentiable: true)[0])
    }
    // softplus''' = s (1 - s) (1 - 2 s) with s(0.25) = 0.562176500885798.
    let s = 0.562176500885798
    expectClose(
      value.value.elements.map(Double.init), [s * (1 - s) * (1 - 2 * s)], tolerance: 1e-6)
  }

  @Test func aConstantTargetIsAnError() {
    let x = independent([2])
    let error = #expect(throws: AutodiffError.self) {
      try gradients(of: x.sum, withRespectTo: [x, Variable(Tensor(1))])
    }
    #expect(error?.description.contains("target 1, which is a constant") == true)
  }

  @Test func anUpstreamOfAnotherShapeIsAnError() {
    let x = independent([2, 3])
    let error = #expect(throws: AutodiffError.self) {
      try gradients(of: x.squared, withRespectTo: [x], upstream: Tensor(1))
    }
    #expect(error?.description.contains("has the shape (), the result (2)") == true)
  }
}
