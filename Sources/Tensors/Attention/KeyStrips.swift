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
  /// Whether the values of two strips, eight vectors of sixteen floats, leave registers for all else: of
  /// thirty-two as wide as a vector (AVX-512), not of sixteen half as wide (AVX2: 5 to 13 % slower).
  private static var pairsFitRegisters: Bool { CSIMD_WIDE_LANES == 16 }
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

    /// The strip that is `count` strips further in the same row.
    @inline(__always)
    func next(_ count: Int) -> Strip {
      Strip(
        index: index &+ count, row: row, column: column &+ count &* KeyStrips.width,
        columns: columns, reach: reach)
    }

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

  /// Shows each strip within `strips` that one of the queries sees to the visitor, in order.
  @inline(__always)
  func forEach<Visitor: StripVisitor>(
    queries: Range<Int>, within strips: Range<Int>, _ visitor: inout Visitor
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
      let seenByAll = (
        low: max(low, right &- reach), high: oneRow ? min(high, left &+ reach) : -1
      )
      while low <= high && key <= start &+ high {
        let strip = Strip(
          index: key >> 1, row: row, column: key &- start, columns: low..<high &+ 1, reach: reach)
        if Self.pairsFitRegisters && key &+ Self.width <= start &+ high {
          Self.show(strip, TilePair<StripTile>.self, seenByAll, to: &visitor)
          key &+= TilePair<StripTile>.strips &* Self.width
        } else {
          Self.show(strip, StripTile.self, seenByAll, to: &visitor)
          key &+= Self.width
        }
      }
      row &+= 1
    }
  }

  @inline(__always)
  private static func show<Visitor: StripVisitor, Tile: ScoreTile>(
    _ first: Strip, _ tile: Tile.Type, _ seenByAll: (low: Int, high: Int), to visitor: inout Visitor
  ) {
    let last = first.column &+ Tile.strips &* width &- 1
    if first.column >= seenByAll.low && last <= seenByAll.high {
      visitor.visit(first, masked: false, tile)
    } else {
      visitor.visit(first, masked: true, tile)
    }
  }
}

/// What is done with the strips that a block of queries sees.
protocol StripVisitor {
  /// Takes the strips of a tile, `first` and those after it in its row; where `masked`, not every query
  /// sees every key.
  ///
  /// Implementations are `@inline(__always)`: it is the innermost loop.
  mutating func visit<Tile: ScoreTile>(_ first: KeyStrips.Strip, masked: Bool, _: Tile.Type)
}
