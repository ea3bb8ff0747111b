// Attention that stores no scores: lanes are queries, the keys walk by in strips of two.
//
// The matrices of one image and head are packed first: queries as (block, d, 32), so that a channel of
// thirty-two queries is two vectors; keys and values as (strip, d, 2), so that a channel of two keys
// is two neighbouring broadcasts.  Queries carry the factor log2(e) / sqrt(d): scores are in units
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

  /// Blocks of thirty-two queries; the last one may be partly empty.
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
    let (block, lane) = (token / Self.lanes, token % Self.lanes)
    return block &* queryBlock &+ lane
  }

  /// Where the first channel of a token lies in a packed key matrix.
  @inline(__always)
  func keyOffset(_ token: Int) -> Int {
    let (strip, lane) = (token / Self.stripWidth, token % Self.stripWidth)
    return strip &* keyStrip &+ lane
  }

  /// Packs rows of `stride` floats as (block, d, 32), multiplied by `factor`.
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

  /// Packs rows of `stride` floats as (strip, d, 2).
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

  /// The rows and columns of every query, for masks: two arrays of (block, 32).
  func packPositions(
    rows: UnsafeMutablePointer<Float>, columns: UnsafeMutablePointer<Float>
  ) {
    for token in 0..<tokens {
      rows[token] = Float(token / strips.rowWidth)
      columns[token] = Float(token % strips.rowWidth)
    }
  }
}

/// What the scores of a block of queries are made of.
struct BlockScores {
  /// What a score is added to.
  let start: QueryLanes
  let q: UnsafePointer<Float>  // (d, 32)
  let k: UnsafePointer<Float>  // (strip, d, 2)
  let width: Int
  let rows: QueryLanes
  let columns: QueryLanes

  /// Where a strip's keys and values lie in a packed key matrix.
  @inline(__always)
  func offset(_ strip: KeyStrips.Strip) -> Int { strip.index &* KeyStrips.width &* width }

  /// The scores of the strips of a tile.
  @inline(__always)
  func tile<Tile: ScoreTile>(_ first: KeyStrips.Strip, masked: Bool) -> Tile {
    let scores = Tile(start: start, q, k + offset(first), width: width)
    return masked ? scores.hidden(by: first, rows: rows, columns: columns) : scores
  }
}
