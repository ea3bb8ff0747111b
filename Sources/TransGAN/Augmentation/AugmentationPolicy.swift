// Drawing the random choices of differentiable augmentation, by global sample.

import Tensors

/// Which augmentations are applied, how strongly and how often (FACTS of the published recipe as defaults).
public struct AugmentationPolicy: Hashable, Sendable {
  public var order: [AugmentationKind]
  /// The largest shift as a part of the side, each way.
  public var translationRatio: Float = 0.2
  public var translationProbability: Float = 1
  /// The side of the erased square as a part of the image's.
  public var cutoutRatio: Float = 0.5
  public var cutoutProbability: Float = 0.3
  public var colorProbability: Float = 1
  /// Brightness is +U(-brightness, brightness).
  public var brightness: Float = 0.5
  /// Saturation is x U(1 - saturation, 1 + saturation).
  public var saturation: Float = 1
  /// Contrast is x U(1 - contrast, 1 + contrast).
  public var contrast: Float = 0.5

  public init(order: [AugmentationKind]) { self.order = order }

  /// The choices for samples `samples` of a step, images of side `side`.
  ///
  /// Each sample draws the same number of words whatever is applied, so that a change of the policy
  /// leaves the other choices as they were.
  public func draw(
    _ random: RandomSource, _ stream: RandomStream, step: Int, samples: Range<Int>, side: Int
  ) -> BlockAugmentation {
    let images = samples.map { sample in
      image(side: side) { position in
        random.uniform(stream, step: step, sample: sample, position: position)
      }
    }
    return BlockAugmentation(
      order: order, cutoutSide: Int(Float(side) * cutoutRatio + 0.5), images: images)
  }

  private func image(side: Int, _ uniform: (Int) -> Float) -> ImageAugmentation {
    var image = ImageAugmentation()
    let reach = Int(Float(side) * translationRatio + 0.5)
    func integer(below bound: Int, _ position: Int) -> Int {
      min(Int(uniform(position) * Float(bound)), bound - 1)
    }
    if uniform(0) < translationProbability {
      image.shift = (
        integer(below: 2 * reach + 1, 1) - reach, integer(below: 2 * reach + 1, 2) - reach
      )
    }
    if uniform(3) < cutoutProbability {
      image.cutout = (integer(below: side + 1, 4), integer(below: side + 1, 5))
    }
    if uniform(6) < colorProbability {
      image.brightness = (uniform(7) * 2 - 1) * brightness
      image.saturation = 1 + (uniform(8) * 2 - 1) * saturation
      image.contrast = 1 + (uniform(9) * 2 - 1) * contrast
    }
    return image
  }
}
