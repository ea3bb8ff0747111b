// An RGB picture of 8 bits a channel, and its PNG file through libpng's simplified interface.
// Not here: how floats become pixels and pictures a grid (`ImageGrid`).
import CPNG

/// A picture, (height, width, 3) bytes, row by row from the top, R G B.
public struct PNGImage: Sendable, Equatable {
  public let width: Int
  public let height: Int
  /// (height, width, 3)
  public internal(set) var pixels: [UInt8]

  /// A picture of these pixels.
  ///
  /// - Throws: `ReportingError.wrongPixelCount` unless both sides are in 1...2^20 and there are
  ///   `3 * width * height` bytes.
  public init(width: Int, height: Int, pixels: [UInt8]) throws(ReportingError) {
    let sides = 1...(1 << 20)
    guard sides.contains(width), sides.contains(height), pixels.count == 3 * width * height else {
      throw .wrongPixelCount(found: pixels.count, width: width, height: height, count: 1)
    }
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// The bytes of a PNG file: 8-bit RGB, not interlaced.  The same pixels give the same bytes with
  /// the same libpng and zlib.
  ///
  /// - Throws: `ReportingError.png` with libpng's reason.
  public func encoded() throws(ReportingError) -> [UInt8] {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    image.width = png_uint_32(width)
    image.height = png_uint_32(height)
    image.format = cpng_format_rgb()
    defer { png_image_free(&image) }
    var size = cpng_encoded_size_max(&image)
    var bytes = [UInt8](repeating: 0, count: size)
    let rowBytes = png_int_32(3 * width)
    guard png_image_write_to_memory(&image, &bytes, &size, 0, pixels, rowBytes, nil) != 0 else {
      throw .png(withUnsafeBytes(of: image.message) { text($0) })
    }
    bytes.removeLast(bytes.count - size)
    return bytes
  }

  /// Writes the PNG file so that a reader sees the whole of it or none: temporary file, fsync, rename.
  ///
  /// - Throws: `ReportingError.cannotCreate`, `.cannotWrite`, `.png`.
  public func write(to path: String) throws(ReportingError) {
    try writeAtomically(try encoded(), to: path)
  }

  /// Every pixel as a square of `scale` x `scale` pixels (nearest neighbour).
  ///
  /// - Throws: `ReportingError.wrongGrid` unless `scale` is positive.
  public func enlarged(_ scale: Int) throws(ReportingError) -> PNGImage {
    guard scale > 0 else { throw .wrongGrid(columns: 1, gap: 0, scale: scale) }
    guard scale > 1 else { return self }
    var result = [UInt8]()
    result.reserveCapacity(pixels.count * scale * scale)
    for row in 0..<height {
      var line = [UInt8]()
      line.reserveCapacity(3 * width * scale)
      for column in 0..<width {
        let pixel = pixels[3 * (row * width + column)..<3 * (row * width + column + 1)]
        for _ in 0..<scale { line += pixel }
      }
      for _ in 0..<scale { result += line }
    }
    return try PNGImage(width: width * scale, height: height * scale, pixels: result)
  }

  /// A picture of one colour.
  static func filled(width: Int, height: Int, colour: RGB) throws(ReportingError) -> PNGImage {
    guard width > 0, height > 0 else {
      throw .wrongPixelCount(found: 0, width: width, height: height, count: 1)
    }
    var pixels = [UInt8](repeating: colour.red, count: 3 * width * height)
    for index in 0..<width * height {
      pixels[3 * index + 1] = colour.green
      pixels[3 * index + 2] = colour.blue
    }
    return try PNGImage(width: width, height: height, pixels: pixels)
  }

  /// Copies `other` into this picture with its top left corner at (`left`, `top`).
  mutating func paste(_ other: PNGImage, left: Int, top: Int) {
    precondition(
      left >= 0 && top >= 0 && left + other.width <= width && top + other.height <= height)
    for row in 0..<other.height {
      let source = 3 * row * other.width
      let target = 3 * ((top + row) * width + left)
      pixels.replaceSubrange(
        target..<target + 3 * other.width, with: other.pixels[source..<source + 3 * other.width])
    }
  }
}

/// A colour of 8 bits a channel.
public struct RGB: Sendable, Equatable {
  public var red: UInt8
  public var green: UInt8
  public var blue: UInt8

  public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }
}

private func text(_ message: UnsafeRawBufferPointer) -> String {
  String(decoding: message.prefix { $0 != 0 }, as: UTF8.self)
}
