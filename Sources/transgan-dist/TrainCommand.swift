// `transgan-dist train`: the command that is meant where none is named.
import ArgumentParser
import DataParallel
import Training

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Trains, or goes on from the newest checkpoint of the run.")

  @OptionGroup var options: ConfigurationOptions

  @Option(
    name: .customLong("run-dir"),
    help: ArgumentHelp(
      "Where the run keeps log, samples and checkpoints; runs/NAME by default.", valueName: "dir"))
  var runDirectory: String?

  func run() throws {
    let configuration = try options.load().validated()
    let group = try ProcessGroup.start()
    let run = try TrainingRun(
      configuration, directory: runDirectory ?? "runs/\(configuration.name)", group: group)
    try run.run()
    try group.finalize()
  }
}
