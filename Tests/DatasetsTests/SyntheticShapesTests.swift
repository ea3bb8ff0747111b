// The built-in set: a function of seed and index, balanced, with figures that are what they are called.

import Foundation
import Testing

@testable import Datasets

@Suite struct SyntheticShapesTests {
  @Test func picturesDependOnSeedAndIndexAlone() throws {
    let set = SyntheticShapes(seed: 1, count: 100)
    let all = try set.records(Array(0..<100))
    #expect(try set.records([57, 3, 99]) == [all[57], all[3], all[99]])
    #expect(try SyntheticShapes(seed: 1, count: 4000).records([57]) == [all[57]])
    #expect(try SyntheticShapes(seed: 2, count: 100).records([57]) != [all[57]])
    var passed: [[UInt8]] = []
    try set.forEachRecord { index, bytes in
      #expect(index == passed.count)
      passed.append(Array(bytes))
    }
    #expect(passed == all)
    #expect(Set(all).count == 100)
  }

  @Test func digestNamesTheDefinition() {
    let digest = SyntheticShapes(seed: 1, count: 100).digest
    #expect(digest.count == 64)
    #expect(digest == SyntheticShapes(seed: 1, count: 100).digest)
    #expect(digest != SyntheticShapes(seed: 2, count: 100).digest)
    #expect(digest != SyntheticShapes(seed: 1, count: 101).digest)
  }

  @Test func classesAreBalanced() throws {
    let set = SyntheticShapes(seed: 3, count: 200)
    let summary = try DatasetSummary(set)
    #expect(summary.classCounts == [Int](repeating: 20, count: 10))
    #expect(Set(summary.classNames).count == 10)
    // Colours vary: a standard deviation well above that of one grey (0), below that of noise of 0 and 255.
    #expect(summary.channelDeviations.allSatisfy { (0.3...0.8).contains($0) })
  }

  /// Area by counting points of a fine grid, against the area by geometry.
  @Test(arguments: ShapeFigure.Kind.allCases) func areaOfAFigure(kind: ShapeFigure.Kind) throws {
    let radius: Float = kind.isPattern ? 4 : 12
    let r = Double(radius)
    let figure = ShapeFigure(kind: kind, radius: radius)
    let step: Float = 0.0625
    var inside = 0
    for row in -256..<256 {
      for column in stride(from: -256, to: 256, by: 8) {
        let x = (Lanes(0, 1, 2, 3, 4, 5, 6, 7) + Float(column) + 0.5) * step
        let distance = figure.distance(x, Lanes(repeating: (Float(row) + 0.5) * step))
        for lane in 0..<8 where distance[lane] < 0 { inside += 1 }
      }
    }
    let area = Double(inside) * Double(step) * Double(step)
    let expected = try #require(Self.area(kind, r))
    #expect(abs(area - expected) < 0.01 * expected, "\(kind): \(area), \(expected)")
  }

  /// The area that a figure's description gives; patterns in a picture of 32 x 32.
  private static func area(_ kind: ShapeFigure.Kind, _ r: Double) -> Double? {
    let k = 0.8  // radius of rounded corners
    /// A polygon of the given area and perimeter, grown by k all round.
    func grown(_ area: Double, _ perimeter: Double, convexTurn: Double, reflex: Double) -> Double {
      area + perimeter * k + convexTurn * k * k / 2 - reflex
    }
    switch kind {
    case .disc: return .pi * r * r
    case .ring: return .pi * (r * r - (0.48 * r) * (0.48 * r))
    case .square: return (1.6 * r) * (1.6 * r) - (4 - .pi) * k * k
    case .triangle:
      let side = (r - k) * 3.0.squareRoot()
      return grown(
        side * side * 3.0.squareRoot() / 4, 3 * side, convexTurn: 2 * .pi, reflex: 0)
    case .star:
      // Ten triangles between the centre, a tip (R) and a notch (R / 2), 36 degrees apart.
      let outer = r - k
      let (cosine, sine) = (0.809017, 0.587785)
      let edge = outer * (1 + 0.25 - cosine).squareRoot()
      // At a tip the edges turn by 180 degrees less its angle; at a notch the strips overlap.
      let tip = 2 * acos((1 - 0.5 * cosine) * outer / edge)
      let notch = 2 * .pi - 2 * acos((0.5 - cosine) * outer / edge)
      let overlap = k * k * tan((notch - .pi) / 2)
      let swept = 5 * (.pi - tip)
      return 10 * outer * outer / 2 * sine / 2 + 10 * edge * k + swept * k * k / 2
        - 5 * abs(overlap)
    case .cross:
      let (long, wide) = (1.9 * r, 0.62 * r)
      return 2 * long * wide - wide * wide
    case .heart:
      // The square and, of each disc, the half outside of it.
      let half = 0.6 * r
      return 4 * half * half + .pi * half * half
    case .moon:
      // The disc less its lens with the bite (radius b, centre at distance d).
      let (b, d) = (0.84 * r, 0.52 * r)
      let first = acos((d * d + r * r - b * b) / (2 * d * r))
      let second = acos((d * d + b * b - r * r) / (2 * d * b))
      let kite = ((-d + r + b) * (d + r - b) * (d - r + b) * (d + r + b)).squareRoot() / 2
      return .pi * r * r - (r * r * first + b * b * second - kite)
    case .stripes, .checkerboard: return 512
    }
  }

  /// The farthest, most rotated figure does not cross the picture's border, 16 pixels from its centre.
  @Test(arguments: [8, 10.5, 13] as [Float]) func figuresStayInside(radius: Float) throws {
    let border = 16 - (ShapeScene.margin - radius)
    for kind in ShapeFigure.Kind.allCases where !kind.isPattern {
      let figure = ShapeFigure(kind: kind, radius: radius)
      for part in -8...8 {
        let angle = 2 * atan(kind.largestHalfTangent * Float(part) / 8)
        let (c, s) = (cos(angle), sin(angle))
        for side in 0..<4 {
          for place in stride(from: -border, through: border, by: 0.25) {
            let (x, y) = [(border, place), (-border, place), (place, border), (place, -border)][
              side]
            let distance = figure.distance(
              Lanes(repeating: x * c + y * s), Lanes(repeating: y * c - x * s))
            try #require(distance[0] > 0, "\(kind) turned by \(angle) at \(x), \(y)")
          }
        }
      }
    }
  }

  /// Lightness, as a person sees it, of both colours of every palette: far enough apart to see the figure.
  @Test func palettesHaveContrast() {
    func luminance(_ colour: Colour) -> Double {
      func linear(_ value: Float) -> Double {
        let v = Double(value) / 255
        return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4)
      }
      return 0.2126 * linear(colour.x) + 0.7152 * linear(colour.y) + 0.0722 * linear(colour.z)
    }
    for palette in ShapePalette.all {
      let (a, b) = (luminance(palette.background), luminance(palette.figure))
      // WCAG 2.1: contrast ratio; 3 is its bound for graphics.
      #expect((max(a, b) + 0.05) / (min(a, b) + 0.05) >= 3, "\(palette)")
    }
  }
}
