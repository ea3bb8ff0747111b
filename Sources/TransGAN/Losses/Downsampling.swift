// The low-resolution input of super-resolution co-training.

import Tensors

/// The area average of images (B, 3, S, S) on a grid of `side` x `side`: (B, 3, side, side).
public func downsampled(_ images: Tensor, to side: Int) -> Tensor {
  let fullSide = images.shape[2]
  precondition(fullSide % side == 0, "averaging \(images.shape) down to \(side)")
  let factor = fullSide / side
  let scale = 1 / Float(factor * factor)
  let planes = images.shape[0] * images.shape[1]
  return Tensor([images.shape[0], images.shape[1], side, side]) { out in
    images.withUnsafeBuffer { pixels in
      for plane in 0..<planes {
        for y in 0..<side {
          for x in 0..<side {
            var sum: Float = 0
            for dy in 0..<factor {
              let row = (plane * fullSide + y * factor + dy) * fullSide + x * factor
              for dx in 0..<factor { sum += pixels[row + dx] }
            }
            out.initializeElement(at: (plane * side + y) * side + x, to: sum * scale)
          }
        }
      }
    }
  }
}
