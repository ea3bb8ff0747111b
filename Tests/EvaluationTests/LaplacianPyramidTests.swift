// Closed forms of the pyramid, the diversity and the bytes.

import DataParallel
import Tensors
import Testing

@testable import Evaluation

@Suite struct LaplacianPyramidTests {
  @Test func levelsEndAtSixteen() {
    #expect(LaplacianPyramid.sides(32) == [32, 16])
    #expect(LaplacianPyramid.sides(128) == [128, 64, 32, 16])
    #expect(LaplacianPyramid.sides(20) == [20])
  }

  /// A constant plane has no details: 0 at every level but the last, also at the border.
  @Test func aConstantHasNoDetails() {
    let levels = LaplacianPyramid.levels([Float](repeating: 8, count: 32 * 32), side: 32, count: 2)
    #expect(levels[0].allSatisfy { $0 == 0 })
    #expect(levels[1] == [Float](repeating: 8, count: 16 * 16))
  }

  /// One pixel of 256 at (2 i, 2 i): its half has the binomial weights of even offsets, 36 at (i, i), 6
  /// beside and 1 across it.  At i = 1 place 0 also sees its mirror image at -2, which doubles 1 to 2
  /// and 6 to 12, and 1 to 4 in the corner.
  @Test(arguments: [
    (1, [[4, 12, 2], [12, 36, 6], [2, 6, 1]]), (7, [[1, 6, 1], [6, 36, 6], [1, 6, 1]]),
  ])
  func anImpulseBecomesTheFilter(place: Int, weights: [[Int]]) {
    var plane = [Float](repeating: 0, count: 32 * 32)
    plane[2 * place * 32 + 2 * place] = 256
    let half = LaplacianPyramid.down(plane, side: 32)
    var expected = [Float](repeating: 0, count: 16 * 16)
    for (y, row) in weights.enumerated() {
      for (x, value) in row.enumerated() {
        expected[(place - 1 + y) * 16 + place - 1 + x] = Float(value)
      }
    }
    #expect(half == expected)
  }

  @Test func detailsAndRestGiveThePlaneBack() {
    let random = RandomSource(seed: 4)
    let plane = (0..<32 * 32).map { Float(random.integer(below: 256, testStream, position: $0)) }
    let levels = LaplacianPyramid.levels(plane, side: 32, count: 2)
    let up = LaplacianPyramid.up(levels[1], side: 16)
    for index in plane.indices { #expect(abs(levels[0][index] + up[index] - plane[index]) < 1e-4) }
  }
}

@Suite struct DiversityTests {
  /// Three constant images of 0, 3 and 9 are 3, 9 and 6 apart: 6 on average.
  @Test func isTheMeanOverThePairs() {
    let pixels = [0, 3, 9].flatMap { [UInt8](repeating: $0, count: 3 * 8 * 8) }
    #expect(Diversity.meanPairDistance(ImageBytes(side: 8, pixels: pixels)) == 6)
  }

  @Test func isZeroForOneImageOrCopies() {
    let one = testImages(1, seed: 3)
    #expect(Diversity.meanPairDistance(one) == 0)
    let copies = ImageBytes(side: 32, pixels: one.pixels + one.pixels + one.pixels)
    #expect(Diversity.meanPairDistance(copies) == 0)
  }
}

@Suite struct ImageBytesTests {
  @Test func roundsAndClamps() {
    let values: [Float] =
      [-1, -2, 0, 1, 7, 0.51 / 127.5 - 1, 0.49 / 127.5 - 1]
      + [Float](
        repeating: 1, count: 5)
    let bytes = ImageBytes(Tensor([1, 3, 2, 2], values))
    #expect(bytes?.pixels == [0, 0, 128, 255, 255, 1, 0] + [UInt8](repeating: 255, count: 5))
  }

  /// Image i of 7 is constant of the value of byte 10 i; ranks make different numbers of them.
  @Test(arguments: 1...9) func everyRankGetsAllImages(ranks: Int) throws {
    let expected = (0..<7).flatMap { [UInt8](repeating: UInt8(10 * $0), count: 3 * 4) }
    let results = SimulatedCluster(size: ranks) { anyOrder($0) }.run { transport in
      try ImageBytes.gather(count: 7, side: 2, group: ProcessGroup(transport), threads: 2) {
        Tensor(repeating: Float(10 * $0) / 127.5 - 1, [1, 3, 2, 2])
      }
    }
    for result in results { #expect(try result.get().pixels == expected) }
  }

  @Test(arguments: 1...3) func aValueThatIsNotFiniteEndsAllRanksAlike(ranks: Int) {
    let results = SimulatedCluster(size: ranks) { anyOrder($0) }.run { transport in
      try ImageBytes.gather(count: 5, side: 2, group: ProcessGroup(transport)) {
        Tensor(repeating: $0 >= 3 ? .nan : 0, [1, 3, 2, 2])
      }
    }
    for result in results {
      #expect(throws: EvaluationError.notFinite(image: 3)) { try result.get() }
    }
  }

  @Test func copiesOfOneSampleAreNotDiverse() throws {
    let evaluation = try SampleEvaluation(
      real: testImages(6, seed: 1), settings: SlicedWassersteinTests.settings(8, 8))
    let group = ProcessGroup(SingleTransport())
    let one = try evaluation.measure(group: group) { _ in
      Tensor(repeating: 0.5, [1, 3, 32, 32])
    }
    #expect(one.diversityRatio == 0 && one.slicedWasserstein.mean > 0)
    let real = testImages(6, seed: 1)
    let same = try evaluation.measure(group: group) { index in
      Tensor([1, 3, 32, 32]) { target in
        for pixel in 0..<3072 {
          target.initializeElement(
            at: pixel, to: Float(real.pixels[index * 3072 + pixel]) / 127.5 - 1)
        }
      }
    }
    #expect(same.diversityRatio == 1 && same.slicedWasserstein.mean == 0)
  }
}
