// Walking memory eight floats at a time.
//
// A loop's last elements, fewer than eight, go through the same vector function as the others, so an
// element's bits do not depend on where in a buffer it lies.
// Not here: arithmetic.

/// The eight floats at `pointer + index`.
@inlinable @inline(__always)
public func load8(_ pointer: UnsafePointer<Float>, _ index: Int) -> Float8 {
  UnsafeRawPointer(pointer + index).loadUnaligned(as: Float8.self)
}

/// The eight floats at `pointer + index`.
@inlinable @inline(__always)
public func load8(_ pointer: UnsafeMutablePointer<Float>, _ index: Int) -> Float8 {
  UnsafeRawPointer(pointer + index).loadUnaligned(as: Float8.self)
}

/// Stores eight floats at `pointer + index`.
@inlinable @inline(__always)
public func store8(_ value: Float8, _ pointer: UnsafeMutablePointer<Float>, _ index: Int) {
  UnsafeMutableRawPointer(pointer + index).storeBytes(of: value, as: Float8.self)
}

/// The `count` < 8 floats at `pointer + index`, and `fill` in the other lanes.
@inlinable @inline(__always)
public func loadTail(
  _ pointer: UnsafePointer<Float>, _ index: Int, count: Int, fill: Float = 0
) -> Float8 {
  var value = Float8(repeating: fill)
  for lane in 0..<count { value[lane] = pointer[index &+ lane] }
  return value
}

/// Stores the first `count` < 8 lanes.
@inlinable @inline(__always)
public func storeTail(
  _ value: Float8, _ pointer: UnsafeMutablePointer<Float>, _ index: Int, count: Int
) {
  for lane in 0..<count { pointer[index &+ lane] = value[lane] }
}

/// out[i] = body(a[i]) for `count` elements.
@inlinable @inline(__always)
public func mapVectors(
  _ a: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>, count: Int,
  _ body: (Float8) -> Float8
) {
  var i = 0
  while i &+ 8 <= count {
    store8(body(load8(a, i)), out, i)
    i &+= 8
  }
  if i < count { storeTail(body(loadTail(a, i, count: count &- i)), out, i, count: count &- i) }
}

/// out[i] = body(a[i], b[i]) for `count` elements.
@inlinable @inline(__always)
public func mapVectors(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>,
  count: Int, _ body: (Float8, Float8) -> Float8
) {
  var i = 0
  while i &+ 8 <= count {
    store8(body(load8(a, i), load8(b, i)), out, i)
    i &+= 8
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
  into out: UnsafeMutablePointer<Float>, count: Int, _ body: (Float8, Float8, Float8) -> Float8
) {
  var i = 0
  while i &+ 8 <= count {
    store8(body(load8(a, i), load8(b, i), load8(c, i)), out, i)
    i &+= 8
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
  count: Int, _ body: (_ index: Int, _ load: (UnsafePointer<Float>) -> Float8) -> Float8
) -> Float8 {
  var sum = Float8(repeating: 0)
  var i = 0
  while i &+ 8 <= count {
    sum += body(i) { load8($0, i) }
    i &+= 8
  }
  if i < count {
    let rest = count &- i
    var tail = body(i) { loadTail($0, i, count: rest) }
    for lane in rest..<8 { tail[lane] = 0 }
    sum += tail
  }
  return sum
}
