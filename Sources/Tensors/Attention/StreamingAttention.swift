// Attention that stores no scores: lanes are queries, the keys walk by in strips of four.
//
// The matrices of one image and head are packed first: queries as (block, d, 16), so that a channel of
// sixteen queries is two vectors; keys and values as (strip, d, 4), so that a channel of four keys
// is one small run of broadcasts.  Queries carry the factor log2(e) / sqrt(d): scores are in units
// of log 2.  A score lives only in a register.
// Not here: the loops (`+Forward`, `+Backward`), and which keys a query visits (`KeyStrips`).

/// The packing of one head, and the scratch memory of a call.
struct StreamingAttention {
  static let log2e: Float = 1.44269504088896341
  static let lanes = QueryLanes.count
  static let stripWidth = KeyStrips.width

  let tokens: Int
  let width: Int
  let channels: Int
  /// log2(e) / sqrt(d).
  let queryFactor: Float
  let strips: KeyStrips

  init(_ shape: AttentionShape, _ window: AttentionWindow) {
    tokens = shape.tokens
    width = shape.headWidth
    channels = shape.channels
    queryFactor = shape.scale * Self.log2e
    strips = KeyStrips(shape, window)
  }

  /// Blocks of sixteen queries; the last one may be partly empty.
  var blocks: Int { (tokens + Self.lanes - 1) / Self.lanes }
  /// The queries of a block.
  @inline(__always)
  func queries(_ block: Int) -> Range<Int> {
    block &* Self.lanes..<min((block &+ 1) &* Self.lanes, tokens)
  }
  /// Floats of a packed query matrix, one block of it, a packed key matrix, one strip of it, and of
  /// one value per query.
  var queryMatrix: Int { blocks * Self.lanes * width }
  var queryBlock: Int { Self.lanes * width }
  var keyMatrix: Int { strips.count * Self.stripWidth * width }
  var keyStrip: Int { Self.stripWidth * width }
  var queryVector: Int { blocks * Self.lanes }

  /// Cuts scratch memory into zeroed pieces that start at a cache line.
  struct Arena {
    private let storage: Storage
    private var used = 0

    init(_ counts: Int...) {
      storage = Storage(count: counts.reduce(0) { $0 + Self.padded($1) })
      storage.pointer.initialize(repeating: 0, count: storage.count)
    }

    mutating func take(_ count: Int) -> UnsafeMutablePointer<Float> {
      defer { used += Self.padded(count) }
      precondition(used + Self.padded(count) <= storage.count, "scratch memory is too small")
      return storage.pointer + used
    }

    private static func padded(_ count: Int) -> Int { (count + 15) & ~15 }
  }

  /// Where the first channel of a token lies in a packed query matrix.
  @inline(__always)
  func queryOffset(_ token: Int) -> Int {
    let (block, lane) = (token >> 4, token & 15)
    return block &* queryBlock &+ lane
  }

  /// Where the first channel of a token lies in a packed key matrix.
  @inline(__always)
  func keyOffset(_ token: Int) -> Int {
    let (strip, lane) = (token >> 2, token & 3)
    return strip &* keyStrip &+ lane
  }

  /// Packs rows of `stride` floats as (block, d, 16), multiplied by `factor`.
  @inline(__always)
  func packQueries(
    _ target: UnsafeMutablePointer<Float>, _ rows: UnsafePointer<Float>, stride: Int, factor: Float
  ) {
    for token in 0..<tokens {
      let row = rows + (token &* stride)
      let lane = target + queryOffset(token)
      for c in 0..<width { lane[c &* Self.lanes] = row[c] * factor }
    }
  }

  /// The inverse of `packQueries`.
  @inline(__always)
  func unpackQueries(
    _ packed: UnsafePointer<Float>, _ rows: UnsafeMutablePointer<Float>, stride: Int, factor: Float
  ) {
    for token in 0..<tokens {
      let row = rows + (token &* stride)
      let lane = packed + queryOffset(token)
      for c in 0..<width { row[c] = lane[c &* Self.lanes] * factor }
    }
  }

