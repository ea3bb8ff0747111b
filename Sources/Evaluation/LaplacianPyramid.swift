// An image as its details at each scale and the coarse rest (Burt and Adelson 1983).
// Not here: what is measured on it.

/// The 5-tap binomial pyramid of one plane of a square image.
///
/// Down: blur with (1, 4, 6, 4, 1) / 16 along both axes, then every second row and column.  Up: zeros
/// between the values, then the same blur times 4.  Outside the plane values are mirrored at the
/// outermost pixel, which is not repeated.  Level l of the pyramid is g_l - up(g_(l+1)), the last
/// level is g itself, where g_0 is the plane and g_(l+1) = down(g_l).
enum LaplacianPyramid {
  /// The shortest side of a level, as in Karras et al. 2018.
  static let smallestSide = 16

  /// The sides of the levels of an image: 32 and 16 for side 32.
  static func sides(_ side: Int) -> [Int] {
    var sides = [side]
    while let last = sides.last, last.isMultiple(of: 2), last / 2 >= smallestSide {
      sides.append(last / 2)
    }
    return sides
  }

  /// The levels of a plane, (side, side), from fine to coarse.
  static func levels(_ plane: [Float], side: Int, count: Int) -> [[Float]] {
    var levels = [plane]
    var side = side
    for level in 1..<max(1, count) {
      let coarse = down(levels[level - 1], side: side)
      let blurred = up(coarse, side: side / 2)
      for index in blurred.indices { levels[level - 1][index] -= blurred[index] }
      levels.append(coarse)
      side /= 2
    }
    return levels
  }

  private static let taps: [Float] = [1, 4, 6, 4, 1].map { $0 / 16 }

  /// (side, side) -> (side / 2, side / 2)
  static func down(_ plane: [Float], side: Int) -> [Float] {
    let half = side / 2
    let rows = blurAlongRows(plane, rows: side, columns: side, step: 2)  // (side, half)
    let columns = transposed(rows, rows: side, columns: half)  // (half, side)
    let both = blurAlongRows(columns, rows: half, columns: side, step: 2)  // (half, half)
    return transposed(both, rows: half, columns: half)
  }

  /// (side, side) -> (2 side, 2 side)
  static func up(_ plane: [Float], side: Int) -> [Float] {
    let double = 2 * side
    var spread = [Float](repeating: 0, count: double * double)
    for row in 0..<side {
      for column in 0..<side {
        spread[2 * row * double + 2 * column] = 4 * plane[row * side + column]
      }
    }
    let rows = blurAlongRows(spread, rows: double, columns: double, step: 1)
    let columns = transposed(rows, rows: double, columns: double)
    let both = blurAlongRows(columns, rows: double, columns: double, step: 1)
    return transposed(both, rows: double, columns: double)
  }

  /// Blurs each row and keeps every `step`-th value: (rows, columns) -> (rows, columns / step).
  private static func blurAlongRows(
    _ plane: [Float], rows: Int, columns: Int, step: Int
  ) -> [Float] {
    let kept = columns / step
    var result = [Float](repeating: 0, count: rows * kept)
    for row in 0..<rows {
      for column in 0..<kept {
        var sum: Float = 0
        for tap in 0..<5 {
          let position = mirrored(step * column + tap - 2, columns)
          sum += taps[tap] * plane[row * columns + position]
        }
        result[row * kept + column] = sum
      }
    }
    return result
  }

  /// The place inside 0..<count that a place up to two outside stands for: -1 is 1, count is count - 2.
  private static func mirrored(_ position: Int, _ count: Int) -> Int {
    position < 0 ? -position : position >= count ? 2 * (count - 1) - position : position
  }

  private static func transposed(_ plane: [Float], rows: Int, columns: Int) -> [Float] {
    var result = [Float](repeating: 0, count: plane.count)
    for row in 0..<rows {
      for column in 0..<columns { result[column * rows + row] = plane[row * columns + column] }
    }
    return result
  }
}
