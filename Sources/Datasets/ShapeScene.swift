// One synthetic picture: a figure of some size, place and rotation in two colours, with a soft background,
// a shadow and anti-aliased edges.

import Tensors

/// Everything that a picture shows, drawn from its record's random numbers.
struct ShapeScene {
  private let figure: ShapeFigure
  private let centre: SIMD2<Float>
  /// Cosine and sine of the rotation.
  private let rotation: SIMD2<Float>
  private let background: Colour
  private let ink: Colour
  /// The direction and strength (bytes a pixel) in which the background becomes lighter.
  private let slope: SIMD2<Float>

  /// Radius and distance from the picture's centre together make at most this.
  static let margin: Float = 14.5

  init(kind: ShapeFigure.Kind, index: Int, random: RandomSource) {
    var position = 0
    /// The record's next number, in -1 ..< 1.
    func next() -> Float {
      defer { position += 1 }
      return 2 * random.uniform(.shapeScene, sample: index, position: position) - 1
    }
    let palettes = ShapePalette.all
    let palette = palettes[Int((next() + 1) * 0.5 * Float(palettes.count))]
    let radius = kind.isPattern ? 5 + 1.5 * next() : 10.5 + 2.5 * next()
    figure = ShapeFigure(kind: kind, radius: radius)
    // A figure reaches 1.1 radii at most, so it stays inside; a pattern moves by at most half a period.
    let reach = kind.isPattern ? radius : Self.margin - radius
    centre = [15.5 + reach * next(), 15.5 + reach * next()]
    rotation = Self.direction(kind.largestHalfTangent * next())
    let light = Self.direction(next())
    slope = light * (next() < 0 ? -1 : 1) * (0.55 + 0.35 * next())
    background = palette.background + Self.jitter(next(), next(), next())
    ink = palette.figure + Self.jitter(next(), next(), next())
  }

  /// The unit vector at the angle whose half has the tangent t: exact arithmetic in place of sine and
  /// cosine, whose last bit depends on the C library.
  private static func direction(_ t: Float) -> SIMD2<Float> {
    let scale = 1 / (1 + t * t)
    return [(1 - t * t) * scale, 2 * t * scale]
  }

  /// A small change of lightness and of hue.
  private static func jitter(_ lightness: Float, _ warmth: Float, _ green: Float) -> Colour {
    let grey = 10 * lightness
    return [grey + 9 * warmth, grey + 6 * green, grey - 9 * warmth, 0]
  }

  /// Writes `ImageRecord.pixelBytes` bytes: red, green and blue, row by row.
  func draw(into target: UnsafeMutableRawBufferPointer) {
    let side = ImageRecord.side
    let steps = Lanes(0, 1, 2, 3, 4, 5, 6, 7)
    for row in 0..<side {
      let y = Lanes(repeating: Float(row) - centre.y)
      for column in stride(from: 0, to: side, by: Lanes.scalarCount) {
        let x = steps + (Float(column) - centre.x)
        let covered = coverage(x, y, softness: 1)
        // A shadow a little down and to the right; a pattern has none.
        let shadow =
          figure.kind.isPattern
          ? .zero : coverage(x - 0.9, y - 1.5, softness: 4) * 0.3
        let ground = (x + (centre.x - 15.5)) * slope.x + (y + (centre.y - 15.5)) * slope.y
        let shine = (x + y) * (-9 / max(figure.radius, 8))
        for channel in 0..<ImageRecord.channels {
          let behind = (ground + background[channel]) * (1 - shadow)
          let value = behind + (shine + ink[channel] - behind) * covered
          store(value, target, at: (channel * side + row) * side + column)
        }
      }
    }
  }

  /// How much of each pixel the figure covers, 0 to 1, its edge spread over `softness` pixels.
  @inline(__always)
  private func coverage(_ x: Lanes, _ y: Lanes, softness: Float) -> Lanes {
    let turnedX = x * rotation.x + y * rotation.y
    let turnedY = y * rotation.x - x * rotation.y
    let distance = figure.distance(turnedX, turnedY)
    return minimum(maximum(0.5 - distance / softness, .zero), Lanes(repeating: 1))
  }

  /// Rounds to bytes.
  @inline(__always)
  private func store(_ value: Lanes, _ target: UnsafeMutableRawBufferPointer, at offset: Int) {
    let bounded = minimum(maximum(value + 0.5, .zero), Lanes(repeating: 255))
    for lane in 0..<Lanes.scalarCount { target[offset + lane] = UInt8(bounded[lane]) }
  }
}
