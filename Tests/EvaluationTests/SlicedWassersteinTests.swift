// The sliced Wasserstein distance against plain loops in float64 that share nothing with it but the
// random numbers' addresses, and against what must hold.

import DataParallel
import Tensors
import Testing

@testable import Evaluation

@Suite struct SlicedWassersteinTests {
  static func settings(_ descriptors: Int, _ directions: Int) -> SlicedWassersteinSettings {
    var settings = SlicedWassersteinSettings()
    settings.descriptorsPerImage = descriptors
    settings.directions = directions
    settings.seed = 11
    return settings
  }

  static func distance(
    _ a: ImageBytes, _ b: ImageBytes, _ settings: SlicedWassersteinSettings
  ) throws -> SlicedWassersteinDistance {
    try SlicedWasserstein(a, settings: settings)
      .distance(to: b, group: ProcessGroup(SingleTransport()))
  }

  @Test(arguments: [(2, 5, 3), (3, 7, 40)])
  func agreesWithPlainLoops(images: Int, descriptors: Int, directions: Int) throws {
    let (a, b) = (testImages(images, seed: 1), testImages(images, seed: 2, blur: 2))
    let found = try Self.distance(a, b, Self.settings(descriptors, directions))
    #expect(found.levels.map(\.side) == [32, 16])
    for (level, value) in found.levels.map(\.value).enumerated() {
      let expected = PlainDistance(
        level: level, perImage: descriptors, directions: directions, seed: 11
      ).distance(a, b)
      // Float32 projections of 147 products of values near 1.
      #expect(abs(value - expected) < 2e-5 * expected, "level \(level): \(value), \(expected)")
    }
    #expect(found.mean == (found.levels[0].value + found.levels[1].value) / 2)
  }

  @Test func isZeroForTheSameImages() throws {
    let images = testImages(3, seed: 5)
    let found = try Self.distance(images, images, Self.settings(20, 40))
    #expect(found.levels.map(\.value) == [0, 0])
  }

  @Test func growsWithBlur() throws {
    let images = testImages(16, seed: 7)
    let found = try [0, 1, 2, 4].map { times in
      try Self.distance(
        images, testImages(16, seed: 7, blur: times), Self.settings(64, 64)
      ).mean
    }
    #expect(found[0] == 0 && found == found.sorted() && Set(found).count == 4, "\(found)")
  }

  @Test func growsWithNoise() throws {
    let images = testImages(16, seed: 7, blur: 2)
    let found = try [0, 8, 24, 72].map { amplitude in
      try Self.distance(
        images, withNoise(images, amplitude: amplitude), Self.settings(64, 64)
      ).levels[0].value
    }
    #expect(found[0] == 0 && found == found.sorted() && Set(found).count == 4, "\(found)")
  }

  @Test(arguments: [1, 2, 3, 5], [1, 3])
  func ranksAndThreadsDoNotChangeABit(ranks: Int, threads: Int) throws {
    let (a, b) = (testImages(4, seed: 1), testImages(4, seed: 2))
    // 70 directions: two whole units and a part.
    let expected = try Self.distance(a, b, Self.settings(9, 70))
    let results = SimulatedCluster(size: ranks) { anyOrder($0) }
      .run { transport in
        try SlicedWasserstein(a, settings: Self.settings(9, 70), threads: threads)
          .distance(to: b, group: ProcessGroup(transport), threads: threads)
      }
    #expect(results.count == ranks)
    for result in results { #expect(try result.get() == expected) }
  }

  /// A constant set has descriptors 0, so the distance along a direction is the mean of |projection|.
  @Test func aConstantSetIsComparedWithoutDividingByZero() throws {
    let grey = ImageBytes(side: 32, pixels: [UInt8](repeating: 128, count: 2 * 3 * 32 * 32))
    let found = try Self.distance(grey, testImages(2, seed: 3), Self.settings(8, 32))
    for (_, value) in found.levels { #expect(value.isFinite && value > 0) }
  }
}

@Suite struct RadixSortTests {
  @Test(arguments: [0, 1, 2, 3, 1000])
  func sortsAsComparisonsDo(count: Int) {
    let random = RandomSource(seed: UInt64(count))
    var values = (0..<count).map { position -> Float in
      let bits = random.word(testStream, position: position)
      let value = Float(bitPattern: bits)
      return value.isNaN ? Float(position) : value
    }
    if count > 9 { values[3...6] = [0, -0.0, .infinity, -.infinity] }
    let expected = values.sorted()
    var sorter = RadixSort(capacity: count)
    values.withUnsafeMutableBufferPointer { sorter.sort($0) }
    #expect(values == expected)
  }
}
