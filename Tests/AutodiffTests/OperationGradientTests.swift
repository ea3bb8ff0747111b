// Every operation's rules against differences, to second order, at random inputs of small odd shapes.

import Autodiff
import Tensors
import TestSupport
import Testing

@Suite struct OperationGradientTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let shapes: [Shape]
    var smallest: Float = 0
    let function: @Sendable ([Variable]) throws -> Variable
    var testDescription: String { name }

    init(
      _ name: String, _ shapes: [Shape], smallest: Float = 0,
      _ function: @escaping @Sendable ([Variable]) throws -> Variable
    ) {
      (self.name, self.shapes, self.smallest, self.function) = (name, shapes, smallest, function)
    }
  }

  static let elementwise = [
    Case("a + b", [[3, 5], [3, 5]]) { $0[0] + $0[1] },
    Case("a - b", [[3, 5], [3, 5]]) { $0[0] - $0[1] },
    Case("a * b", [[3, 5], [3, 5]]) { $0[0] * $0[1] },
    Case("a * a * a", [[3, 5]]) { $0[0] * $0[0] * $0[0] },
    Case("2.5 a", [[9]]) { 2.5 * $0[0] },
    Case("a + 3", [[9]]) { ($0[0] + 3).squared },
    Case("a - 3", [[9]]) { ($0[0] - 3).squared },
    Case("3 - a", [[9]]) { (3 - $0[0]).squared },
    Case("-a", [[9]]) { -$0[0] },
    Case("squared", [[1, 17]]) { $0[0].squared },
    Case("square root", [[3, 5]]) { ($0[0].squared + 1).squareRoot },
    Case("GELU", [[3, 9]]) { gelu($0[0]) },
    Case("rectifier", [[3, 9]], smallest: 0.25) { relu($0[0]) },
    Case("sigmoid", [[3, 9]]) { sigmoid($0[0]) },
    Case("softplus", [[3, 9]]) { softplus($0[0]) },
    Case("softmax", [[3, 9]]) { softmax($0[0]) },
    Case("softmax of one", [[3, 1]]) { softmax($0[0]) },
  ]

  static let products = [
    Case("A B", [[3, 4], [4, 5]]) { matmul($0[0], $0[1]) },
    Case("A^T B", [[4, 3], [4, 5]]) { matmul($0[0], transposeA: true, $0[1]) },
    Case("A B^T", [[3, 4], [5, 4]]) { matmul($0[0], $0[1], transposeB: true) },
    Case("A^T B^T", [[4, 3], [5, 4]]) { matmul($0[0], transposeA: true, $0[1], transposeB: true) },
    Case("A B of rank 3", [[2, 3, 4], [4, 5]]) { matmul($0[0], $0[1]) },
    Case("A A^T", [[3, 4]]) { matmul($0[0], $0[0], transposeB: true) },
    Case("linear", [[2, 3, 4], [5, 4], [5]]) { linear($0[0], weight: $0[1], bias: $0[2]) },
    Case("linear without bias", [[3, 4], [5, 4]]) { linear($0[0], weight: $0[1], bias: nil) },
    Case("linear, then GELU", [[3, 4], [5, 4], [5]]) {
      gelu(linear($0[0], weight: $0[1], bias: $0[2]))
    },
    Case("layer normalisation", [[2, 3, 9], [9], [9]]) {
      layerNorm($0[0], weight: $0[1], bias: $0[2])
    },
    Case("layer normalisation of a nonlinear map", [[4, 9], [9], [9]]) {
      gelu(layerNorm(sigmoid($0[0]), weight: $0[1], bias: $0[2]))
    },
    Case("attention", [[2, 5, 18]]) { attention(0.5 * $0[0], heads: 2) },
    Case("attention of one token", [[2, 1, 6]]) { attention($0[0], heads: 1) },
    Case("attention in a picture's window", [[1, 9, 12]]) {
      attention(0.5 * $0[0], heads: 2, window: .grid(side: 3, window: 1))
    },
    Case("attention in a sequence's window", [[1, 7, 12]]) {
      attention(0.5 * $0[0], heads: 2, window: .sequence(window: 2))
    },
    Case("attention with heads of odd width", [[1, 9, 30]]) { attention(0.5 * $0[0], heads: 2) },
  ]

  static let movement = [
    Case("reshape", [[3, 4]]) { ($0[0].reshaped([2, 6])).squared },
    Case("patches", [[2, 3, 4, 4]]) {
      $0[0].permuted(PermutationPair(.patches(channels: 3, side: 4, patch: 2))).squared
    },
    Case("pixel shuffle", [[2, 4, 8]]) {
      $0[0].permuted(PermutationPair(.pixelShuffle(side: 2, channels: 8))).squared
    },
    Case("transpose", [[2, 3, 5]]) {
      $0[0].permuted(PermutationPair(.transpose(rows: 3, columns: 5))).squared
    },
    Case("token range", [[2, 5, 3]]) { $0[0].tokens(1..<4).squared },
    Case("token padding", [[2, 3, 3]]) { $0[0].paddedTokens(1..<4, of: 6).squared },
    Case("row range", [[5, 2, 3]]) { $0[0].rows(1..<4).squared },
    Case("leading sum", [[2, 3, 5]]) { $0[0].summedLeading(to: [5]).squared },
    Case("leading broadcast", [[5]]) { $0[0].broadcastLeading(to: [2, 3, 5]).squared },
    Case("leading addition", [[2, 3, 5], [3, 5]]) { $0[0].addingLeading($0[1]).squared },
    Case("trailing sum", [[2, 3, 5]]) { $0[0].summedTrailing(to: [2]).squared },
    Case("trailing broadcast", [[2]]) { $0[0].broadcastTrailing(to: [2, 3, 5]).squared },
    Case("sum", [[2, 3, 5]]) { $0[0].sum.squared },
  ]

  @Test(arguments: elementwise + products + movement)
  func agreesWithDifferences(operation: Case) throws {
    let inputs = operation.shapes.enumerated().map { index, shape in
      GradientCheck.input(shape, index, smallest: operation.smallest)
    }
    try GradientCheck().expect(operation.name, at: inputs, of: operation.function)
  }
}
