// A dense float32 array: the value type of everything numerical in this package.
// Not here: arithmetic (see `Kernels/`) and gradients (see the target Autodiff).

/// A contiguous, row-major array of float32 values.
///
/// A tensor is a value: once made, its elements do not change, except through
/// `withUnsafeMutableBuffer`, which copies shared storage first.  Reshaping and slicing the outermost
/// dimension share storage.
public struct Tensor: Sendable {
  public let shape: Shape
  var storage: Storage
  var offset: Int

  init(shape: Shape, storage: Storage, offset: Int) {
    precondition(
      offset >= 0 && offset + shape.count <= storage.count,
      "\(shape) at \(offset) exceeds its storage of \(storage.count)")
    self.shape = shape
    self.storage = storage
    self.offset = offset
  }

  /// A tensor whose elements `initialize` writes, every one of them.
  public init(_ shape: Shape, initialize: (UnsafeMutableBufferPointer<Float>) -> Void) {
    self.init(shape: shape, storage: Storage(count: shape.count), offset: 0)
    initialize(UnsafeMutableBufferPointer(start: storage.pointer, count: shape.count))
  }

  /// A tensor with the given elements in row-major order; `elements.count` is `shape.count`.
  public init(_ shape: Shape, _ elements: [Float]) {
    precondition(
      elements.count == shape.count, "\(elements.count) elements for the shape \(shape)")
    self.init(shape) { _ = $0.initialize(from: elements) }
  }

  /// A scalar, of shape ().
  public init(_ value: Float) { self.init([], [value]) }

  /// A tensor of one value.
  public init(repeating value: Float, _ shape: Shape) {
    self.init(shape) { $0.initialize(repeating: value) }
  }

  public static func zeros(_ shape: Shape) -> Tensor { Tensor(repeating: 0, shape) }

  public var count: Int { shape.count }

  /// The elements in row-major order, copied.
  public var elements: [Float] { withUnsafeBuffer { Array($0) } }

  /// The only element; the tensor has exactly one.
  public var scalar: Float {
    precondition(count == 1, "a tensor of shape \(shape) is not a scalar")
    return storage.pointer[offset]
  }

  public func withUnsafeBuffer<Result>(
    _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    try withExtendedLifetime(storage) {
      try body(UnsafeBufferPointer(start: storage.pointer + offset, count: count))
    }
  }

  /// Whether no other tensor shares this one's storage.
  public mutating func isUniquelyReferenced() -> Bool { isKnownUniquelyReferenced(&storage) }

  /// Writes elements in place; storage that another tensor shares is copied first.
  public mutating func withUnsafeMutableBuffer<Result>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    if !isKnownUniquelyReferenced(&storage) {
      let copy = Tensor(shape) { target in withUnsafeBuffer { _ = target.initialize(from: $0) } }
      self = copy
    }
    return try body(UnsafeMutableBufferPointer(start: storage.pointer + offset, count: count))
  }

  /// The same elements in another shape of the same count; shares storage.
  public func reshaped(_ shape: Shape) -> Tensor {
    precondition(shape.count == count, "\(self.shape) cannot be seen as \(shape)")
    return Tensor(shape: shape, storage: storage, offset: offset)
  }

  /// Rows `range` of the outermost dimension; shares storage.
  public func slice(_ range: Range<Int>) -> Tensor {
    precondition(
      shape.rank > 0 && range.lowerBound >= 0 && range.upperBound <= shape[0],
      "rows \(range) of \(shape)")
    let inner = shape.extents.dropFirst().reduce(1, *)
    return Tensor(
      shape: Shape([range.count] + shape.extents.dropFirst()), storage: storage,
      offset: offset + range.lowerBound * inner)
  }
}
