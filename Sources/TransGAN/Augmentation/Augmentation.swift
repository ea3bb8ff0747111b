// Differentiable augmentation (Zhao et al. 2020) as one operation.
//
// With the choices made, augmentation of an image is an affine map x -> A x + b: translation and cutout
// move and erase, colour is linear but for the brightness.  So the pullback is A^T, whose pullback is A
// again, and derivatives of any order exist.
// Not here: the random choices; see `AugmentationPolicy`.

import Autodiff
import Tensors

/// The augmented images: x (B, 3, S, S), one entry of `augmentation.images` each.
public func augment(_ x: Variable, _ augmentation: BlockAugmentation) -> Variable {
  guard !augmentation.order.isEmpty else { return x }
  let value = AffineAugmentation(augmentation, addsBrightness: true).apply(x.value)
  return .recording("augmentation", value, inputs: [x], keepsInputs: false) {
    [augmentLinear($0.upstream, augmentation, transposed: true)]
  }
}

/// A x or A^T x, without the constant term.
private func augmentLinear(
  _ x: Variable, _ augmentation: BlockAugmentation, transposed: Bool
) -> Variable {
  let map = AffineAugmentation(augmentation, addsBrightness: false)
  let value = transposed ? map.applyTransposed(x.value) : map.apply(x.value)
  return .recording("augmentation's linear part", value, inputs: [x], keepsInputs: false) {
    [augmentLinear($0.upstream, augmentation, transposed: !transposed)]
  }
}

/// The map on memory.
struct AffineAugmentation {
  private let augmentation: BlockAugmentation
  private let addsBrightness: Bool

  init(_ augmentation: BlockAugmentation, addsBrightness: Bool) {
    self.augmentation = augmentation
    self.addsBrightness = addsBrightness
  }

  /// A x, and + b where brightness is added.
  func apply(_ x: Tensor) -> Tensor {
    transform(x) { pixels, image, side in
      for kind in augmentation.order {
        switch kind {
        case .translation: translate(pixels, image.shift, side)
        case .cutout: erase(pixels, image.cutout, side)
        case .color: recolor(pixels, image, side)
        }
      }
    }
  }

  /// A^T x: the transposed steps in reverse order.
  func applyTransposed(_ x: Tensor) -> Tensor {
    transform(x) { pixels, image, side in
      for kind in augmentation.order.reversed() {
        switch kind {
        case .translation: translate(pixels, image.shift.map { (-$0.dy, -$0.dx) }, side)
        case .cutout: erase(pixels, image.cutout, side)
        case .color: recolorTransposed(pixels, image, side)
        }
      }
    }
  }

  private func transform(
    _ x: Tensor, _ body: (UnsafeMutableBufferPointer<Float>, ImageAugmentation, Int) -> Void
  ) -> Tensor {
    precondition(
      x.shape.rank == 4 && x.shape[1] == 3 && x.shape[2] == x.shape[3]
        && x.shape[0] == augmentation.images.count,
      "augmentation of \(augmentation.images.count) images on \(x.shape)")
    let (side, count) = (x.shape[2], 3 * x.shape[2] * x.shape[2])
    return Tensor(x.shape) { out in
      x.withUnsafeBuffer { _ = out.initialize(from: $0) }
      for (index, image) in augmentation.images.enumerated() {
        body(
          UnsafeMutableBufferPointer(rebasing: out[index * count..<(index + 1) * count]), image,
          side)
      }
    }
  }

  private func translate(
    _ pixels: UnsafeMutableBufferPointer<Float>, _ shift: (dy: Int, dx: Int)?, _ side: Int
  ) {
    guard let shift, shift != (0, 0) else { return }
    let plane = side * side
    withUnsafeTemporaryAllocation(of: Float.self, capacity: plane) { source in
      for channel in 0..<3 {
        let target = UnsafeMutableBufferPointer(
          rebasing: pixels[channel * plane..<(channel + 1) * plane])
        _ = source.update(from: target)
        for y in 0..<side {
          let sourceY = y + shift.dy
          for x in 0..<side {
            let sourceX = x + shift.dx
            let inside = (0..<side).contains(sourceY) && (0..<side).contains(sourceX)
            target[y * side + x] = inside ? source[sourceY * side + sourceX] : 0
          }
        }
      }
    }
  }

  /// Erases a square, whose rows and columns past the border are clamped onto it.
  private func erase(
    _ pixels: UnsafeMutableBufferPointer<Float>, _ center: (y: Int, x: Int)?, _ side: Int
  ) {
    guard let center else { return }
    let size = augmentation.cutoutSide
    func range(_ center: Int) -> ClosedRange<Int> {
      let first = center - size / 2
      return min(max(first, 0), side - 1)...min(max(first + size - 1, 0), side - 1)
    }
    guard size > 0 else { return }
    for channel in 0..<3 {
      for y in range(center.y) {
        for x in range(center.x) { pixels[(channel * side + y) * side + x] = 0 }
      }
    }
  }

  private func recolor(
    _ pixels: UnsafeMutableBufferPointer<Float>, _ image: ImageAugmentation, _ side: Int
  ) {
    let plane = side * side
    let brightness = addsBrightness ? image.brightness : 0
    for index in 0..<plane {
      let (r, g, b) = (
        pixels[index] + brightness, pixels[index + plane] + brightness,
        pixels[index + 2 * plane] + brightness
      )
      let mean = (r + g + b) * (1 / 3)
      pixels[index] = (r - mean) * image.saturation + mean
      pixels[index + plane] = (g - mean) * image.saturation + mean
      pixels[index + 2 * plane] = (b - mean) * image.saturation + mean
    }
    scaleAboutMean(pixels, image.contrast)
  }

  /// Both colour matrices are symmetric; only their order is reversed.
  private func recolorTransposed(
    _ pixels: UnsafeMutableBufferPointer<Float>, _ image: ImageAugmentation, _ side: Int
  ) {
    scaleAboutMean(pixels, image.contrast)
    let plane = side * side
    for index in 0..<plane {
      let (r, g, b) = (pixels[index], pixels[index + plane], pixels[index + 2 * plane])
      let mean = (r + g + b) * (1 / 3)
      pixels[index] = (r - mean) * image.saturation + mean
      pixels[index + plane] = (g - mean) * image.saturation + mean
      pixels[index + 2 * plane] = (b - mean) * image.saturation + mean
    }
  }

  private func scaleAboutMean(_ pixels: UnsafeMutableBufferPointer<Float>, _ factor: Float) {
    var sum = 0.0
    for value in pixels { sum += Double(value) }
    let mean = Float(sum / Double(pixels.count))
    for index in pixels.indices { pixels[index] = (pixels[index] - mean) * factor + mean }
  }
}
