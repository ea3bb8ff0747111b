// Two keys' values for thirty-two queries, and the five products of attention over a strip.
// Not here: what is packed where; see `StreamingAttention`.

/// Scores, probabilities or their gradients of one strip of keys and one block of queries, in registers.
struct ScoreTile {
  var first: QueryLanes
  var second: QueryLanes

  @inline(__always)
  init(_ first: QueryLanes, _ second: QueryLanes) {
    (self.first, self.second) = (first, second)
  }

  /// start + A B^T: thirty-two packed rows A (d, 32), two packed rows B (d, 2).
  @inline(__always)
  init(
    start: QueryLanes, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, width: Int
  ) {
    var (first, second) = (start, start)
    var (a, b) = (a, b)
    let end = b + (2 &* width)
    while b < end {
      let lanes = QueryLanes(a)
      first = first.adding(lanes, times: b[0])
      second = second.adding(lanes, times: b[1])
      a += 32
      b += 2
    }
    self.init(first, second)
  }

  @inline(__always)
  func exp2() -> ScoreTile { ScoreTile(first.exp2(), second.exp2()) }

  @inline(__always)
  static func * (a: ScoreTile, b: ScoreTile) -> ScoreTile {
    ScoreTile(a.first * b.first, a.second * b.second)
  }

  @inline(__always)
  func sum() -> QueryLanes { first + second }

  @inline(__always)
  func maximum() -> QueryLanes { first.maximum(second) }

  /// Scores with those hidden that `strip` does not show.
  @inline(__always)
  func hidden(by strip: KeyStrips.Strip, rows: QueryLanes, columns: QueryLanes) -> ScoreTile {
    ScoreTile(
      strip.hide(first, key: 0, rows: rows, columns: columns),
      strip.hide(second, key: 1, rows: rows, columns: columns))
  }

  /// target (d, 32) += this tile times B, two packed rows (d, 2).
  @inline(__always)
  func addProduct(
    with b: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, width: Int
  ) {
    var (b, target) = (b, target)
    let end = b + (2 &* width)
    while b < end {
      QueryLanes(target).adding(first, times: b[0]).adding(second, times: b[1]).store(target)
      b += 2
      target += 32
    }
  }

  /// target (d, 2, 16) += the products of this tile with A, thirty-two packed rows (d, 32), summed over
  /// queries but for sixteen lanes.
  @inline(__always)
  func addTransposedProduct(
    with a: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, width: Int
  ) {
    var (a, target) = (a, target)
    let end = a + (32 &* width)
    while a < end {
      let lanes = QueryLanes(a)
      lanes.accumulateProduct(first, into: target)
      lanes.accumulateProduct(second, into: target + 16)
      a += 32
      target += 32
    }
  }
}
