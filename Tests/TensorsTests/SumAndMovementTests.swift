// Sums, broadcasts, products and movement against their plain loops; see `KernelTests`.

import TestSupport
import Testing

@testable import Tensors

@Suite struct SumAndMovementTests {
  static let triples: [[Int]] = [
    [0, 3, 5], [3, 0, 5], [3, 5, 0], [1, 1, 1], [2, 3, 8], [3, 1, 9], [1, 7, 17], [5, 3, 31],
    [4, 5, 64],
  ]

  @Test(arguments: triples)
  func sumsAndBroadcasts(extents: [Int]) {
    let x = KernelTests.random(Shape(extents), 0)
    for kept in 0...3 {
      let trailing = Shape(Array(extents.suffix(kept)))
      let leading = Shape(Array(extents.prefix(kept)))
      expectClose(
        Kernels.sumLeading(x, to: trailing), PlainKernels.sumLeading(x, to: trailing),
        tolerance: 1e-6, "leading sum to \(trailing)")
      expectClose(
        Kernels.sumTrailing(x, to: leading), PlainKernels.sumTrailing(x, to: leading),
        tolerance: 1e-6, "trailing sum to \(leading)")
      let (p, l) = (KernelTests.random(trailing, 1), KernelTests.random(leading, 2))
      expectClose(
        Kernels.broadcastLeading(p, to: x.shape), PlainKernels.broadcastLeading(p, to: x.shape),
        tolerance: 0, "leading broadcast of \(trailing)")
      expectClose(
        Kernels.addLeading(x, p), PlainKernels.addLeading(x, p), tolerance: 0,
        "leading addition of \(trailing)")
      expectClose(
        Kernels.broadcastTrailing(l, to: x.shape), PlainKernels.broadcastTrailing(l, to: x.shape),
        tolerance: 0, "trailing broadcast of \(leading)")
    }
  }

  @Test(arguments: [
    [0, 3, 2], [3, 0, 2], [3, 2, 0], [1, 1, 1], [5, 7, 9], [8, 16, 8], [33, 17, 5], [65, 96, 31],
  ])
  func matrixProducts(extents: [Int]) {
    let (m, n, k) = (extents[0], extents[1], extents[2])
    for (transposeA, transposeB) in [(false, false), (true, false), (false, true), (true, true)] {
      let a = KernelTests.random(transposeA ? [k, m] : [m, k], 0)
      let b = KernelTests.random(transposeB ? [n, k] : [k, n], 1)
      expectClose(
        Kernels.matmul(a, transposeA: transposeA, b, transposeB: transposeB),
        PlainKernels.matmul(a, transposeA: transposeA, b, transposeB: transposeB),
        tolerance: 2e-6, "product, transposed: \(transposeA), \(transposeB)")
    }
    let (x, w, b) = (
      KernelTests.random([1, m, k], 2), KernelTests.random([n, k], 3), KernelTests.random([n], 4)
    )
    for bias in [b, nil] {
      expectClose(
        Kernels.linear(x, weight: w, bias: bias), PlainKernels.linear(x, weight: w, bias: bias),
        tolerance: 2e-6, "linear")
    }
  }

  static let permutations: [Permutation] = [
    .patches(channels: 3, side: 4, patch: 2), .patches(channels: 1, side: 1, patch: 1),
    .patches(channels: 3, side: 6, patch: 3), .pixelShuffle(side: 3, channels: 12),
    .pixelShuffle(side: 1, channels: 4), .transpose(rows: 3, columns: 7),
    .transpose(rows: 0, columns: 7),
  ]

  @Test(arguments: permutations.indices, [0, 1, 3])
  func permutationsMoveAndReturn(index: Int, batch: Int) {
    let permutation = Self.permutations[index]
    let x = KernelTests.random(Shape([batch] + permutation.input.extents), 0)
    let moved = Kernels.permute(x, permutation)
    expectClose(moved, PlainKernels.permute(x, permutation), tolerance: 0, "permutation")
    expectClose(Kernels.permute(moved, permutation.inverse), x, tolerance: 0, "and back")
  }

  @Test func patchesAreRowsOfAConvolution() {
    // One channel of 4 x 4, patches of 2 x 2: token (ty, tx) holds pixels (2 ty + py, 2 tx + px).
    let x = Tensor([1, 1, 4, 4], (0..<16).map(Float.init))
    let patches = Kernels.permute(x, .patches(channels: 1, side: 4, patch: 2))
    #expect(patches.elements == [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15])
  }

  @Test func pixelShuffleOfOneToken() {
    // Channel c 4 + 2 dy + dx of a token becomes channel c of pixel (dy, dx) (Shi et al. 2016).
    let x = Tensor([1, 1, 8], (0..<8).map(Float.init))
    let shuffled = Kernels.permute(x, .pixelShuffle(side: 1, channels: 8))
    #expect(shuffled.elements == [0, 4, 1, 5, 2, 6, 3, 7])
  }

  @Test(arguments: [0..<0, 0..<1, 1..<4, 4..<5, 0..<5])
  func tokenRanges(range: Range<Int>) {
    for (batch, channels) in [(0, 3), (1, 1), (2, 7), (3, 0)] {
      let x = KernelTests.random([batch, 5, channels], 0)
      let kept = Kernels.tokens(x, range)
      expectClose(kept, PlainKernels.tokens(x, range), tolerance: 0, "tokens \(range)")
      expectClose(
        Kernels.padTokens(kept, range, of: 5), PlainKernels.padTokens(kept, range, of: 5),
        tolerance: 0, "padded tokens \(range)")
    }
  }
}
