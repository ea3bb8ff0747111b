// The distance as its definition says it, one loop after another in float64, slow and without matrix
// products, separable filters, or any code of the target; only the addresses of random numbers are shared.

import Foundation
import Tensors

@testable import Evaluation

struct PlainDistance {
  let level: Int
  let perImage: Int
  let directions: Int
  let seed: UInt64

  typealias Plane = [[Double]]

  func distance(_ a: ImageBytes, _ b: ImageBytes) -> Double {
    let (first, second) = (descriptors(a), descriptors(b))
    let random = RandomSource(seed: seed)
    var sum = 0.0
    for direction in 0..<directions {
      var vector = (0..<147).map { position in
        Double(
          random.normal(
            RandomStream(rawValue: 65), step: level, sample: direction, position: position))
      }
      let length = vector.map { $0 * $0 }.reduce(0, +).squareRoot()
      vector = vector.map { $0 / length }
      func projections(_ set: [[Double]]) -> [Double] {
        set.map { zip($0, vector).map(*).reduce(0, +) }.sorted()
      }
      let (p, q) = (projections(first), projections(second))
      sum += zip(p, q).map { abs($0 - $1) }.reduce(0, +) / Double(p.count)
    }
    return 1000 * sum / Double(directions)
  }

  /// The normalised descriptors, 147 values each.
  private func descriptors(_ images: ImageBytes) -> [[Double]] {
    let random = RandomSource(seed: seed)
    var all: [[Double]] = []
    for image in 0..<images.count {
      let planes = (0..<3).map { pyramidLevel(plane(images, image, $0)) }
      let places = planes[0].count - 6
      for own in 0..<perImage {
        func place(_ position: Int) -> Int {
          random.integer(
            below: places, RandomStream(rawValue: 64), step: level, sample: image,
            position: position)
        }
        let (top, left) = (place(2 * own), place(2 * own + 1))
        var values: [Double] = []
        for channel in 0..<3 {
          for y in 0..<7 { for x in 0..<7 { values.append(planes[channel][top + y][left + x]) } }
        }
        all.append(values)
      }
    }
    for channel in 0..<3 {
      let range = 49 * channel..<49 * (channel + 1)
      let values = all.flatMap { $0[range] }
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(values.count)
      for index in all.indices {
        for position in range {
          all[index][position] = (all[index][position] - mean) / sqrt(variance)
        }
      }
    }
    return all
  }

  private func plane(_ images: ImageBytes, _ image: Int, _ channel: Int) -> Plane {
    let side = images.side
    return (0..<side).map { y in
      (0..<side).map { x in
        Double(images.pixels[((3 * image + channel) * side + y) * side + x])
      }
    }
  }

  private func pyramidLevel(_ plane: Plane) -> Plane {
    // Two levels: 32 is the picture less its blurred half, 16 the half itself.
    let half = Self.down(plane)
    guard level == 0 else { return half }
    let up = Self.up(half)
    return plane.indices.map { y in plane.indices.map { plane[y][$0] - up[y][$0] } }
  }

  /// The 5 x 5 filter of binomial coefficients at one place; mirrored outside.
  private static func filtered(_ plane: Plane, _ y: Int, _ x: Int) -> Double {
    let weights = [1.0, 4, 6, 4, 1]
    let last = plane.count - 1
    func inside(_ place: Int) -> Int {
      place < 0 ? -place : place > last ? 2 * last - place : place
    }
    var sum = 0.0
    for dy in -2...2 {
      for dx in -2...2 {
        sum += weights[dy + 2] * weights[dx + 2] / 256 * plane[inside(y + dy)][inside(x + dx)]
      }
    }
    return sum
  }

  static func down(_ plane: Plane) -> Plane {
    (0..<plane.count / 2).map { y in
      (0..<plane.count / 2).map { filtered(plane, 2 * y, 2 * $0) }
    }
  }

  static func up(_ plane: Plane) -> Plane {
    let side = 2 * plane.count
    var spread = Plane(repeating: [Double](repeating: 0, count: side), count: side)
    for y in plane.indices { for x in plane.indices { spread[2 * y][2 * x] = plane[y][x] } }
    return (0..<side).map { y in (0..<side).map { 4 * filtered(spread, y, $0) } }
  }
}
