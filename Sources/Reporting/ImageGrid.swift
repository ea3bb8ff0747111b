// Generated images as one picture: floats to bytes, a grid with thin gaps, samples beside real images.
// Not here: which images are shown; the file (`PNGImage`).

/// A layout of equally large images in rows.
///
/// A value x of [-1, 1] becomes the byte round((x + 1) * 127.5), halves away from zero, computed in
/// float32 and clamped to 0...255: -1 is 0, 0 is 128, 1 is 255, and a byte b read as b / 127.5 - 1
/// comes back as b.  A pixel with a NaN is painted magenta, so that a broken network is seen.
public struct ImageGrid: Sendable, Equatable {
  /// Images in a row.
  public var columns: Int
  /// Pixels between images and around them, after enlarging.
  public var gap: Int
  /// Each image pixel becomes a square of this side.
  public var scale: Int
  /// The colour of the gaps.
  public var background: RGB

  public init(
    columns: Int, gap: Int = 2, scale: Int = 1, background: RGB = RGB(24, 24, 27)
  ) {
    self.columns = columns
    self.gap = gap
    self.scale = scale
    self.background = background
  }

  /// The picture of `count` images in rows from the top left; the last row may be shorter.
  ///
  /// Its width is `columns * (scale * width + gap) + gap`, its height the same of the rows.
  ///
  /// - Parameter values: (count, 3, height, width), in [-1, 1].
  /// - Throws: `ReportingError.wrongGrid` or `.wrongPixelCount`.
  public func picture(
    of values: UnsafeBufferPointer<Float>, count: Int, height: Int, width: Int
  ) throws(ReportingError) -> PNGImage {
    guard columns > 0, gap >= 0, scale > 0 else {
      throw .wrongGrid(columns: columns, gap: gap, scale: scale)
    }
    let imageValues = 3 * height * width
    guard count > 0, height > 0, width > 0, values.count == count * imageValues else {
      throw .wrongPixelCount(found: values.count, width: width, height: height, count: count)
    }
    let rows = (count + columns - 1) / columns
    var result = try PNGImage.filled(
      width: columns * (scale * width + gap) + gap, height: rows * (scale * height + gap) + gap,
      colour: background)
    for index in 0..<count {
      let planes = UnsafeBufferPointer(
        rebasing: values[index * imageValues..<(index + 1) * imageValues])
      let image = try PNGImage(planes: planes, height: height, width: width).enlarged(scale)
      result.paste(
        image, left: gap + index % columns * (scale * width + gap),
        top: gap + index / columns * (scale * height + gap))
    }
    return result
  }

  /// The picture of `count` images; see `picture(of:count:height:width:)` above.
  public func picture(
    of values: [Float], count: Int, height: Int, width: Int
  ) throws(ReportingError) -> PNGImage {
    // A closure of `withUnsafeBufferPointer` would lose the error's type, hence the two steps.
    let result = values.withUnsafeBufferPointer { buffer in
      Result { () throws(ReportingError) in
        try picture(of: buffer, count: count, height: height, width: width)
      }
    }
    return try result.get()
  }

  /// Two pictures beside each other, samples on the left and real images on the right, with a band of
  /// `band` pixels in `bandColour` between them; the lower one is filled up with `background`.
  public func sideBySide(
    _ samples: PNGImage, _ real: PNGImage, band: Int = 12, bandColour: RGB = RGB(250, 250, 250)
  ) throws(ReportingError) -> PNGImage {
    guard band >= 0 else { throw .wrongGrid(columns: 2, gap: band, scale: 1) }
    let height = max(samples.height, real.height)
    var result = try PNGImage.filled(
      width: samples.width + band + real.width, height: height, colour: background)
    result.paste(samples, left: 0, top: 0)
    if band > 0 {
      result.paste(
        try .filled(width: band, height: height, colour: bandColour), left: samples.width, top: 0)
    }
    result.paste(real, left: samples.width + band, top: 0)
    return result
  }
}

extension PNGImage {
  /// The picture of one image by the rounding that `ImageGrid` documents.
  ///
  /// - Parameter planes: (3, height, width)
  init(planes: UnsafeBufferPointer<Float>, height: Int, width: Int) throws(ReportingError) {
    let area = height * width
    var pixels = [UInt8](repeating: 0, count: 3 * area)
    for index in 0..<area {
      let red = planes[index]
      let green = planes[area + index]
      let blue = planes[2 * area + index]
      let broken = red.isNaN || green.isNaN || blue.isNaN
      pixels[3 * index] = broken ? 255 : byte(red)
      pixels[3 * index + 1] = broken ? 0 : byte(green)
      pixels[3 * index + 2] = broken ? 255 : byte(blue)
    }
    try self.init(width: width, height: height, pixels: pixels)
  }
}

private func byte(_ value: Float) -> UInt8 {
  UInt8(min(max(((value + 1) * 127.5).rounded(.toNearestOrAwayFromZero), 0), 255))
}
