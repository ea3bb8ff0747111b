// PNG files against the format's own words and libpng's reader; grid pixels against the formula.
import CPNG
import Glibc
import Testing

@testable import Reporting

/// Decodes 8-bit RGB through libpng's read interface.
private func decode(_ bytes: [UInt8]) throws -> PNGImage {
  var image = png_image()
  image.version = png_uint_32(PNG_IMAGE_VERSION)
  defer { png_image_free(&image) }
  try #require(png_image_begin_read_from_memory(&image, bytes, bytes.count) != 0)
  #expect(image.format == cpng_format_rgb())
  let (width, height) = (Int(image.width), Int(image.height))
  var pixels = [UInt8](repeating: 0, count: 3 * width * height)
  try #require(png_image_finish_read(&image, nil, &pixels, 0, nil) != 0)
  return try PNGImage(width: width, height: height, pixels: pixels)
}

@Suite struct PNGTests {
  private func picture(_ width: Int, _ height: Int) throws -> PNGImage {
    try PNGImage(
      width: width, height: height,
      pixels: (0..<3 * width * height).map { UInt8(truncatingIfNeeded: $0 * 37 + $0 / 256) })
  }

  @Test(arguments: [(1, 1), (3, 2), (1, 300), (257, 5), (640, 480)])
  func anotherReaderSeesThePixels(width: Int, height: Int) throws {
    let image = try picture(width, height)
    #expect(try decode(try image.encoded()) == image)
  }

  @Test func signatureHeaderAndEndAreThoseOfTheStandard() throws {
    let bytes = try picture(258, 3).encoded()
    #expect(Array(bytes[0..<8]) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    #expect(Array(bytes[8..<16]) == [0, 0, 0, 13] + Array("IHDR".utf8))
    // Width, height, bit depth 8, colour type 2 (RGB), deflate, adaptive filters, not interlaced.
    #expect(Array(bytes[16..<29]) == [0, 0, 1, 2, 0, 0, 0, 3, 8, 2, 0, 0, 0])
    #expect(bytes.suffix(12) == [0, 0, 0, 0] + Array("IEND".utf8) + [0xAE, 0x42, 0x60, 0x82])
  }

  @Test func theFileIsWholeOrNotThere() throws {
    let folder = TemporaryFolder()
    let image = try picture(4, 4)
    try image.write(to: folder.path + "/a.png")
    try picture(5, 5).write(to: folder.path + "/a.png")
    #expect(folder.names == ["a.png"])
    #expect(try decode(try readFile(folder.path + "/a.png")) == picture(5, 5))
    #expect(
      throws: ReportingError.cannotCreate(path: "/dev/full/.a.png.tmp", errno: ENOTDIR)
    ) {
      try image.write(to: "/dev/full/a.png")
    }
  }

  @Test func wrongSizesAreErrors() {
    #expect(throws: ReportingError.self) { try PNGImage(width: 2, height: 2, pixels: [0]) }
    #expect(throws: ReportingError.self) { try PNGImage(width: 0, height: 2, pixels: []) }
    #expect(throws: ReportingError.self) { try PNGImage(width: -1, height: -1, pixels: [0, 0, 0]) }
  }
}

@Suite struct ImageGridTests {
  @Test func roundingIsAsDocumented() throws {
    // round((x + 1) * 127.5), worked out by hand; 0.0 is 127.5, which goes away from zero.
    let values: [(Float, UInt8)] = [
      (-1, 0), (1, 255), (0, 128), (0.5, 191), (-0.5, 64), (-7, 0), (7, 255), (.infinity, 255),
      (-.infinity, 0), (-0.997, 0), (-0.996, 1),
    ]
    for (value, expected) in values {
      let image = try ImageGrid(columns: 1, gap: 0).picture(
        of: [value, value, value], count: 1, height: 1, width: 1)
      #expect(image.pixels == [expected, expected, expected], "\(value)")
    }
    let bytes = (0...255).map { Float($0) / 127.5 - 1 }
    let all = try ImageGrid(columns: 1, gap: 0).picture(
      of: bytes + bytes + bytes, count: 1, height: 16, width: 16)
    #expect(all.pixels == (0...255).flatMap { [UInt8($0), UInt8($0), UInt8($0)] })
  }

