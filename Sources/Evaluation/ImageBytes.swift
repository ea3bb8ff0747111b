// Sets of images as they would be saved: eight bits a value.  Measurements compare what a person sees.
// Not here: where images come from.

import DataParallel
import Tensors

/// Square RGB images of one size.
public struct ImageBytes: Sendable, Equatable {
  public let count: Int
  /// Height and width in pixels.
  public let side: Int
  /// (count, 3, S, S)
  public let pixels: [UInt8]

  /// - Parameter pixels: (count, 3, S, S), `3 * count * side * side` bytes.
  public init(side: Int, pixels: [UInt8]) {
    precondition(side > 0 && pixels.count.isMultiple(of: 3 * side * side), "pixels of side \(side)")
    self.side = side
    self.pixels = pixels
    count = pixels.count / (3 * side * side)
  }

  /// Images of values in [-1, 1]: x becomes round((x + 1) * 127.5), halves away from zero, clamped to
  /// 0...255.  Nil where a value is not finite.
  ///
  /// - Parameter images: (count, 3, S, S)
  public init?(_ images: Tensor) {
    let bytes: [UInt8]? = images.withUnsafeBuffer { values in
      var bytes: [UInt8] = []
      bytes.reserveCapacity(values.count)
      for value in values {
        guard value.isFinite else { return nil }
        let scaled = ((value + 1) * 127.5).rounded(.toNearestOrAwayFromZero)
        bytes.append(UInt8(min(max(scaled, 0), 255)))
      }
      return bytes
    }
    guard let bytes else { return nil }
    self.init(side: images.shape[3], pixels: bytes)
  }

  /// Values of an image.
  var valuesPerImage: Int { 3 * side * side }

  /// The first `count` images, or all.
  public func prefix(_ count: Int) -> ImageBytes {
    ImageBytes(side: side, pixels: Array(pixels.prefix(count * valuesPerImage)))
  }

  /// `count` images, each made by one rank, on every rank.
  ///
  /// - Parameters:
  ///   - threads: how many of this rank's images are made at once.
  ///   - image: makes the image of a number, (1, 3, S, S) in [-1, 1]; the same whoever makes it.
  /// - Throws: `EvaluationError.notFinite`, the same on every rank, and what `image` throws.
  public static func gather(
    count: Int, side: Int, group: ProcessGroup, threads: Int = 1,
    image: @Sendable (Int) throws -> Tensor
  ) throws -> ImageBytes {
    let own = group.rank * count / group.size..<(group.rank + 1) * count / group.size
    let made = try concurrentMap(count: own.count, threads: threads) {
      ImageBytes(try image(own.lowerBound + $0))
    }
    // An image that is not finite travels as a mark, so that all ranks come to the same end.
    let record = 1 + 3 * side * side
    let payload = made.flatMap { image in
      image.map { [1] + $0.pixels } ?? [UInt8](repeating: 0, count: record)
    }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(count * (record - 1))
    var index = 0
    for bytes in try group.allGather(payload, phase: "evaluation") {
      for start in stride(from: 0, to: bytes.count, by: record) {
        guard bytes[start] == 1 else { throw EvaluationError.notFinite(image: index) }
        pixels += bytes[start + 1..<start + record]
        index += 1
      }
    }
    return ImageBytes(side: side, pixels: pixels)
  }
}
