// The options that every subcommand with a configuration has.
import ArgumentParser
import Foundation
import Training

struct ConfigurationOptions: ParsableArguments {
  @Option(
    name: .customLong("config"),
    help: ArgumentHelp(
      "A configuration file, e.g. configs/cifar10-s.yaml; of several, the later wins.",
      discussion: "Without one the recipe is the quick-start.", valueName: "file"))
  var files: [String] = []

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "A value that wins over files and environment, e.g. batch.blocks=16; may be repeated.",
      valueName: "key=value"))
  var assignments: [String] = []

  /// The values of all sources in their order, not yet checked against each other.
  func load() throws -> ConfigurationLoader {
    var loader = ConfigurationLoader()
    for file in files { try loader.add(file: file) }
    try loader.add(environment: ProcessInfo.processInfo.environment)
    for assignment in assignments { try loader.add(assignment: assignment) }
    return loader
  }
}
