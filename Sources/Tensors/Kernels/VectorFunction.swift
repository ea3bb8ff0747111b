// Functions of vectors as types, for those that are too large to be closures.
//
// A closure of more than a few instructions is called once for every vector, with its vectors split
// for the call and its constants loaded anew; a method of a known type that is always inlined is not.
// Not here: loops with small closures (`mapVectors`).

/// A function of sixteen elements at one place of some buffers, which it holds.
protocol VectorFunction {
  /// The function's sixteen values; `load` gives the elements of a buffer at the place.
  ///
  /// Implementations are `@inline(__always)`.
  func values(_ load: (UnsafePointer<Float>) -> Vector16) -> Vector16
}

extension VectorFunction {
  /// Fills `out` with the function's values; the last ones go through the same operations as all others.
  @inline(__always)
  func fill(_ out: MutableMemory) {
    var i = 0
    while i &+ 16 <= out.count {
      store16(values { load16($0, i) }, out.baseAddress, i)
      i &+= 16
    }
    if i < out.count {
      let rest = out.count &- i
      storeTail(values { loadTail($0, i, count: rest) }, out.baseAddress, i, count: rest)
    }
  }
}