  @Test func aNaNIsMagenta() throws {
    let image = try ImageGrid(columns: 1, gap: 0).picture(
      of: [0, 0, .nan, 0, 0, 0], count: 1, height: 1, width: 2)
    #expect(image.pixels == [255, 0, 255, 128, 128, 128])
  }

  @Test(arguments: [
    (count: 1, columns: 1, gap: 0, scale: 1), (5, 2, 1, 1), (6, 3, 2, 3), (7, 10, 3, 2),
  ])
  func everyPixelIsWhereTheFormulaSays(count: Int, columns: Int, gap: Int, scale: Int) throws {
    let (height, width) = (3, 4)
    let value = { (n: Int, c: Int, y: Int, x: Int) in (n * 61 + c * 97 + y * 13 + x * 7) % 256 }
    var floats: [Float] = []
    for n in 0..<count {
      for c in 0..<3 {
        for y in 0..<height {
          for x in 0..<width { floats.append(Float(value(n, c, y, x)) / 127.5 - 1) }
        }
      }
    }
    let background = RGB(1, 2, 3)
    let grid = ImageGrid(columns: columns, gap: gap, scale: scale, background: background)
    let picture = try grid.picture(of: floats, count: count, height: height, width: width)
    let rows = (count + columns - 1) / columns
    try #require(picture.width == columns * (scale * width + gap) + gap)
    try #require(picture.height == rows * (scale * height + gap) + gap)
    for y in 0..<picture.height {
      for x in 0..<picture.width {
        // From the pixel to the image: the inverse of how the grid is laid out.
        let (cellX, inX) = (x - gap).quotientAndRemainder(dividingBy: scale * width + gap)
        let (cellY, inY) = (y - gap).quotientAndRemainder(dividingBy: scale * height + gap)
        let n = cellY * columns + cellX
        let inside =
          x >= gap && y >= gap && inX < scale * width && inY < scale * height && n < count
        let found = Array(
          picture.pixels[3 * (y * picture.width + x)..<3 * (y * picture.width + x) + 3])
        let expected =
          inside
          ? (0..<3).map { UInt8(value(n, $0, inY / scale, inX / scale)) }
          : [background.red, background.green, background.blue]
        try #require(
          found == expected, "pixel (\(x), \(y)) of \(count) images in \(columns) columns")
      }
    }
  }

  @Test func samplesAndRealImagesHaveABandBetweenThem() throws {
    let grid = ImageGrid(columns: 1, gap: 0, background: RGB(9, 9, 9))
    let left = try PNGImage.filled(width: 2, height: 1, colour: RGB(1, 1, 1))
    let right = try PNGImage.filled(width: 1, height: 2, colour: RGB(2, 2, 2))
    let both = try grid.sideBySide(left, right, band: 2, bandColour: RGB(5, 5, 5))
    let rows: [[UInt8]] = [[1, 1, 5, 5, 2], [9, 9, 5, 5, 2]]
    #expect(both.width == 5)
    #expect(both.pixels == rows.flatMap { $0.flatMap { [$0, $0, $0] } })
  }

  @Test func wrongGridsAreErrors() {
    let values = [Float](repeating: 0, count: 12)
    #expect(throws: ReportingError.wrongGrid(columns: 0, gap: 2, scale: 1)) {
      try ImageGrid(columns: 0).picture(of: values, count: 1, height: 2, width: 2)
    }
    #expect(throws: ReportingError.wrongPixelCount(found: 12, width: 2, height: 2, count: 2)) {
      try ImageGrid(columns: 1).picture(of: values, count: 2, height: 2, width: 2)
    }
    #expect(throws: ReportingError.wrongPixelCount(found: 12, width: 2, height: 2, count: 0)) {
      try ImageGrid(columns: 1).picture(of: values, count: 0, height: 2, width: 2)
    }
  }
}
