// Which keys a block of queries visits, in strips of four, and what hides a key from one of its queries.
//
// All three windows are one: the tokens are rows of `width` columns (a single row of N without a
// window or along the sequence), and a query sees the keys whose row and column differ from its own by
// at most `reach`.  A strip that no query of the block sees is not visited; one that all of them see
// needs no mask.

import CSIMD

/// The keys of an image as rows of strips.
struct KeyStrips {
  /// Keys in a strip; strip s holds keys 4 s ..< 4 s + 4 wherever rows begin.
  static let width = 4
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

  /// Four keys as a part of one row: columns `column` ..< `column + 4`, of which `columns` count.
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
      return QueryLanes(
        Self.hide(score.low, limit, lanes.low - Float(column &+ key), rows.low - Float(row)),
        Self.hide(score.high, limit, lanes.high - Float(column &+ key), rows.high - Float(row)))
    }

    @inline(__always)
    private static func hide(
      _ score: Float8, _ limit: Float, _ dx: Float8, _ dy: Float8
    ) -> Float8 {
      let distance = csimd_max(csimd_abs(dx), csimd_abs(dy))
      let excess = csimd_fma(
        distance, Float8(repeating: KeyStrips.unseen), Float8(repeating: limit))
      return score + csimd_min(excess, Float8(repeating: 0))
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
    let keys = strips.lowerBound &* 4..<min(strips.upperBound &* 4, tokens)
    let lowRow = max(firstRow &- reach, keys.lowerBound / rowWidth)
    let highRow = min(lastRow &+ reach, (keys.upperBound &- 1) / rowWidth)
    var row = lowRow
    while row <= highRow {
      let start = row &* rowWidth
      let low = max(left &- reach, 0, keys.lowerBound &- start)
      let high = min(right &+ reach, rowWidth &- 1, keys.upperBound &- 1 &- start)
      var key = (start &+ low) & ~3
      while low <= high && key <= start &+ high {
        let column = key &- start
        let strip = Strip(
          index: key >> 2, row: row, column: column, columns: low..<high &+ 1, reach: reach)
        let seenByAll =
          oneRow && column >= max(low, right &- reach) && column &+ 3 <= min(high, left &+ reach)
        if seenByAll { body(strip, false) } else { body(strip, true) }
        key &+= 4
      }
      row &+= 1
    }
  }
}
