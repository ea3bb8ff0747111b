// The descriptors of a set of images at one scale: small squares cut out at random places.
// Not here: their comparison (`SlicedWasserstein`).

import Tensors

/// 7 x 7 x 3 neighbourhoods of one level of the images' Laplacian pyramids, normalised.
///
/// `perImage` of each image, their corners drawn by (level, image) alone, so that two sets of as many
/// images have them at the same places.  Each colour channel is shifted and scaled so that over all
/// descriptors of the set it has mean 0 and deviation 1 (a channel that is constant is only shifted).
/// The squares are copied out where they are used and never stored: 128 of each of 512 images would
/// take 39 MB a level.
struct Neighbourhoods: Sendable {
  /// Height and width of a neighbourhood.
  static let size = 7
  /// Values of a descriptor.
  static let width = 3 * size * size

  /// Height and width of the level's images.
  let side: Int
  let perImage: Int
  /// The level of each image, (images, 3, side, side), normalised.
  private var planes: [Float]
  /// Row and column of each descriptor's upper left corner.
  private let corners: [SIMD2<Int32>]

  /// Descriptors of the set.
  var count: Int { corners.count }

  /// All levels of a set, from fine to coarse.
  static func levels(
    of images: ImageBytes, perImage: Int, random: RandomSource, threads: Int
  ) throws -> [Neighbourhoods] {
    let sides = LaplacianPyramid.sides(images.side)
    let area = images.side * images.side
    // For each image and channel, the levels of its plane.
    let pyramids = try concurrentMap(count: 3 * images.count, threads: threads) { plane in
      LaplacianPyramid.levels(
        images.pixels[plane * area..<(plane + 1) * area].map(Float.init), side: images.side,
        count: sides.count)
    }
    return try concurrentMap(count: sides.count, threads: threads) { level in
      Neighbourhoods(
        level: level, side: sides[level], planes: pyramids.flatMap { $0[level] },
        images: images.count, perImage: perImage, random: random)
    }
  }

  private init(
    level: Int, side: Int, planes: [Float], images: Int, perImage: Int, random: RandomSource
  ) {
    precondition(side >= Self.size, "no neighbourhoods of \(Self.size) in images of \(side)")
    self.side = side
    self.perImage = perImage
    self.planes = planes
    let places = side - Self.size + 1
    corners = (0..<images * perImage).map { index in
      let (image, own) = index.quotientAndRemainder(dividingBy: perImage)
      let place = { (position: Int) in
        Int32(
          random.integer(
            below: places, .neighbourhood, step: level, sample: image, position: position))
      }
      return SIMD2(place(2 * own), place(2 * own + 1))
    }
    for channel in 0..<3 { normalize(channel) }
  }

  /// Gives a channel mean 0 and deviation 1 over all descriptors, computed in float64 in their order.
  private mutating func normalize(_ channel: Int) {
    guard count > 0 else { return }
    let values = Double(count * Self.size * Self.size)
    var sum = 0.0
    forEachRow(channel) { for value in $0 { sum += Double(value) } }
    let mean = sum / values
    var squares = 0.0
    forEachRow(channel) {
      for value in $0 { squares += (Double(value) - mean) * (Double(value) - mean) }
    }
    let deviation = (squares / values).squareRoot()
    let scale = deviation > 0 ? 1 / deviation : 1
    let area = side * side
    for image in 0..<count / perImage {
      let start = (3 * image + channel) * area
      for index in start..<start + area {
        planes[index] = Float((Double(planes[index]) - mean) * scale)
      }
    }
  }

  /// Calls `body` with each row of a channel of each descriptor.
  private func forEachRow(_ channel: Int, _ body: (UnsafeBufferPointer<Float>) -> Void) {
    planes.withUnsafeBufferPointer { planes in
      for descriptor in corners.indices {
        for row in 0..<Self.size {
          let start = offset(descriptor, channel: channel, row: row)
          body(UnsafeBufferPointer(rebasing: planes[start..<start + Self.size]))
        }
      }
    }
  }

  private func offset(_ descriptor: Int, channel: Int, row: Int) -> Int {
    let corner = corners[descriptor]
    let plane = 3 * (descriptor / perImage) + channel
    return (plane * side + Int(corner.x) + row) * side + Int(corner.y)
  }

  /// Copies descriptors to `target`, (range, 3, 7, 7).
  func copy(_ range: Range<Int>, to target: UnsafeMutablePointer<Float>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "descriptors \(range)")
    planes.withUnsafeBufferPointer { planes in
      guard let source = planes.baseAddress else { return }
      var target = target
      for descriptor in range {
        for channel in 0..<3 {
          for row in 0..<Self.size {
            target.update(
              from: source + offset(descriptor, channel: channel, row: row), count: Self.size)
            target += Self.size
          }
        }
      }
    }
  }
}
