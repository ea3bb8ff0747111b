// A recipe whose steps take milliseconds, for tests that change a field or two.

@testable import Training

extension Configuration {
  /// Networks of 16 channels, three blocks of two and three images, a generator step after every second of D.
  static var tiny: Configuration {
    var configuration = Configuration()
    configuration.model.latent = 8
    configuration.model.generator.channels = 16
    configuration.model.generator.depths = [1, 1, 1]
    configuration.model.generator.widths = []
    configuration.model.generator.bottom = 8
    configuration.model.generator.heads = 1
    configuration.model.discriminator.channels = 16
    configuration.model.discriminator.depth = 2
    configuration.model.discriminator.heads = 2
    configuration.batch.discriminator = 6
    configuration.batch.generator = 9
    configuration.batch.blocks = 3
    configuration.criticSteps = 2
    configuration.locality.preset = .none
    configuration.locality.schedule = []
    return configuration
  }
}
