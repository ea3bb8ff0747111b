// The accumulators of a tile of C, as types: a row of one or two vectors, and rows stacked on rows.
//
// The extents of a tile are in its type, so nothing here is a loop: each operation is one straight line
// of vector instructions on values that all live in registers, however large the tile.  (Arrays and
// loops do the same only as long as the compiler chooses to unroll them.)
// Not here: k, and where tiles lie.

import CSIMD

/// Sums of products, for some rows and one or two vectors of columns of C.
protocol TileSums {
  /// A row of op(B), as wide as the tile.
  associatedtype Columns
  static var rows: Int { get }
  static var vectors: Int { get }
  static var zero: Self { get }
  static func load(_ b: UnsafePointer<Float>) -> Columns
  /// sum = fma(a, b, sum), with `a` the tile's elements of op(A), one a row.
  mutating func add(_ a: UnsafePointer<Float>, _ b: Columns)
  /// Begins to bring the tile of C into the cache.
  static func prefetch(_ c: UnsafePointer<Float>, _ ldc: Int)
  /// Hands every vector of sums to `writer`, with its place in C.
  func write<Writer: TileWriter>(to c: UnsafeMutablePointer<Float>, _ ldc: Int, _ writer: Writer)
}

/// What is done with finished sums.
protocol TileWriter {
  /// Writes the sums of the vector at `c`, the `vector`-th in its row.
  func write(_ sum: csimd_wide, to c: UnsafeMutablePointer<Float>, vector: Int)
}

/// A row of one vector.
struct Row1: TileSums {
  var sum: csimd_wide

  @inline(__always) static var rows: Int { 1 }
  @inline(__always) static var vectors: Int { 1 }
  @inline(__always) static var zero: Self { Row1(sum: .zero) }

  @inline(__always)
  static func load(_ b: UnsafePointer<Float>) -> csimd_wide { csimd_wide_load(b) }

  @inline(__always)
  mutating func add(_ a: UnsafePointer<Float>, _ b: csimd_wide) {
    sum = csimd_wide_fma(csimd_wide_broadcast(a.pointee), b, sum)
  }

  @inline(__always)
  static func prefetch(_ c: UnsafePointer<Float>, _ ldc: Int) { csimd_prefetch_to_write(c) }

  @inline(__always)
  func write<Writer: TileWriter>(to c: UnsafeMutablePointer<Float>, _ ldc: Int, _ writer: Writer) {
    writer.write(sum, to: c, vector: 0)
  }
}

/// A row of two vectors.
struct Row2: TileSums {
  var (left, right): (csimd_wide, csimd_wide)

  @inline(__always) static var rows: Int { 1 }
  @inline(__always) static var vectors: Int { 2 }
  @inline(__always) static var zero: Self { Row2(left: .zero, right: .zero) }

  @inline(__always)
  static func load(_ b: UnsafePointer<Float>) -> (csimd_wide, csimd_wide) {
    (csimd_wide_load(b), csimd_wide_load(b + lanes))
  }

  @inline(__always)
  mutating func add(_ a: UnsafePointer<Float>, _ b: (csimd_wide, csimd_wide)) {
    let a = csimd_wide_broadcast(a.pointee)
    left = csimd_wide_fma(a, b.0, left)
    right = csimd_wide_fma(a, b.1, right)
  }

  @inline(__always)
  static func prefetch(_ c: UnsafePointer<Float>, _ ldc: Int) {
    csimd_prefetch_to_write(c)
    csimd_prefetch_to_write(c + lanes)
  }

  @inline(__always)
  func write<Writer: TileWriter>(to c: UnsafeMutablePointer<Float>, _ ldc: Int, _ writer: Writer) {
    writer.write(left, to: c, vector: 0)
    writer.write(right, to: c + lanes, vector: 1)
  }
}

/// The rows of `Upper`, and below them those of `Lower`.
struct Stack<Upper: TileSums, Lower: TileSums>: TileSums where Upper.Columns == Lower.Columns {
  var upper: Upper
  var lower: Lower

  @inline(__always) static var rows: Int { Upper.rows &+ Lower.rows }
  @inline(__always) static var vectors: Int { Upper.vectors }
  @inline(__always) static var zero: Self { Stack(upper: .zero, lower: .zero) }

  @inline(__always)
  static func load(_ b: UnsafePointer<Float>) -> Upper.Columns { Upper.load(b) }

  @inline(__always)
  mutating func add(_ a: UnsafePointer<Float>, _ b: Upper.Columns) {
    upper.add(a, b)
    lower.add(a + Upper.rows, b)
  }

  @inline(__always)
  static func prefetch(_ c: UnsafePointer<Float>, _ ldc: Int) {
    Upper.prefetch(c, ldc)
    Lower.prefetch(c + Upper.rows &* ldc, ldc)
  }

  @inline(__always)
  func write<Writer: TileWriter>(to c: UnsafeMutablePointer<Float>, _ ldc: Int, _ writer: Writer) {
    upper.write(to: c, ldc, writer)
    lower.write(to: c + Upper.rows &* ldc, ldc, writer)
  }
}

typealias Rows2<Row: TileSums> = Stack<Row, Row>
typealias Rows3<Row: TileSums> = Stack<Rows2<Row>, Row>
typealias Rows4<Row: TileSums> = Stack<Rows2<Row>, Rows2<Row>>
typealias Rows5<Row: TileSums> = Stack<Rows4<Row>, Row>
typealias Rows6<Row: TileSums> = Stack<Rows4<Row>, Rows2<Row>>
typealias Rows7<Row: TileSums> = Stack<Rows4<Row>, Rows3<Row>>
typealias Rows8<Row: TileSums> = Stack<Rows4<Row>, Rows4<Row>>
typealias Rows9<Row: TileSums> = Stack<Rows8<Row>, Row>
typealias Rows10<Row: TileSums> = Stack<Rows8<Row>, Rows2<Row>>
typealias Rows11<Row: TileSums> = Stack<Rows8<Row>, Rows3<Row>>
typealias Rows12<Row: TileSums> = Stack<Rows8<Row>, Rows4<Row>>
typealias Rows13<Row: TileSums> = Stack<Rows8<Row>, Rows5<Row>>
typealias Rows14<Row: TileSums> = Stack<Rows8<Row>, Rows6<Row>>
