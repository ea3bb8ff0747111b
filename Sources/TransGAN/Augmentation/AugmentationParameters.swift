// What is done to each image of a block: the random choices, made, and the order.
// Not here: how it is drawn (`AugmentationPolicy`) and how it is done (`Augmentation`).

import Tensors

/// The augmentation of one image.
public struct ImageAugmentation: Hashable, Sendable {
  /// out[y, x] = in[y + dy, x + dx], 0 outside; nil leaves the image in place.
  public var shift: (dy: Int, dx: Int)? {
    get { shiftY.map { ($0, shiftX) } }
    set { (shiftY, shiftX) = (newValue?.dy, newValue?.dx ?? 0) }
  }
  private var shiftY: Int?
  private var shiftX = 0
  /// Centre (y, x) of the erased square; nil erases nothing.
  public var cutout: (y: Int, x: Int)? {
    get { cutoutY.map { ($0, cutoutX) } }
    set { (cutoutY, cutoutX) = (newValue?.y, newValue?.x ?? 0) }
  }
  private var cutoutY: Int?
  private var cutoutX = 0
  /// Added to every value.
  public var brightness: Float = 0
  /// The factor about the mean of a pixel's channels.
  public var saturation: Float = 1
  /// The factor about the mean of the image.
  public var contrast: Float = 1

  public init() {}
}

/// One kind of augmentation.
public enum AugmentationKind: String, CaseIterable, Hashable, Sendable {
  case translation, cutout, color
}

/// The augmentation of the images of a block: kinds in their order, choices by image.
public struct BlockAugmentation: Sendable {
  public let order: [AugmentationKind]
  /// The side of the erased square, in pixels.
  public let cutoutSide: Int
  public let images: [ImageAugmentation]

  public init(order: [AugmentationKind], cutoutSide: Int, images: [ImageAugmentation]) {
    self.order = order
    self.cutoutSide = cutoutSide
    self.images = images
  }
}
