// A few strips of keys' values for thirty-two queries, and the five products of attention over them.
//
// A tile's values are made by the same operations in the same order whatever other strips are in it, so
// tiles are as large as is fast: in a larger one more chains of operations do not wait for each other.
// Measured with AVX-512 in ms an image of four heads, forward / backward, with tiles of one strip and of two:
// N = 1024, d = 6: 1.01 / 1.89 and 0.88 / 1.57; N = 256, d = 24: 0.22 / 0.52 and 0.17 / 0.42.  Four strips
// are faster forward (0.82, 0.16) and slower backward (1.60, 0.43).
// Not here: what is packed where; see `StreamingAttention`.

/// Scores, probabilities or their gradients of some strips of keys and one block of queries, in registers.
protocol ScoreTile {
  /// Strips of two keys.
  static var strips: Int { get }
  /// The same values for all keys.
  init(_ start: QueryLanes)
  /// self += a channel of thirty-two rows times that of the keys, whose next strip is `strip` floats further.
  mutating func add(_ lanes: QueryLanes, times keys: UnsafePointer<Float>, strip: Int)
  /// sum + self times a channel of the keys, key after key.
  func adding(to sum: QueryLanes, times keys: UnsafePointer<Float>, strip: Int) -> QueryLanes
  /// sum + self, strip after strip.
  func adding(to sum: QueryLanes) -> QueryLanes
  /// target (strip, 2, 16) += self times a channel of thirty-two rows, summed but for sixteen lanes.
  func accumulate(_ lanes: QueryLanes, into target: UnsafeMutablePointer<Float>, strip: Int)
  func maximum(_ other: QueryLanes) -> QueryLanes
  func exp2() -> Self
  static func * (a: Self, b: Self) -> Self
  /// Scores with those hidden that `first` and the strips after it do not show.
  func hidden(by first: KeyStrips.Strip, rows: QueryLanes, columns: QueryLanes) -> Self
}

extension ScoreTile {
  /// start + A B^T: thirty-two packed rows A (d, 32), packed keys B (strip, d, 2).
  @inline(__always)
  init(start: QueryLanes, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, width: Int) {
    self.init(start)
    var (a, b) = (a, b)
    let strip = 2 &* width
    let end = b + strip
    while b < end {
      add(QueryLanes(a), times: b, strip: strip)
      a += 32
      b += 2
    }
  }

  /// target (d, 32) += this tile times B, packed keys (strip, d, 2).
  @inline(__always)
  func addProduct(
    with b: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, width: Int
  ) {
    var (b, target) = (b, target)
    let strip = 2 &* width
    let end = b + strip
    while b < end {
      adding(to: QueryLanes(target), times: b, strip: strip).store(target)
      b += 2
      target += 32
    }
  }

  /// target (strip, d, 2, 16) += the products of this tile with A, thirty-two packed rows (d, 32), summed
  /// over queries but for sixteen lanes.
  @inline(__always)
  func addTransposedProduct(
    with a: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, width: Int
  ) {
    var (a, target) = (a, target)
    let strip = 32 &* width
    let end = a + strip
    while a < end {
      accumulate(QueryLanes(a), into: target, strip: strip)
      a += 32
      target += 32
    }
  }
}

/// One strip.
struct StripTile: ScoreTile {
  var first: QueryLanes
  var second: QueryLanes

  @inline(__always)
  init(_ first: QueryLanes, _ second: QueryLanes) {
    (self.first, self.second) = (first, second)
  }

  @inline(__always) static var strips: Int { 1 }

  @inline(__always)
  init(_ start: QueryLanes) { self.init(start, start) }

  @inline(__always)
  mutating func add(_ lanes: QueryLanes, times keys: UnsafePointer<Float>, strip: Int) {
    first = first.adding(lanes, times: keys[0])
    second = second.adding(lanes, times: keys[1])
  }

  @inline(__always)
  func adding(to sum: QueryLanes, times keys: UnsafePointer<Float>, strip: Int) -> QueryLanes {
    sum.adding(first, times: keys[0]).adding(second, times: keys[1])
  }

  @inline(__always)
  func adding(to sum: QueryLanes) -> QueryLanes { sum + (first + second) }

  @inline(__always)
  func accumulate(_ lanes: QueryLanes, into target: UnsafeMutablePointer<Float>, strip: Int) {
    lanes.accumulateProduct(first, into: target)
    lanes.accumulateProduct(second, into: target + 16)
  }

  @inline(__always)
  func maximum(_ other: QueryLanes) -> QueryLanes { other.maximum(first.maximum(second)) }

  @inline(__always)
  func exp2() -> StripTile { StripTile(first.exp2(), second.exp2()) }

  @inline(__always)
  static func * (a: StripTile, b: StripTile) -> StripTile {
    StripTile(a.first * b.first, a.second * b.second)
  }

  @inline(__always)
  func hidden(by strip: KeyStrips.Strip, rows: QueryLanes, columns: QueryLanes) -> StripTile {
    StripTile(
      strip.hide(first, key: 0, rows: rows, columns: columns),
      strip.hide(second, key: 1, rows: rows, columns: columns))
  }
}

/// The strips of one tile, and then those of another.
struct TilePair<Half: ScoreTile>: ScoreTile {
  var left: Half
  var right: Half

  @inline(__always)
  init(_ left: Half, _ right: Half) {
    (self.left, self.right) = (left, right)
  }

  @inline(__always) static var strips: Int { 2 &* Half.strips }

  @inline(__always)
  init(_ start: QueryLanes) { self.init(Half(start), Half(start)) }

  @inline(__always)
  mutating func add(_ lanes: QueryLanes, times keys: UnsafePointer<Float>, strip: Int) {
    left.add(lanes, times: keys, strip: strip)
    right.add(lanes, times: keys + Half.strips &* strip, strip: strip)
  }

  @inline(__always)
  func adding(to sum: QueryLanes, times keys: UnsafePointer<Float>, strip: Int) -> QueryLanes {
    let sum = left.adding(to: sum, times: keys, strip: strip)
    return right.adding(to: sum, times: keys + Half.strips &* strip, strip: strip)
  }

  @inline(__always)
  func adding(to sum: QueryLanes) -> QueryLanes { right.adding(to: left.adding(to: sum)) }

  @inline(__always)
  func accumulate(_ lanes: QueryLanes, into target: UnsafeMutablePointer<Float>, strip: Int) {
    left.accumulate(lanes, into: target, strip: strip)
    right.accumulate(lanes, into: target + Half.strips &* strip, strip: strip)
  }

  @inline(__always)
  func maximum(_ other: QueryLanes) -> QueryLanes { right.maximum(left.maximum(other)) }

  @inline(__always)
  func exp2() -> TilePair { TilePair(left.exp2(), right.exp2()) }

  @inline(__always)
  static func * (a: TilePair, b: TilePair) -> TilePair {
    TilePair(a.left * b.left, a.right * b.right)
  }

  @inline(__always)
  func hidden(by first: KeyStrips.Strip, rows: QueryLanes, columns: QueryLanes) -> TilePair {
    TilePair(
      left.hidden(by: first, rows: rows, columns: columns),
      right.hidden(by: first.next(Half.strips), rows: rows, columns: columns))
  }
}
