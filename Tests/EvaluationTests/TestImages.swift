// Small sets of images for tests: noise, blurred as often as asked, and images with added noise.

import Tensors

@testable import Evaluation

let testStream = RandomStream(rawValue: 1200)

/// `count` images of side 32: independent bytes, each plane blurred `blur` times by a 3 x 3 box.
func testImages(_ count: Int, seed: UInt64, blur: Int = 0) -> ImageBytes {
  let random = RandomSource(seed: seed)
  let side = 32
  var pixels: [UInt8] = []
  for plane in 0..<3 * count {
    var values = (0..<side * side).map { position in
      Double(random.integer(below: 256, testStream, sample: plane, position: position))
    }
    for _ in 0..<blur { values = boxBlurred(values, side: side) }
    pixels += values.map { UInt8($0.rounded()) }
  }
  return ImageBytes(side: side, pixels: pixels)
}

private func boxBlurred(_ plane: [Double], side: Int) -> [Double] {
  plane.indices.map { index in
    var (sum, number) = (0.0, 0.0)
    for y in index / side - 1...index / side + 1 where (0..<side).contains(y) {
      for x in index % side - 1...index % side + 1 where (0..<side).contains(x) {
        sum += plane[y * side + x]
        number += 1
      }
    }
    return sum / number
  }
}

/// The images with an even number in -amplitude...amplitude added to each value, clamped to bytes.
func withNoise(_ images: ImageBytes, amplitude: Int) -> ImageBytes {
  let random = RandomSource(seed: 99)
  return ImageBytes(
    side: images.side,
    pixels: images.pixels.enumerated().map { index, value in
      let noise =
        random.integer(below: 2 * amplitude + 1, testStream, step: 1, position: index) - amplitude
      return UInt8(min(max(Int(value) + noise, 0), 255))
    })
}

/// Random choices for a simulated cluster, the same at each call.
@Sendable func anyOrder(_ choice: Int) -> UInt32 {
  RandomSource(seed: 8).word(testStream, step: 2, position: choice)
}
