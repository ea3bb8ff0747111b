// Bytes of a picture to floats in [-1, 1].  Not here: floats to bytes (the reporting side does that).

import Tensors

/// The scale of images: a byte b stands for b / 127.5 - 1.
public enum PixelScale {
  /// The value of every byte.
  static let table: [Float] = (0...255).map { Float($0) / 127.5 - 1 }

  /// The float that a byte stands for.
  public static func value(of byte: UInt8) -> Float { table[Int(byte)] }

  /// Converts one picture.
  ///
  /// - Parameters:
  ///   - pixels: `ImageRecord.pixelBytes` bytes, channel by channel, row by row.
  ///   - flipped: whether every row is written from right to left.
  ///   - target: as many floats.
  static func convert(
    _ pixels: UnsafeRawBufferPointer, flipped: Bool, into target: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(
      pixels.count == ImageRecord.pixelBytes && target.count == ImageRecord.pixelBytes,
      "a picture has \(ImageRecord.pixelBytes) values")
    let side = ImageRecord.side
    table.withUnsafeBufferPointer { table in
      for row in stride(from: 0, to: pixels.count, by: side) {
        for column in 0..<side {
          let source = flipped ? row + side - 1 - column : row + column
          target.initializeElement(at: row + column, to: table[Int(pixels[source])])
        }
      }
    }
  }
}
