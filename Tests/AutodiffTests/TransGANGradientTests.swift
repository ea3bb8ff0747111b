// Augmentation and the gradient penalty against differences.

import Autodiff
import Tensors
import TestSupport
import Testing
import TransGAN

@Suite struct TransGANGradientTests {
  /// Every kind of augmentation at once, with shifts past the border and a square cut by it.
  private func augmentation(_ order: [AugmentationKind]) -> BlockAugmentation {
    var first = ImageAugmentation()
    first.shift = (1, -1)
    first.cutout = (0, 2)
    first.brightness = 0.25
    first.saturation = 1.5
    first.contrast = 0.75
    var second = ImageAugmentation()
    second.shift = (-2, 1)
    second.saturation = 0.5
    return BlockAugmentation(order: order, cutoutSide: 2, images: [first, second])
  }

  @Test(
    arguments: [
      [], [.translation], [.cutout], [.color], [.translation, .cutout, .color],
      [.color, .translation, .cutout],
    ] as [[AugmentationKind]])
  func augmentationAgreesWithDifferences(order: [AugmentationKind]) throws {
    let images = GradientCheck.input([2, 3, 4, 4], 0)
    try GradientCheck().expect("augmentation by \(order)", at: [images]) {
      augment($0[0], augmentation(order)).squared
    }
  }

  @Test(arguments: [
    GradientPenalty.mixed(weight: 10, phi: 1), .mixed(weight: 1, phi: 2), .real(weight: 5),
  ])
  func penaltyAgreesWithDifferences(penalty: GradientPenalty) throws {
    let images = GradientCheck.input([2, 3, 4, 4], 0)
    let weights = [
      GradientCheck.input([6, 12], 1), GradientCheck.input([6], 2), GradientCheck.input([6], 3),
      GradientCheck.input([1, 24], 4),
    ]
    var check = GradientCheck()
    check.order = 1  // The penalty is itself made of first derivatives.
    let patches = PermutationPair(.patches(channels: 3, side: 4, patch: 2))
    try check.expect("penalty \(penalty)", at: weights) { weights in
      try penalty.penalty(at: images, batch: 4) { images in
        let tokens = linear(images.permuted(patches), weight: 0.25 * weights[0], bias: nil)
        let hidden = gelu(layerNorm(tokens, weight: weights[1], bias: weights[2]))
        return linear(hidden.reshaped([2, 24]), weight: weights[3], bias: nil)
      }.loss
    }
  }

  /// For D(x) = a . x the gradient is a for every image: the penalty is known in closed form.
  @Test func penaltyOfALinearMap() throws {
    let a = GradientCheck.input([1, 48], 5)
    let norm = a.elements.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    let images = GradientCheck.input([3, 3, 4, 4], 6)
    for (penalty, expected) in [
      (GradientPenalty.mixed(weight: 10, phi: 2), 10 * (norm - 2) * (norm - 2) / 4 * 3 / 8),
      (.real(weight: 5), 5 / 2 * norm * norm * 3 / 8),
    ] {
      let found = try penalty.penalty(at: images, batch: 8) {
        linear($0.reshaped([3, 48]), weight: Variable(a), bias: nil)
      }
      expectClose([found.loss.value.scalar], [Float(expected)], tolerance: 1e-6, "\(penalty)")
      expectClose(found.norms.elements, [Float](repeating: Float(norm), count: 3), tolerance: 1e-6)
    }
  }
}
