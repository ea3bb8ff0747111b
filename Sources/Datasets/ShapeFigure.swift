// The ten figures as signed distances, eight pixels at a time.
// Not here: where a figure lies and its colours; see `ShapeScene`.

/// Eight neighbouring pixels of a row.
typealias Lanes = SIMD8<Float>

/// A figure of a given size around the origin.
///
/// A distance is in pixels, negative inside; near the outline it is exact, which is all that an
/// anti-aliased edge needs.
struct ShapeFigure {
  /// What is drawn; the order is the order of the labels.
  enum Kind: String, CaseIterable {
    case disc, ring, square, triangle, star, cross, heart, moon, stripes, checkerboard

    /// Whether the figure fills the whole picture.
    var isPattern: Bool { self == .stripes || self == .checkerboard }

    /// The tangent of half the largest rotation either way.
    var largestHalfTangent: Float {
      switch self {
      case .disc, .ring: 0
      case .square, .cross, .heart, .checkerboard: 0.15  // 17 degrees
      case .triangle, .star: 0.25  // 28 degrees
      case .moon: 0.35  // 39 degrees
      case .stripes: 1  // 90 degrees: every direction
      }
    }
  }

  let kind: Kind
  /// The radius in pixels; for a pattern the width of a stripe or a cell.
  let radius: Float
  private let outline: Polygon

  init(kind: Kind, radius: Float) {
    self.kind = kind
    self.radius = radius
    switch kind {
    case .triangle: outline = Polygon(Self.triangle, scale: radius - Self.rounding)
    case .star: outline = Polygon(Self.star, scale: radius - Self.rounding)
    default: outline = Polygon([], scale: 1)
    }
  }

  /// The radius of the corners of polygons, in pixels.
  private static let rounding: Float = 0.8

  /// An equilateral triangle about its centre.
  private static let triangle: [SIMD2<Float>] = [[0, -1], [0.86603, 0.5], [-0.86603, 0.5]]

  /// A five-pointed star: outer radius 1, inner radius 0.5, at multiples of 36 degrees from the top.
  private static let star: [SIMD2<Float>] = [
    [0, -1], [0.29389, -0.40451], [0.95106, -0.30902], [0.47553, 0.15451], [0.58779, 0.80902],
    [0, 0.5], [-0.58779, 0.80902], [-0.47553, 0.15451], [-0.95106, -0.30902], [-0.29389, -0.40451],
  ]

  /// The signed distances of eight points, y downwards.
  func distance(_ x: Lanes, _ y: Lanes) -> Lanes {
    switch kind {
    case .disc: return length(x, y) - radius
    case .ring: return absolute(length(x, y) - 0.74 * radius) - 0.26 * radius
    case .square:
      return box(x, y, 0.8 * radius - Self.rounding, 0.8 * radius - Self.rounding) - Self.rounding
    case .triangle, .star: return outline.distance(x, y) - Self.rounding
    case .cross:
      let (long, wide) = (0.95 * radius, 0.31 * radius)
      return minimum(box(x, y, long, wide), box(x, y, wide, long))
    case .heart: return heart(x, y)
    case .moon:
      let bite = length(x - 0.52 * radius, y) - 0.84 * radius
      return maximum(length(x, y) - radius, -bite)
    case .stripes: return band(x)
    case .checkerboard:
      let (a, b) = (band(x), band(y))
      return maximum(minimum(a, b), -maximum(a, b))
    }
  }

  /// A square on its corner with a disc on each of its upper edges.
  private func heart(_ x: Lanes, _ y: Lanes) -> Lanes {
    let half = 0.6 * radius
    let lowered = y - 0.15 * half
    let (u, v) = ((x + lowered) * 0.70711, (lowered - x) * 0.70711)
    let discs = minimum(length(u + half, v), length(u, v + half)) - half
    return minimum(box(u, v, half, half), discs)
  }

  /// Stripes along y, as wide as the gaps between them: the distance to the nearest edge.
  private func band(_ x: Lanes) -> Lanes {
    let phase = x / (2 * radius)
    let fraction = phase - phase.rounded(.down)
    return (absolute(fraction - 0.5) - 0.25) * (2 * radius)
  }

  /// The distance of an upright box of the given half extents.
  private func box(_ x: Lanes, _ y: Lanes, _ halfWidth: Float, _ halfHeight: Float) -> Lanes {
    let (dx, dy) = (absolute(x) - halfWidth, absolute(y) - halfHeight)
    return length(maximum(dx, .zero), maximum(dy, .zero)) + minimum(maximum(dx, dy), .zero)
  }
}

/// A closed polygon around the origin.
private struct Polygon {
  private struct Edge {
    let start: SIMD2<Float>
    let direction: SIMD2<Float>
    let inverseSquare: Float
  }
  private let edges: [Edge]

  init(_ corners: [SIMD2<Float>], scale: Float) {
    edges = corners.indices.map { index in
      let start = corners[index] * scale
      let direction = corners[(index + 1) % corners.count] * scale - start
      return Edge(
        start: start, direction: direction, inverseSquare: 1 / (direction * direction).sum())
    }
  }

  /// The distance to the nearest edge, negative where a ray to the right crosses the outline an odd number
  /// of times.
  func distance(_ x: Lanes, _ y: Lanes) -> Lanes {
    var nearest = Lanes(repeating: .greatestFiniteMagnitude)
    var sign = Lanes(repeating: 1)
    for edge in edges {
      let (px, py) = (x - edge.start.x, y - edge.start.y)
      let along = (px * edge.direction.x + py * edge.direction.y) * edge.inverseSquare
      let place = minimum(maximum(along, .zero), Lanes(repeating: 1))
      let (dx, dy) = (px - edge.direction.x * place, py - edge.direction.y * place)
      nearest = minimum(nearest, dx * dx + dy * dy)
      let spans = (py .< 0) .^ (py .< edge.direction.y)
      let turn = px * edge.direction.y - py * edge.direction.x
      let isLeft = edge.direction.y > 0 ? turn .< 0 : turn .> 0
      sign.replace(with: -sign, where: spans .& isLeft)
    }
    return sign * nearest.squareRoot()
  }
}

@inline(__always) func minimum(_ a: Lanes, _ b: Lanes) -> Lanes {
  a.replacing(with: b, where: b .< a)
}

@inline(__always) func maximum(_ a: Lanes, _ b: Lanes) -> Lanes {
  a.replacing(with: b, where: b .> a)
}

@inline(__always) func absolute(_ a: Lanes) -> Lanes { maximum(a, -a) }

@inline(__always) func length(_ x: Lanes, _ y: Lanes) -> Lanes { (x * x + y * y).squareRoot() }