  /// Packs rows of `stride` floats as (strip, d, 4).
  @inline(__always)
  func packKeys(
    _ target: UnsafeMutablePointer<Float>, _ rows: UnsafePointer<Float>, stride: Int
  ) {
    for token in 0..<tokens {
      let row = rows + (token &* stride)
      let lane = target + keyOffset(token)
      for c in 0..<width { lane[c &* Self.stripWidth] = row[c] }
    }
  }

  /// The rows and columns of every query, for masks: two arrays of (block, 16).
  func packPositions(
    rows: UnsafeMutablePointer<Float>, columns: UnsafeMutablePointer<Float>
  ) {
    for token in 0..<tokens {
      rows[token] = Float(token / strips.rowWidth)
      columns[token] = Float(token % strips.rowWidth)
    }
  }
}

/// Four keys' values for sixteen queries: scores, probabilities or their gradients.
struct ScoreTile {
  var k0: QueryLanes
  var k1: QueryLanes
  var k2: QueryLanes
  var k3: QueryLanes

  @inline(__always)
  init(_ k0: QueryLanes, _ k1: QueryLanes, _ k2: QueryLanes, _ k3: QueryLanes) {
    (self.k0, self.k1, self.k2, self.k3) = (k0, k1, k2, k3)
  }

  /// start + A B^T: sixteen packed rows A (d, 16), four packed rows B (d, 4).
  @inline(__always)
  init(
    start: QueryLanes, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, width: Int
  ) {
    var (s0, s1, s2, s3) = (start, start, start, start)
    var (a, b) = (a, b)
    let end = b + (4 &* width)
    while b < end {
      let lanes = QueryLanes(a)
      s0 = s0.adding(lanes, times: b[0])
      s1 = s1.adding(lanes, times: b[1])
      s2 = s2.adding(lanes, times: b[2])
      s3 = s3.adding(lanes, times: b[3])
      a += 16
      b += 4
    }
    self.init(s0, s1, s2, s3)
  }

  @inline(__always)
  func exp2() -> ScoreTile { ScoreTile(k0.exp2(), k1.exp2(), k2.exp2(), k3.exp2()) }

  @inline(__always)
  static func * (a: ScoreTile, b: ScoreTile) -> ScoreTile {
    ScoreTile(a.k0 * b.k0, a.k1 * b.k1, a.k2 * b.k2, a.k3 * b.k3)
  }

  @inline(__always)
  func sum() -> QueryLanes { (k0 + k1) + (k2 + k3) }

  @inline(__always)
  func maximum() -> QueryLanes { k0.maximum(k1).maximum(k2.maximum(k3)) }

  /// Scores with those hidden that `strip` does not show.
  @inline(__always)
  func hidden(by strip: KeyStrips.Strip, rows: QueryLanes, columns: QueryLanes) -> ScoreTile {
    ScoreTile(
      strip.hide(k0, key: 0, rows: rows, columns: columns),
      strip.hide(k1, key: 1, rows: rows, columns: columns),
      strip.hide(k2, key: 2, rows: rows, columns: columns),
      strip.hide(k3, key: 3, rows: rows, columns: columns))
  }

  /// target (d, 16) += this tile times B, four packed rows (d, 4).
  @inline(__always)
  func addProduct(
    with b: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, width: Int
  ) {
    var (b, target) = (b, target)
    let end = b + (4 &* width)
    while b < end {
      QueryLanes(target)
        .adding(k0, times: b[0]).adding(k1, times: b[1])
        .adding(k2, times: b[2]).adding(k3, times: b[3])
        .store(target)
      b += 4
      target += 16
    }
  }

  /// target (d, 4, 8) += the products of this tile with A, sixteen packed rows (d, 16), summed over
  /// queries but for the eight lanes.
  @inline(__always)
  func addTransposedProduct(
    with a: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, width: Int
  ) {
    var (a, target) = (a, target)
    let end = a + (16 &* width)
    while a < end {
      let lanes = QueryLanes(a)
      lanes.accumulateProduct(k0, into: target)
      lanes.accumulateProduct(k1, into: target + 8)
      lanes.accumulateProduct(k2, into: target + 16)
      lanes.accumulateProduct(k3, into: target + 24)
      a += 16
      target += 32
    }
  }
}
