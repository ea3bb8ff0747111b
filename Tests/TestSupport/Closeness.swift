// Comparing arrays of numbers with a tolerance, and saying where they differ most.

import Tensors
import Testing

/// ||a - b|| / ||b|| in the Euclidean norm, in double precision; infinite where the lengths differ or
/// a value is not a number, and ||a - b|| itself where b is zero.
public func relativeError(_ a: [Float], _ b: [Float]) -> Double {
  relativeError(a.map(Double.init), b.map(Double.init))
}

/// See `relativeError(_:_:)` for float32.
public func relativeError(_ a: [Double], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .infinity }
  var difference = 0.0
  var reference = 0.0
  for (x, y) in zip(a, b) {
    difference += (x - y) * (x - y)
    reference += y * y
  }
  let error = reference > 0 ? (difference / reference).squareRoot() : difference.squareRoot()
  return error.isNaN ? .infinity : error
}

/// See `relativeError(_:_:)` for arrays; infinite where the shapes differ.
public func relativeError(_ a: Tensor, _ b: Tensor) -> Double {
  a.shape == b.shape ? relativeError(a.elements, b.elements) : .infinity
}

/// Expects `relativeError(actual, expected) <= tolerance`; a failure names the worst element.
public func expectClose(
  _ actual: Tensor, _ expected: Tensor, tolerance: Double, _ label: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.shape == expected.shape else {
    Issue.record(
      "\(label) has the shape \(actual.shape), expected \(expected.shape)",
      sourceLocation: sourceLocation)
    return
  }
  expectClose(
    actual.elements, expected.elements, tolerance: tolerance, "\(label) \(actual.shape)",
    sourceLocation: sourceLocation)
}

/// Expects `relativeError(actual, expected) <= tolerance`; a failure names the worst element.
public func expectClose(
  _ actual: [Float], _ expected: [Float], tolerance: Double, _ label: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  expectClose(
    actual.map(Double.init), expected.map(Double.init), tolerance: tolerance, label,
    sourceLocation: sourceLocation)
}

/// Expects `relativeError(actual, expected) <= tolerance`; a failure names the worst element.
public func expectClose(
  _ actual: [Double], _ expected: [Double], tolerance: Double, _ label: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.count == expected.count else {
    Issue.record(
      "\(label) has \(actual.count) elements, expected \(expected.count)",
      sourceLocation: sourceLocation)
    return
  }
  let error = relativeError(actual, expected)
  guard error > tolerance else { return }
  let distances = zip(actual, expected).map { x, y in
    let distance = abs(x - y)
    return distance.isNaN ? Double.infinity : distance
  }
  let worst = distances.indices.max { distances[$0] < distances[$1] } ?? 0
  Issue.record(
    """
    \(label): relative error \(error) exceeds \(tolerance); worst at element \(worst) of \
    \(actual.count): \(actual[worst]), expected \(expected[worst])
    """,
    sourceLocation: sourceLocation)
}
