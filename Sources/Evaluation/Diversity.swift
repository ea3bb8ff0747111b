// How different the images of a set are from each other.

/// The mean distance between two images of a set.
public enum Diversity {
  /// The most images that are compared; of more, the first.
  public static let images = 128

  /// The mean over all pairs i < j of the first 128 images of sqrt(mean over values of (a - b)^2), on
  /// the scale 0...255; 0 for fewer than two images.  The squares are summed as integers, exactly.
  public static func meanPairDistance(_ set: ImageBytes) -> Double {
    let count = min(set.count, images)
    guard count > 1 else { return 0 }
    let width = set.valuesPerImage
    var sum = 0.0
    set.pixels.withUnsafeBufferPointer { pixels in
      for first in 0..<count {
        for second in first + 1..<count {
          var squares = 0
          for index in 0..<width {
            let difference =
              Int32(pixels[first * width + index]) - Int32(pixels[second * width + index])
            squares &+= Int(difference &* difference)
          }
          sum += (Double(squares) / Double(width)).squareRoot()
        }
      }
    }
    return sum / Double(count * (count - 1) / 2)
  }
}
