// Hand-made flags and variables that must be refused, and values that do not go together.

extension ConfigurationAttack {
  static let layers: [ConfigurationAttack] = [
    .init(
      "no value", .flag, "seed",
      "--set 'seed' has no value: write --set KEY=VALUE, e.g. --set total_kimg=10"),
    .init(
      "no key", .flag, "=3",
      "--set '=3' has no value: write --set KEY=VALUE, e.g. --set total_kimg=10"),
    .init(
      "nothing", .flag, "", "--set '' has no value: write --set KEY=VALUE, e.g. --set total_kimg=10"
    ),
    .init(
      "a section", .flag, "batch=3",
      "--set batch=3: 'batch' is a section: name one of its keys, as `transgan-dist config keys` lists them"
    ),
    .init(
      "an unknown key", .flag, "batch.block=3",
      "--set batch.block=3: unknown key 'batch.block', did you mean 'batch.blocks'?"),
    .init(
      "a deep path", .flag, "a.".repeated(1000) + "b=1",
      "--set \("a.".repeated(100))...: unknown key '\("a.".repeated(100))...'\(listOfKeys)"),
    .init(
      "a path of dots", .flag, ".".repeated(1000) + "=1",
      "--set \(".".repeated(200))...: unknown key '\(".".repeated(200))...'\(listOfKeys)"),
    .init(
      "a space around", .flag, "seed =1", "--set seed =1: unknown key 'seed ', did you mean 'seed'?"
    ),
    .init(
      "no number", .flag, "seed=one",
      "--set seed=one: seed is 'one', expected an integer, 0...9223372036854775807"),
    .init(
      "an empty number", .flag, "seed=",
      "--set seed=: seed is nothing, expected an integer, 0...9223372036854775807"),
    .init(
      "two equals signs", .flag, "seed==1",
      "--set seed==1: seed is '=1', expected an integer, 0...9223372036854775807"),
    .init(
      "YAML in a number", .flag, "seed=1\nthreads: 2",
      "--set seed=1\\u{a}threads: 2: seed is '1\\u{a}threads: 2', expected an integer, 0...9223372036854775807"
    ),
    .init(
      "an escape sequence", .flag, "se\u{1B}[31med=1",
      "--set se\\u{1b}[31med=1: unknown key 'se\\u{1b}[31med'\(listOfKeys)"),
    .init(
      "an alias in a list", .flag, "model.generator.depths=*a",
      "--set model.generator.depths=*a: a word that starts with '*': anchors (&), aliases (*) and tags (!) are refused, write the value itself"
    ),
    .init(
      "an open list", .flag, "model.generator.depths=[1",
      "--set model.generator.depths=[1: not YAML (did not find expected ',' or ']'): check indentation, brackets and quotes"
    ),
    .init(
      "a list that closes twice", .flag, "model.generator.depths=1]",
      "--set model.generator.depths=1]: text after the end of the values: check indentation, brackets and quotes"
    ),
    .init(
      "a carriage return in a list", .flag, "model.generator.depths=1,\r2",
      "--set model.generator.depths=1,\\u{d}2: a carriage return: save the file with line feeds alone as line ends"
    ),
    .init(
      "60 000 brackets", .flag, "locality.schedule=" + "[".repeated(60000),
      "--set locality.schedule=\("[".repeated(182))...: more than 16 levels inside each other"),
    .init(
      "a list of a megabyte", .flag, "locality.schedule=" + "1,".repeated(1 << 19),
      "--set locality.schedule=\("1,".repeated(91))...: 1048578 bytes, expected at most 65536"),
    .init(
      "an unknown variable", .variable("TRANSGAN_SEDE"), "1",
      "environment variable TRANSGAN_SEDE: unknown key 'TRANSGAN_SEDE', did you mean 'TRANSGAN_SEED'?"
    ),
    .init(
      "one underscore for a dot", .variable("TRANSGAN_BATCH_BLOCKS"), "1",
      "environment variable TRANSGAN_BATCH_BLOCKS: unknown key 'TRANSGAN_BATCH_BLOCKS', did you mean 'TRANSGAN_BATCH__BLOCKS'?"
    ),
    .init(
      "a section as variable", .variable("TRANSGAN_BATCH"), "1",
      "environment variable TRANSGAN_BATCH: unknown key 'TRANSGAN_BATCH'\(listOfKeys)"),
    .init(
      "a variable in small letters", .variable("TRANSGAN_seed"), "1",
      "environment variable TRANSGAN_seed: unknown key 'TRANSGAN_seed'\(listOfKeys)"),
    .init(
      "a variable without a name", .variable("TRANSGAN_"), "1",
      "environment variable TRANSGAN_: unknown key 'TRANSGAN_'\(listOfKeys)"),
    .init(
      "an empty variable", .variable("TRANSGAN_THREADS"), "",
      "environment variable TRANSGAN_THREADS: threads is nothing, expected an integer, 1...1024"),
    .init(
      "a variable with a line end", .variable("TRANSGAN_NAME"), "a\n",
      "environment variable TRANSGAN_NAME: name is 'a\\u{a}', expected 1...100 letters, digits, '.', '-' or '_', a letter or digit first"
    ),
    .init(
      "a variable with quotes", .variable("TRANSGAN_SEED"), "'7'",
      "environment variable TRANSGAN_SEED: seed is ''7'', expected an integer, 0...9223372036854775807"
    ),
    .init(
      "a list in a variable", .variable("TRANSGAN_MODEL__GENERATOR__DEPTHS"), "1 2",
      "environment variable TRANSGAN_MODEL__GENERATOR__DEPTHS: model.generator.depths is '1 2', expected a list of 1...6 integers, each 1...64"
    ),
    .init(
      "nan in a variable", .variable("TRANSGAN_LOSS__DRIFT"), "nan",
      "environment variable TRANSGAN_LOSS__DRIFT: loss.drift is 'nan', expected a number, at least 0 and at most 1000"
    ),
  ]

  private static func contradiction(
    _ name: String, _ assignment: String, _ sentence: String
  ) -> ConfigurationAttack {
    let key = assignment.prefix { $0 != "=" }
    return .init(
      name, .flag, assignment,
      "the configuration contradicts itself: \(sentence) (\(key) from --set \(assignment))")
  }

  /// The first four of 64 phases without windows and 63 that do not end later than the one before.
  private static var manyContradictions: String {
    let phase = "{until_kimg: 1, windows: []}, "
    let origin =
      "(locality.schedule from --set \(("locality.schedule=" + phase.repeated(7)).prefix(200))...)"
    func windows(_ phase: Int) -> String {
      "phase \(phase) of locality.schedule has 0 windows, expected 4, one for each stage of "
        + "model.generator.depths \(origin)"
    }
    return "the configuration contradicts itself: \(windows(1)); \(windows(2)); phase 2 of "
      + "locality.schedule ends at 1.0 kimg, expected a later end than the phase before \(origin); "
      + "\(windows(3)); and 123 more contradictions"
  }

  /// What each value allows and all together do not.
  static let contradictions: [ConfigurationAttack] = [
    contradiction(
      "fewer images than blocks", "batch.discriminator=4",
      "batch.discriminator is 4, expected at least one image for each of the 8 blocks of batch.blocks"
    ),
    contradiction(
      "more threads than blocks", "threads=9",
      "threads is 9, expected at most batch.blocks, 8, since a thread computes whole blocks"),
    contradiction(
      "files without a path", "data.source=cifar10",
      "data.path is empty, expected the folder or archive of data.source cifar10"),
    contradiction(
      "images of another side", "model.generator.bottom=8",
      "model.generator.bottom 8 doubled from stage to stage of model.generator.depths gives images of side 64, expected 32"
    ),
    contradiction(
      "heads that do not divide", "model.discriminator.heads=5",
      "model.discriminator.heads is 5, expected a divisor of model.discriminator.channels, 96"),
    contradiction(
      "an augmentation twice", "augmentation.policy=color,color",
      "augmentation.policy names an augmentation twice, expected each at most once"),
    contradiction(
      "a patch that does not divide", "model.discriminator.patch=5",
      "model.discriminator.patch is 5, expected a divisor of the images' side 32"),
    contradiction(
      "a decay that ends before it starts", "optimizer.decay.final_factor=0.5",
      "optimizer.decay.end_kimg is 0.0, expected more than optimizer.decay.start_kimg, 0.0, where optimizer.decay.final_factor is not 1"
    ),
    contradiction(
      "a window too few", "locality.schedule={until_kimg: 1, windows: [1, 1]}",
      "phase 1 of locality.schedule has 2 windows, expected 4, one for each stage of model.generator.depths"
    ),
    contradiction(
      "phases out of order",
      "locality.schedule={until_kimg: 2, windows: [1, 1, 1, 1]}, {until_kimg: 1, windows: [1, 1, 1, 1]}",
      "phase 2 of locality.schedule ends at 1.0 kimg, expected a later end than the phase before"),
    .init(
      "64 phases with too few windows", .flag,
      "locality.schedule=" + "{until_kimg: 1, windows: []}, ".repeated(63)
        + "{until_kimg: 1, windows: []}",
      manyContradictions),
  ]
}
