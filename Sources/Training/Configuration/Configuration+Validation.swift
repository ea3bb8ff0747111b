// What must hold between the values of a configuration.  Not here: the range of each value by
// itself, which the table of keys has; whether files exist; the number of ranks.

extension Configuration {
  /// A contradiction between values: a sentence that names the keys, and the keys.
  public struct Problem: Sendable, Equatable {
    public var keys: [String]
    public var sentence: String
  }

  /// Every contradiction between the values, none for a configuration that can be trained.
  public func problems() -> [Problem] {
    batchProblems() + generatorProblems() + discriminatorProblems() + recipeProblems()
      + localityProblems()
  }

  private func batchProblems() -> [Problem] {
    var problems: [Problem] = []
    for (key, size) in [
      ("batch.discriminator", batch.discriminator), ("batch.generator", batch.generator),
    ] where size < batch.blocks {
      problems.append(
        Problem(
          keys: [key, "batch.blocks"],
          sentence: "\(key) is \(size), expected at least one image for each of the "
            + "\(batch.blocks) blocks of batch.blocks"))
    }
    if threads > batch.blocks {
      problems.append(
        Problem(
          keys: ["threads", "batch.blocks"],
          sentence: "threads is \(threads), expected at most batch.blocks, \(batch.blocks), since "
            + "a thread computes whole blocks"))
    }
    if data.source == .cifar10, data.path.isEmpty {
      problems.append(
        Problem(
          keys: ["data.source", "data.path"],
          sentence: "data.path is empty, expected the folder or archive of data.source cifar10"))
    }
    return problems
  }

  private func generatorProblems() -> [Problem] {
    let generator = model.generator
    let stages = generator.depths.count
    var problems: [Problem] = []
    let side = generator.bottom << (stages - 1)
    if side != Self.imageSide {
      problems.append(
        Problem(
          keys: ["model.generator.bottom", "model.generator.depths"],
          sentence: "model.generator.bottom \(generator.bottom) doubled from stage to stage of "
            + "model.generator.depths gives images of side \(side), expected \(Self.imageSide)"))
    }
    if generator.widths.isEmpty {
      let divisor = 1 << (2 * (stages - 1))
      if !generator.channels.isMultiple(of: divisor) {
        return problems + [
          Problem(
            keys: ["model.generator.channels", "model.generator.depths"],
            sentence: "model.generator.channels is \(generator.channels), expected a multiple of "
              + "\(divisor), since each of the stages after the first has a quarter of the "
              + "channels (or give model.generator.widths)")
        ]
      }
    } else if generator.widths.count != stages || generator.widths.first != generator.channels {
      return problems + [
        Problem(
          keys: ["model.generator.widths", "model.generator.channels", "model.generator.depths"],
          sentence: "model.generator.widths is \(generator.widths), expected \(stages) widths, one "
            + "for each of model.generator.depths, the first \(generator.channels) as "
            + "model.generator.channels")
      ]
    }
    for (stage, width) in generator.stageWidths.enumerated()
    where !width.isMultiple(of: generator.heads) {
      problems.append(
        Problem(
          keys: ["model.generator.heads", "model.generator.channels", "model.generator.widths"],
          sentence: "model.generator.heads is \(generator.heads), expected a divisor of the "
            + "\(width) channels of stage \(stage + 1)"))
    }
    return problems
  }

  private func discriminatorProblems() -> [Problem] {
    let discriminator = model.discriminator
    var problems: [Problem] = []
    if !discriminator.channels.isMultiple(of: discriminator.heads) {
      problems.append(
        Problem(
          keys: ["model.discriminator.heads", "model.discriminator.channels"],
          sentence: "model.discriminator.heads is \(discriminator.heads), expected a divisor of "
            + "model.discriminator.channels, \(discriminator.channels)"))
    }
    if !Self.imageSide.isMultiple(of: discriminator.patch) {
      problems.append(
        Problem(
          keys: ["model.discriminator.patch"],
          sentence: "model.discriminator.patch is \(discriminator.patch), expected a divisor of "
            + "the images' side \(Self.imageSide)"))
    }
    return problems
  }

  private func recipeProblems() -> [Problem] {
    var problems: [Problem] = []
    if Set(augmentation.policy).count != augmentation.policy.count {
      problems.append(
        Problem(
          keys: ["augmentation.policy"],
          sentence: "augmentation.policy names an augmentation twice, expected each at most once"))
    }
    let decay = optimizer.decay
    if decay.finalFactor != 1, decay.endKimg <= decay.startKimg {
      problems.append(
        Problem(
          keys: [
            "optimizer.decay.start_kimg", "optimizer.decay.end_kimg",
            "optimizer.decay.final_factor",
          ],
          sentence: "optimizer.decay.end_kimg is \(decay.endKimg), expected more than "
            + "optimizer.decay.start_kimg, \(decay.startKimg), where "
            + "optimizer.decay.final_factor is not 1"))
    }
    return problems
  }

  private func localityProblems() -> [Problem] {
    let keys = ["locality.preset", "locality.schedule"]
    guard locality.preset == .custom else {
      return locality.schedule.isEmpty
        ? []
        : [
          Problem(
            keys: keys,
            sentence: "locality.schedule is given and locality.preset is "
              + "\(locality.preset.rawValue), expected locality.preset custom")
        ]
    }
    guard !locality.schedule.isEmpty else {
      return [
        Problem(
          keys: keys,
          sentence: "locality.preset is custom and locality.schedule is empty, expected at least "
            + "one phase")
      ]
    }
    var problems: [Problem] = []
    let stages = model.generator.depths.count
    for (index, phase) in locality.schedule.enumerated() {
      if phase.windows.count != stages {
        problems.append(
          Problem(
            keys: ["locality.schedule", "model.generator.depths"],
            sentence: "phase \(index + 1) of locality.schedule has \(phase.windows.count) windows, "
              + "expected \(stages), one for each stage of model.generator.depths"))
      }
      if index > 0, phase.untilKimg <= locality.schedule[index - 1].untilKimg {
        problems.append(
          Problem(
            keys: ["locality.schedule"],
            sentence: "phase \(index + 1) of locality.schedule ends at \(phase.untilKimg) kimg, "
              + "expected a later end than the phase before"))
      }
    }
    return problems
  }
}
