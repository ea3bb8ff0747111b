// `transgan-dist bench`: how fast this machine trains.
import ArgumentParser
import DataParallel
import Foundation
import Training

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures training steps.", subcommands: [Step.self])

  struct Step: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Times a recipe's discriminator and generator step; works under mpirun.")

    @OptionGroup var options: ConfigurationOptions

    @Option(help: "Measured steps, of which the median is shown.")
    var steps = 3

    @Flag(help: "One line of JSON for programs.")
    var json = false

    func run() throws {
      try withRanks {
        try options.load().validated()
      } body: { configuration, group in
        let result = try StepBenchmark(configuration, group: group, steps: steps)
        if group.isRoot { print(json ? line(result, configuration, group) : "\(result)") }
      }
    }

    private func line(
      _ result: StepBenchmark, _ configuration: Configuration, _ group: ProcessGroup
    ) -> String {
      let fields: [(String, String)] = [
        ("name", "\"\(configuration.name)\""), ("ranks", "\(group.size)"),
        ("threads", "\(configuration.threads)"),
        ("d_batch", "\(configuration.batch.discriminator / group.size)"),
        ("g_batch", "\(configuration.batch.generator / group.size)"),
        ("d_step_s", String(format: "%.4f", result.discriminatorSeconds)),
        ("g_step_s", String(format: "%.4f", result.generatorSeconds)),
        ("peak_rss_mib", "\(result.peakResidentBytes >> 20)"),
        ("peak_tensor_mib", "\(result.peakTensorBytes >> 20)"),
        ("allocations", "\(result.allocationsInMeasuredSteps)"),
      ]
      return "{" + fields.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ") + "}"
    }
  }
}
