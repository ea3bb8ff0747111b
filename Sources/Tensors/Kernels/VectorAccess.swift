// Walking memory sixteen floats at a time.
//
// A loop's last elements, fewer than sixteen, go through the same vector function as the others, so an
// element's bits do not depend on where in a buffer it lies.
// Not here: arithmetic.

import CSIMD

/// The sixteen floats at `pointer + index`.
@inlinable @inline(__always)
public func load16(_ pointer: UnsafePointer<Float>, _ index: Int) -> Vector16 {
  UnsafeRawPointer(pointer + index).loadUnaligned(as: Vector16.self)
}

/// The sixteen floats at `pointer + index`.
@inlinable @inline(__always)
public func load16(_ pointer: UnsafeMutablePointer<Float>, _ index: Int) -> Vector16 {
  UnsafeRawPointer(pointer + index).loadUnaligned(as: Vector16.self)
}

/// Stores sixteen floats at `pointer + index`.
@inlinable @inline(__always)
public func store16(_ value: Vector16, _ pointer: UnsafeMutablePointer<Float>, _ index: Int) {
  UnsafeMutableRawPointer(pointer + index).storeBytes(of: value, as: Vector16.self)
}

/// The `count` < 16 floats at `pointer + index`, and 0 in the other lanes.
@inlinable @inline(__always)
public func loadTail(_ pointer: UnsafePointer<Float>, _ index: Int, count: Int) -> Vector16 {
  csimd_load_first(pointer + index, UInt32(truncatingIfNeeded: count))
}

/// Stores the first `count` < 16 lanes.
@inlinable @inline(__always)
public func storeTail(
  _ value: Vector16, _ pointer: UnsafeMutablePointer<Float>, _ index: Int, count: Int
) {
  csimd_store_first(pointer + index, UInt32(truncatingIfNeeded: count), value)
}

/// out[i] = body(a[i]) for `count` elements.
@inlinable @inline(__always)
public func mapVectors(
  _ a: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>, count: Int,
  _ body: (Vector16) -> Vector16
) {
  var i = 0
  while i &+ 16 <= count {
    store16(body(load16(a, i)), out, i)
    i &+= 16
  }
  if i < count { storeTail(body(loadTail(a, i, count: count &- i)), out, i, count: count &- i) }
}

/// out[i] = body(a[i], b[i]) for `count` elements.
@inlinable @inline(__always)
public func mapVectors(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>,
  count: Int, _ body: (Vector16, Vector16) -> Vector16
) {
  var i = 0
  while i &+ 16 <= count {
    store16(body(load16(a, i), load16(b, i)), out, i)
    i &+= 16
  }
  if i < count {
    let rest = count &- i
    storeTail(
      body(loadTail(a, i, count: rest), loadTail(b, i, count: rest)), out, i, count: rest)
  }
}

/// out[i] = body(a[i], b[i], c[i]) for `count` elements.
@inlinable @inline(__always)
public func mapVectors(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafePointer<Float>,
  into out: UnsafeMutablePointer<Float>, count: Int,
  _ body: (Vector16, Vector16, Vector16) -> Vector16
) {
  var i = 0
  while i &+ 16 <= count {
    store16(body(load16(a, i), load16(b, i), load16(c, i)), out, i)
    i &+= 16
  }
  if i < count {
    let rest = count &- i
    let value = body(
      loadTail(a, i, count: rest), loadTail(b, i, count: rest), loadTail(c, i, count: rest))
    storeTail(value, out, i, count: rest)
  }
}

/// The sum of body(i, vector of a at i) over `count` elements; lanes past the end are 0 after `body`.
@inlinable @inline(__always)
public func sumVectors(
  count: Int, _ body: (_ index: Int, _ load: (UnsafePointer<Float>) -> Vector16) -> Vector16
) -> Vector16 {
  var sum = Vector16(repeating: 0)
  var i = 0
  while i &+ 16 <= count {
    sum += body(i) { load16($0, i) }
    i &+= 16
  }
  if i < count {
    let rest = count &- i
    var tail = body(i) { loadTail($0, i, count: rest) }
    for lane in rest..<16 { tail[lane] = 0 }
    sum += tail
  }
  return sum
}
