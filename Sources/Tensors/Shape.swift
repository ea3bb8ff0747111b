// The extents of a tensor.  Not here: strides; every tensor is contiguous and row-major.

/// The extents of a tensor, outermost first; empty for a scalar.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  public let extents: [Int]

  /// Every extent is at least 0.
  public init(_ extents: [Int]) {
    precondition(extents.allSatisfy { $0 >= 0 }, "a negative extent in \(extents)")
    self.extents = extents
  }

  public init(arrayLiteral extents: Int...) { self.init(extents) }

  /// The number of dimensions.
  public var rank: Int { extents.count }

  /// The number of elements: the product of the extents.
  public var count: Int { extents.reduce(1, *) }

  /// The extent of the innermost dimension, 1 for a scalar.
  public var innermost: Int { extents.last ?? 1 }

  /// The number of rows of length `innermost`.
  public var rows: Int { extents.dropLast().reduce(1, *) }

  public subscript(dimension: Int) -> Int { extents[dimension] }

  /// The same shape with another innermost extent.
  public func replacingInnermost(_ extent: Int) -> Shape { Shape(extents.dropLast() + [extent]) }

  public var description: String {
    "(" + extents.map(String.init).joined(separator: ", ") + ")"
  }
}
