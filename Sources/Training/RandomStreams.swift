// The streams of random numbers that training draws from; their raw values are unique in the package.

import Tensors

extension RandomStream {
  /// z of a discriminator step, (T) a sample.
  static let discriminatorLatent = RandomStream(rawValue: 32)
  /// z of a generator step, (T) a sample.
  static let generatorLatent = RandomStream(rawValue: 33)
  /// The weight of the real image in a penalty's mixture, one a sample.
  static let mixture = RandomStream(rawValue: 34)
  static let realAugmentation = RandomStream(rawValue: 35)
  static let fakeAugmentation = RandomStream(rawValue: 36)
  static let mixedAugmentation = RandomStream(rawValue: 37)
  static let generatorAugmentation = RandomStream(rawValue: 38)
  /// z of the pictures that are looked at: one picture a seed.
  static let sampleLatent = RandomStream(rawValue: 39)
  /// z of the samples that are measured, (T) a sample; the same at every measurement of a run.
  static let evaluationLatent = RandomStream(rawValue: 40)
  /// The key of the data after a rollback; step = how many there were.
  static let rollbackSeed = RandomStream(rawValue: 41)
}
