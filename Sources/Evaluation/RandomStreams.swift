// The streams of random numbers that measurements draw from; their raw values are unique in the package.

import Tensors

extension RandomStream {
  /// Where an image's neighbourhoods lie: step is the level, sample the image.
  static let neighbourhood = RandomStream(rawValue: 64)
  /// The directions of the sliced Wasserstein distance: step is the level, sample the direction.
  static let direction = RandomStream(rawValue: 65)
}
