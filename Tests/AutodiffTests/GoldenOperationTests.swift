// Single operations to second order against float64 PyTorch: value, gradient, gradient of the gradient.

import Autodiff
import Tensors
import TestSupport
import Testing

@Suite struct GoldenOperationTests {
  /// An operation of three inputs, of which it may leave some unused.
  typealias Operation = @Sendable (_ x: Variable, _ w: Variable, _ b: Variable) -> Variable

  static let operations: [String: Operation] = [
    "op_layer_norm": { layerNorm($0, weight: $1, bias: $2) },
    "op_gelu": { x, _, _ in gelu(x) },
    "op_softmax": { x, _, _ in softmax(x) },
    "op_linear": { x, w, b in
      let outer = matmul(w.reshaped([w.shape.count, 1]), b.reshaped([1, b.shape.count]))
      return matmul(x, outer).reshaped(x.shape.replacingInnermost(b.shape.count))
    },
  ]

  @Test(arguments: ["op_layer_norm", "op_gelu", "op_softmax", "op_linear"])
  func matchesToSecondOrder(name: String) throws {
    let file = try Fixture.load(name)
    let operation = try #require(Self.operations[name])
    let names = ["x", "w", "b"]
    let inputs = try names.map { Variable.independent(try file.tensor(named: "in/\($0)")) }
    let u = Variable(try file.tensor(named: "in/u"))
    let v = Variable(try file.tensor(named: "in/v"))

    let y = operation(inputs[0], inputs[1], inputs[2])
    expectClose(y.value, try file.tensor(named: "out/y"), tolerance: 1e-5, "\(name) y")

    let first = try gradients(of: (u * y).sum, withRespectTo: inputs, differentiable: true)
    try expectAll(first, names, file, "grad", name)
    let gx = try #require(first[0])
    let second = try gradients(of: (v * gx).sum, withRespectTo: inputs)
    try expectAll(second, names, file, "second", name)
  }

  private func expectAll(
    _ found: [Variable?], _ names: [String], _ file: SafetensorsFile, _ order: String,
    _ operation: String
  ) throws {
    for (gradient, name) in zip(found, names) where file.contains("\(order)/\(name)") {
      let expected = try file.tensor(named: "\(order)/\(name)")
      // PyTorch leaves out what does not depend; we may leave it out where it is zero.
      let actual = gradient?.value ?? .zeros(expected.shape)
      expectClose(actual, expected, tolerance: 1e-5, "\(operation) \(order)/\(name)")
    }
  }
}
