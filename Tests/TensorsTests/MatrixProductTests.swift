// sgemm against a plain loop in Double with the error bound of the theory, and its promise on bits
// against a scalar loop that adds in the promised order.

import CSIMD
import Testing

@testable import BLAS

@Suite struct MatrixProductTests {
  static let forms = ["NN", "NT", "TN", "TT"]

  static let shapes: [(Int, Int, Int)] = [
    (0, 3, 4), (3, 0, 4), (3, 4, 0), (1, 1, 1), (2, 3, 5), (1, 40, 17), (40, 1, 17), (5, 6, 7),
    (6, 16, 8), (7, 17, 9), (12, 15, 16), (13, 31, 17), (14, 32, 33), (15, 33, 31), (16, 8, 65),
    (27, 47, 48), (28, 48, 384), (29, 49, 385), (65, 65, 96), (64, 64, 64), (65, 96, 65),
    (3, 24, 800), (130, 3, 24), (2, 100, 767), (17, 65, 1153), (600, 20, 10), (9, 2100, 6),
  ]

  static let cases: [MatrixProductCase] =
    shapes.flatMap { m, n, k in forms.map { MatrixProductCase(m, n, k, $0) } }
    + forms.flatMap { form in
      [
        MatrixProductCase(15, 37, 390, form, alpha: -0.75, beta: 1, padding: 3),
        MatrixProductCase(29, 70, 20, form, alpha: 3, beta: -2.5, padding: 16),
        MatrixProductCase(66, 9, 800, form, beta: 0.3, padding: 1),
        MatrixProductCase(14, 64, 40, form, alpha: 0, beta: 0.5, padding: 2),
        MatrixProductCase(14, 64, 40, form, alpha: 0.1, padding: 2),
        MatrixProductCase(29, 70, 20, form, alpha: 3, bias: true, padding: 16),
        MatrixProductCase(14, 64, 800, form, bias: true),
        MatrixProductCase(600, 33, 390, form, bias: true, padding: 1),
        MatrixProductCase(5, 17, 0, form, bias: true),
        MatrixProductCase(14, 64, 0, form, alpha: 2, beta: 2, padding: 2),
      ]
    }

  /// |error| <= gamma (|alpha| |A| |B| + |beta C|) with gamma = n eps / (1 - n eps), n roundings in a row:
  /// Higham, "Accuracy and Stability of Numerical Algorithms", section 3.5.
  @Test(arguments: cases)
  func agreesWithAPlainLoop(_ product: MatrixProductCase) throws {
    let result = try product.multiply()
    let roundings = Double(product.k + product.k / MatrixProduct.maximumDepth + 4) * 0x1p-24
    let gamma = roundings / (1 - roundings)
    let alpha = Double(product.alpha)
    let left = (0..<product.m).map { i in (0..<product.k).map { Double(product.left(i, $0)) } }
    let right = (0..<product.n).map { j in (0..<product.k).map { Double(product.right($0, j)) } }
    for i in 0..<product.m {
      for j in 0..<product.n {
        let held = Double(product.start(i, j))
        var (sum, magnitude) = (0.0, 0.0)
        for (a, b) in zip(left[i], right[j]) {
          sum += a * b
          magnitude += abs(a * b)
        }
        let error = abs(Double(result[i * product.n + j]) - (alpha * sum + held))
        let bound = gamma * (abs(alpha) * magnitude + abs(held))
        guard error <= bound else {
          Issue.record("\(product.testDescription): C[\(i), \(j)] is off by \(error) > \(bound)")
          return
        }
      }
    }
  }

  /// What the header of `MatrixProduct` promises, said with scalars.
  static func promised(_ product: MatrixProductCase, _ i: Int, _ j: Int) -> Float {
    let start = product.start(i, j)
    guard product.k > 0 && product.alpha != 0 else { return start }
    let blocks = (product.k + 383) / 384
    var c: Float?
    for block in 0..<blocks {
      var sum: Float = 0
      for k in block * product.k / blocks..<(block + 1) * product.k / blocks {
        sum = csimd_fma1(product.left(i, k), product.right(k, j), sum)
      }
      if let before = c {
        c = csimd_fma1(product.alpha, sum, before)
      } else {
        let overwrites = product.beta == 0 && !product.hasBias
        c = overwrites ? product.alpha * sum : csimd_fma1(product.alpha, sum, start)
      }
    }
    return c ?? start
  }

  /// All shapes, forms and strides give the bits that one scalar loop gives: an element's bits depend
  /// on nothing but k, alpha, beta, its row of op(A) and its column of op(B).
  @Test(arguments: cases)
  func hasThePromisedBits(_ product: MatrixProductCase) throws {
    let result = try product.multiply()
    for i in 0..<product.m {
      for j in 0..<product.n {
        let (actual, expected) = (result[i * product.n + j], Self.promised(product, i, j))
        guard actual.bitPattern == expected.bitPattern else {
          Issue.record("\(product.testDescription): C[\(i), \(j)] = \(actual), not \(expected)")
          return
        }
      }
    }
  }

  @Test(arguments: forms)
  func overwritesWhatIsNotANumber(_ form: String) throws {
    for (m, n) in [(3, 5), (14, 32), (29, 49)] {
      var product = MatrixProductCase(m, n, 20, form)
      let expected = try product.multiply()
      product.held = { _, _ in .nan }
      #expect(try product.multiply() == expected, "\(product.testDescription)")
      product.alpha = 0
      #expect(try product.multiply().allSatisfy { $0 == 0 }, "\(product.testDescription)")
    }
  }

  @Test(arguments: forms, [Float.nan, .infinity, -.infinity])
  func passesOnWhatIsNotFinite(_ form: String, _ value: Float) throws {
    for (m, n, k) in [(15, 33, 20), (27, 49, 400)] {
      var product = MatrixProductCase(m, n, k, form)
      let expected = try product.multiply()
      let (normal, row) = (product.left, m - 2)
      product.left = { $0 == row && $1 == k - 1 ? value : normal($0, $1) }
      let result = try product.multiply()
      for i in 0..<m {
        for j in 0..<n {
          let actual = result[i * n + j]
          let asExpected =
            i != row
            ? actual == expected[i * n + j]
            : value.isNaN ? actual.isNaN : actual == value * product.right(k - 1, j)
          #expect(asExpected, "\(product.testDescription): C[\(i), \(j)] = \(actual)")
        }
      }
    }
  }

  @Test func fourThreadsAtOnceGetTheSameBits() async throws {
    let product = MatrixProductCase(97, 131, 500, "NT")
    let operands = try product.operands()
    let expected = try product.multiply(operands).map(\.bitPattern)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<20 {
            let bits = try product.multiply(operands).map(\.bitPattern)
            if bits != expected { return false }
          }
          return true
        }
      }
      for try await same in group { #expect(same, "\(product.testDescription)") }
    }
  }
}
