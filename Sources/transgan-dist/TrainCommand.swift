// `transgan-dist train`: the command that is meant where none is named.
import ArgumentParser
import CSignals
import Foundation
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

  @Option(
    name: .customLong("max-time"),
    help: ArgumentHelp(
      "Stop in time to have ended after this long, with a checkpoint and exit code 75: 90s, 3h30m.",
      discussion: "A job under Slurm also stops in time for the end of its allocation.",
      valueName: "duration"))
  var maximumTime: String?

  @Option(
    name: .customLong("stall-timeout"),
    help: ArgumentHelp(
      "How long a rank may be silent before the run ends with 76; by default ten steps, and 60s at least.",
      valueName: "duration"))
  var stallTimeout: String?

  @Flag(
    name: .customLong("dry-run"),
    help: "Print what the training needs and about how long it takes, write nothing, and end.")
  var isDryRun = false

  func run() throws {
    try withRanks {
      (try options.load().validated(), try runOptions())
    } body: { settings, group in
      let (configuration, runOptions) = settings
      if isDryRun { return try DryRun.run(configuration, group: group) }
      let monitor = try RunMonitor(group, options: runOptions)
      do {
        let run = try TrainingRun(
          configuration, directory: runDirectory ?? "runs/\(configuration.name)", group: group,
          monitor: monitor)
        try run.run()
        monitor.finish()
      } catch {
        monitor.fail(error)
      }
    }
  }

  private func runOptions() throws -> RunOptions {
    RunOptions(
      maximumSeconds: try maximumTime.map { try seconds(ofDuration: $0, option: "--max-time") },
      stallSeconds: try stallTimeout.map { try seconds(ofDuration: $0, option: "--stall-timeout") },
      environment: ProcessInfo.processInfo.environment,
      notice: { StopReason(signal: csignals_notice()) })
  }
}

extension StopReason {
  fileprivate init?(signal: Int32) {
    switch signal {
    case SIGUSR1: self = .userSignal1
    case SIGUSR2: self = .userSignal2
    case SIGTERM: self = .terminationSignal
    default: return nil
    }
  }
}
