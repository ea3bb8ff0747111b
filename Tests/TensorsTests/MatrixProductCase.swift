// One matrix product as a test asks for it, in memory that ends where the processor faults.
//
// Not here: expectations; see `MatrixProductTests`.

import Foundation
import Tensors
import Testing

@testable import BLAS

/// Floats whose last one is the last before a page that cannot be read or written.
final class GuardedFloats: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Float>
  let count: Int
  private let mapping: UnsafeMutableRawPointer
  private let bytes: Int

  init(_ values: [Float]) throws {
    let page = Int(getpagesize())
    count = values.count
    let data = (count * 4 + page - 1) / page * page
    bytes = data + page
    let mapped = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    mapping = try #require(mapped)
    try #require(mapping != MAP_FAILED)
    try #require(mprotect(mapping + data, page, PROT_NONE) == 0)
    pointer = (mapping + (data - count * 4)).bindMemory(to: Float.self, capacity: max(1, count))
    for (i, value) in values.enumerated() { pointer[i] = value }
  }

  deinit { munmap(mapping, bytes) }

  var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
}

/// C = alpha op(A) op(B) + beta C, or + a bias in each row, of normally distributed matrices; its description reproduces it.
struct MatrixProductCase: CustomTestStringConvertible, Sendable {
  var m: Int
  var n: Int
  var k: Int
  var transposeA = false
  var transposeB = false
  var alpha: Float = 1
  var beta: Float = 0
  var hasBias = false
  /// What the rows in memory are longer than those of the matrices.
  var padding = 0

  var testDescription: String {
    "\(m) x \(n) x \(k), \(transposeA ? "T" : "N")\(transposeB ? "T" : "N"), alpha \(alpha), "
      + "beta \(beta), \(hasBias ? "a bias, " : "")rows longer by \(padding)"
  }

  /// op(A) (m, k), op(B) (k, n) and C (m, n), each element a function of its place alone.
  var left: @Sendable (Int, Int) -> Float = { Self.element($0, $1, sample: 0) }
  var right: @Sendable (Int, Int) -> Float = { Self.element($0, $1, sample: 1) }
  var held: @Sendable (Int, Int) -> Float = { Self.element($0, $1, sample: 2) }

  /// What is added to the products at (i, j).
  func start(_ i: Int, _ j: Int) -> Float {
    hasBias ? Self.element(0, j, sample: 3) : beta == 0 ? 0 : beta * held(i, j)
  }

  init(
    _ m: Int, _ n: Int, _ k: Int, _ form: String = "NN", alpha: Float = 1, beta: Float = 0,
    bias: Bool = false, padding: Int = 0
  ) {
    (self.m, self.n, self.k, self.alpha, self.beta) = (m, n, k, alpha, beta)
    (transposeA, transposeB) = (form.hasPrefix("T"), form.hasSuffix("T"))
    (self.hasBias, self.padding) = (bias, padding)
  }

  private static func element(_ row: Int, _ column: Int, sample: Int) -> Float {
    RandomSource(seed: 7).normal(
      RandomStream(rawValue: 1060), step: row, sample: sample, position: column)
  }

  /// The matrix as stored: rows of `columns` and `padding` floats that are not numbers.
  private func stored(
    _ rows: Int, _ columns: Int, _ element: (Int, Int) -> Float
  ) throws -> GuardedFloats {
    var values: [Float] = []
    for row in 0..<rows {
      values += (0..<columns).map { element(row, $0) }
      if row < rows - 1 { values += Array(repeating: .nan, count: padding) }
    }
    return try GuardedFloats(values)
  }

  /// The operands in memory, to be multiplied as often as wanted.
  struct Operands: Sendable {
    let a: GuardedFloats
    let b: GuardedFloats
  }

  func operands() throws -> Operands {
    let (left, right) = (left, right)
    return Operands(
      a: try transposeA ? stored(k, m) { left($1, $0) } : stored(m, k, left),
      b: try transposeB ? stored(n, k) { right($1, $0) } : stored(k, n, right))
  }

  /// The rows of C after the product, (m, n) without the padding, which must be left alone.
  func multiply(_ operands: Operands) throws -> [Float] {
    let c = try stored(m, n, held)
    let ldc = n + padding
    let bias = try GuardedFloats((0..<n).map { start(0, $0) })
    MatrixProduct(
      transposeA: transposeA, transposeB: transposeB, m: m, n: n, k: k, alpha: alpha,
      a: operands.a.pointer, lda: (transposeA ? m : k) + padding, b: operands.b.pointer,
      ldb: (transposeB ? k : n) + padding, beta: beta, bias: hasBias ? bias.pointer : nil,
      c: c.pointer, ldc: ldc
    ).compute()
    var result: [Float] = []
    for row in 0..<m {
      for column in 0..<n { result.append(c.pointer[row * ldc + column]) }
      guard row < m - 1 else { continue }
      for column in n..<ldc {
        #expect(c.pointer[row * ldc + column].isNaN, "padding of row \(row) of C was written")
      }
    }
    return result
  }

  func multiply() throws -> [Float] { try multiply(operands()) }
}
