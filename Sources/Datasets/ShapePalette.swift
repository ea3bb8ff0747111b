// Pairs of colours that go well together and whose lightness differs enough to see a figure by.

/// A red, green and blue value, 0 to 255; the fourth lane is unused.
typealias Colour = SIMD4<Float>

/// The colours of a picture.
struct ShapePalette {
  let background: Colour
  let figure: Colour

  private init(_ background: UInt32, _ figure: UInt32) {
    self.background = Self.colour(background)
    self.figure = Self.colour(figure)
  }

  private static func colour(_ code: UInt32) -> Colour {
    [Float(code >> 16 & 255), Float(code >> 8 & 255), Float(code & 255), 0]
  }

  static let all = [
    ShapePalette(0xF6EBDD, 0x1F7A8C),  // cream, teal
    ShapePalette(0x1B2A49, 0xFF7F6A),  // navy, coral
    ShapePalette(0xEAD7B7, 0xC8553D),  // sand, terracotta
    ShapePalette(0xD5EEE1, 0x2D6A4F),  // mint, forest
    ShapePalette(0x3C1F45, 0xF9B384),  // plum, apricot
    ShapePalette(0xCDE7F5, 0x3D4FA1),  // sky, indigo
    ShapePalette(0x2B2D33, 0xF5D547),  // charcoal, lemon
    ShapePalette(0xF9DCD8, 0x8E2A4B),  // blush, burgundy
    ShapePalette(0x0F4C5C, 0xFFCDB2),  // deep sea, peach
    ShapePalette(0xE2DCF4, 0x6A4FB3),  // lavender, violet
    ShapePalette(0x4B5A2A, 0xF4E7A1),  // olive, butter
    ShapePalette(0xFBF1C0, 0xE4572E),  // straw, tomato
    ShapePalette(0x33506B, 0xCFE9F2),  // steel, ice
    ShapePalette(0x6D3B3B, 0xF7B7B2),  // rosewood, pink
    ShapePalette(0xE9EBEE, 0x2878C9),  // mist, blue
    ShapePalette(0x1E4034, 0xB8D96B),  // spruce, lime
  ]
}
