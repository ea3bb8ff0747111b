// Which keys a block of queries visits, in strips of two, and what hides a key from one of its queries.
//
// All three windows are one: the tokens are rows of `width` columns (a single row of N without a
// window or along the sequence), and a query sees the keys whose row and column differ from its own by
// at most `reach`.  A strip that no query of the block sees is not visited; one that all of them see
// needs no mask.

import CSIMD

/// The keys of an image as rows of strips.
struct KeyStrips {
  /// Keys in a strip; strip s holds keys 2 s and 2 s + 1 wherever rows begin.
  static let width = 2
  /// Added to a score that must not count; see `Strip.hide`.
  static let unseen: Float = -1e30

  let tokens: Int
  let rowWidth: Int
  let reach: Int

  init(_ shape: AttentionShape, _ window: AttentionWindow) {
    tokens = shape.tokens
    switch window {
    case .none: (rowWidth, reach) = (shape.tokens, shape.tokens)
    case .grid(let side, let window): (rowWidth, reach) = (side, min(window, side))
    case .sequence(let window): (rowWidth, reach) = (shape.tokens, min(window, shape.tokens))
    }
  }

  var count: Int { (tokens + Self.width - 1) / Self.width }

  /// Two keys as a part of one row: columns `column` and `column + 1`, of which `columns` count.
  struct Strip {
    let index: Int
    let row: Int
    let column: Int
    let columns: Range<Int>
    let reach: Int

    /// The score of the strip's key number `key`, or -5e29 and less in lanes whose query does not see it.
    @inline(__always)
    func hide(
      _ score: QueryLanes, key: Int, rows: QueryLanes, columns lanes: QueryLanes
    ) -> QueryLanes {
      let counts = columns.contains(column &+ key)
      let limit = counts ? (Float(reach) + 0.5) * -KeyStrips.unseen : KeyStrips.unseen
      let dx = lanes - Float(column &+ key)
      let dy = rows - Float(row)
      return QueryLanes(
        Self.hide(score.low, limit, dx.low, dy.low), Self.hide(score.high, limit, dx.high, dy.high))
    }

    @inline(__always)
    private static func hide(
      _ score: Vector16, _ limit: Float, _ dx: Vector16, _ dy: Vector16
    ) -> Vector16 {
      let distance = csimd_max(csimd_abs(dx), csimd_abs(dy))
      let excess = csimd_fma(
        distance, Vector16(repeating: KeyStrips.unseen), Vector16(repeating: limit))
      return score + csimd_min(excess, Vector16(repeating: 0))
    }
  }

  /// Calls `body(strip, masked)` for each strip within `strips` that one of the queries sees, in order.
  @inline(__always)
  func forEach(
    queries: Range<Int>, within strips: Range<Int>, _ body: (Strip, _ masked: Bool) -> Void
  ) {
    let (first, last) = (queries.lowerBound, queries.upperBound &- 1)
    let (firstRow, lastRow) = (first / rowWidth, last / rowWidth)
    let oneRow = firstRow == lastRow
    let left = oneRow ? first &- firstRow &* rowWidth : 0
    let right = oneRow ? last &- lastRow &* rowWidth : rowWidth &- 1
    let keys = strips.lowerBound &* Self.width..<min(strips.upperBound &* Self.width, tokens)
    let lowRow = max(firstRow &- reach, keys.lowerBound / rowWidth)
    let highRow = min(lastRow &+ reach, (keys.upperBound &- 1) / rowWidth)
    var row = lowRow
    while row <= highRow {
      let start = row &* rowWidth
      let low = max(left &- reach, 0, keys.lowerBound &- start)
      let high = min(right &+ reach, rowWidth &- 1, keys.upperBound &- 1 &- start)
      var key = (start &+ low) & ~1
      while low <= high && key <= start &+ high {
        let column = key &- start
        let strip = Strip(
          index: key >> 1, row: row, column: column, columns: low..<high &+ 1, reach: reach)
        let seenByAll =
          oneRow && column >= max(low, right &- reach) && column &+ 1 <= min(high, left &+ reach)
        if seenByAll { body(strip, false) } else { body(strip, true) }
        key &+= Self.width
      }
      row &+= 1
    }
  }
}
