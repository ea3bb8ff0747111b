// The sliced Wasserstein distance between two sets of images (Karras et al. 2018, arXiv 1710.10196,
// section 5): how alike their details are at each scale.
// Not here: the descriptors (`Neighbourhoods`); which sets are compared.

import BLAS
import DataParallel
import Tensors

/// How the distance is estimated; the defaults are the paper's.
public struct SlicedWassersteinSettings: Sendable, Equatable {
  /// Neighbourhoods of each image at each level.
  public var descriptorsPerImage = 128
  /// Directions onto which descriptors are projected.
  public var directions = 512
  /// The key of all random choices: distances of the same seed can be compared.
  public var seed: UInt64 = 0
  public init() {}
}

/// The distances of one comparison.
public struct SlicedWassersteinDistance: Sendable, Equatable {
  /// One distance a level, times 1000 as in the paper, from fine to coarse, with the level's side.
  public let levels: [(side: Int, value: Double)]

  /// The mean over the levels.
  public var mean: Double { levels.reduce(0) { $0 + $1.value } / Double(levels.count) }

  public static func == (a: Self, b: Self) -> Bool {
    a.levels.map(\.side) == b.levels.map(\.side) && a.levels.map(\.value) == b.levels.map(\.value)
  }
}

/// A set of images to which others are compared; its descriptors are prepared once.
public struct SlicedWasserstein: Sendable {
  /// Directions that are projected together: the unit that ranks and threads share, and a fixed shape of
  /// the matrix product, so that no bit depends on who computes it.
  private static let unit = 32
  /// Descriptors that are copied out and projected together.
  private static let block = 1024

  private let settings: SlicedWassersteinSettings
  private let levels: [Neighbourhoods]
  private let imageCount: Int

  /// - Parameters:
  ///   - images: at least one, of side 7 or more.
  ///   - threads: how many threads prepare the descriptors.
  public init(
    _ images: ImageBytes, settings: SlicedWassersteinSettings = .init(), threads: Int = 1
  ) throws {
    precondition(images.count > 0, "a set without images")
    self.settings = settings
    imageCount = images.count
    levels = try Neighbourhoods.levels(
      of: images, perImage: settings.descriptorsPerImage,
      random: RandomSource(seed: settings.seed), threads: threads)
  }

  /// The distance of a set of as many images.
  ///
  /// For each direction: the mean of |a_i - b_i| over the sorted projections, the Wasserstein-1
  /// distance of two sets of points on a line.  Then the mean over the directions, times 1000.
  /// The same bits on every rank and for any number of ranks and threads.
  public func distance(
    to images: ImageBytes, group: ProcessGroup, threads: Int = 1
  ) throws -> SlicedWassersteinDistance {
    precondition(images.count == imageCount, "\(images.count) images against \(imageCount)")
    let other = try Neighbourhoods.levels(
      of: images, perImage: settings.descriptorsPerImage,
      random: RandomSource(seed: settings.seed), threads: threads)
    let values = try levels.indices.map { level in
      try distance(levels[level], other[level], level: level, group: group, threads: threads)
    }
    return SlicedWassersteinDistance(
      levels: zip(levels, values).map { (side: $0.side, value: 1000 * $1) })
  }

  private func distance(
    _ a: Neighbourhoods, _ b: Neighbourhoods, level: Int, group: ProcessGroup, threads: Int
  ) throws -> Double {
    let units = (settings.directions + Self.unit - 1) / Self.unit
    let own = group.rank * units / group.size..<(group.rank + 1) * units / group.size
    let distances = try concurrentMap(count: own.count, threads: threads) {
      unitDistances(a, b, level: level, unit: own.lowerBound + $0)
    }
    let bytes = distances.joined().flatMap { distance in
      withUnsafeBytes(of: distance.bitPattern.littleEndian) { Array($0) }
    }
    let all = try group.allGather(bytes, phase: "evaluation").joined()
    var sum = 0.0
    var bits: UInt64 = 0
    for (index, byte) in all.enumerated() {
      bits |= UInt64(byte) << (8 * (index % 8))
      if index % 8 == 7 {
        sum += Double(bitPattern: bits)
        bits = 0
      }
    }
    return sum / Double(settings.directions)
  }

  /// The distances along the directions of a unit.
  private func unitDistances(
    _ a: Neighbourhoods, _ b: Neighbourhoods, level: Int, unit: Int
  ) -> [Double] {
    let directions = unit * Self.unit..<min((unit + 1) * Self.unit, settings.directions)
    let vectors = self.directions(directions, level: level)
    let first = Self.sortedProjections(vectors, a)  // (directions, count)
    let second = Self.sortedProjections(vectors, b)
    return directions.indices.map { index in
      let row = (index - directions.lowerBound) * a.count
      return Self.meanDistance(first, second, row..<row + a.count)
    }
  }

  private static func meanDistance(
    _ a: [Float], _ b: [Float], _ range: Range<Int>
  ) -> Double {
    var sum = 0.0
    for index in range { sum += abs(Double(a[index]) - Double(b[index])) }
    return sum / Double(range.count)
  }

  /// Random unit vectors, (range, 147): normal components, divided by their length.
  private func directions(_ range: Range<Int>, level: Int) -> [Float] {
    let random = RandomSource(seed: settings.seed)
    let width = Neighbourhoods.width
    var vectors = [Float](repeating: 0, count: range.count * width)
    vectors.withUnsafeMutableBufferPointer { vectors in
      for (row, direction) in range.enumerated() {
        let vector = UnsafeMutableBufferPointer(rebasing: vectors[row * width..<(row + 1) * width])
        random.fillNormal(vector, .direction, step: level, sample: direction)
        let squares = vector.reduce(0.0) { $0 + Double($1) * Double($1) }
        for index in vector.indices {
          vector[index] = Float(Double(vector[index]) / squares.squareRoot())
        }
      }
    }
    return vectors
  }

  /// The projections of all descriptors onto each vector, each row sorted: (vectors, count).
  private static func sortedProjections(_ vectors: [Float], _ set: Neighbourhoods) -> [Float] {
    let width = Neighbourhoods.width
    let rows = vectors.count / width
    let count = set.count
    return [Float](unsafeUninitializedCapacity: rows * count) { result, initialized in
      guard let target = result.baseAddress else { return }
      var descriptors = [Float](repeating: 0, count: block * width)
      descriptors.withUnsafeMutableBufferPointer { buffer in
        vectors.withUnsafeBufferPointer { vectors in
          guard let vectors = vectors.baseAddress, let buffer = buffer.baseAddress else { return }
          for start in stride(from: 0, to: count, by: block) {
            let range = start..<min(start + block, count)
            set.copy(range, to: buffer)
            BLAS.gemm(
              transposeB: true, m: rows, n: range.count, k: width, a: vectors, lda: width,
              b: buffer, ldb: width, c: target + start, ldc: count)
          }
        }
      }
      var sorter = RadixSort(capacity: count)
      for row in 0..<rows {
        sorter.sort(UnsafeMutableBufferPointer(start: target + row * count, count: count))
      }
      initialized = rows * count
    }
  }
}
