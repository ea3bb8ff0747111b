// `transgan-dist bench`: how fast this machine trains.
import ArgumentParser
import DataParallel
import Training

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures training steps, kernels, and sums over ranks.",
    subcommands: [Step.self, Kernels.self, Reduce.self])

  struct Step: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Times a recipe's discriminator and generator step; works under mpirun.")

    @OptionGroup var options: ConfigurationOptions

    @Option(help: "Measured steps, of which the median is shown.")
    var steps = 3

    @Flag(help: "One line of JSON for programs.")
    var json = false

    func validate() throws {
      guard steps > 0 else { throw ValidationError("--steps is \(steps), expected at least 1") }
    }

    func run() throws {
      try withRanks {
        try options.load().validated()
      } body: { configuration, group in
        let result = try StepBenchmark(configuration, group: group, steps: steps)
        let text = try StepBenchmarkText(result, group: group)
        if group.isRoot { print(json ? text.json : text.table) }
      }
    }
  }

  struct Kernels: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Compares every fast kernel with its plain loop and times both, on one thread.",
      discussion: "Ends with exit code 70 where a kernel does not compute what its plain loop does."
    )

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "One line of JSON for programs.")
    var json = false

    func run() throws {
      try withRanks {
        try options.load().validated()
      } body: { configuration, group in
        let result = try KernelBenchmark(configuration)
        if group.isRoot { print(json ? result.json : result.table) }
      }
    }
  }

  struct Reduce: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Times the reproducible and the fast sum over the ranks, by size; under mpirun.")

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "One line of JSON for programs.")
    var json = false

    func run() throws {
      try withRanks {
        try options.load().validated()
      } body: { configuration, group in
        let result = try ReductionBenchmark(group: group, blocks: configuration.batch.blocks)
        if group.isRoot { print(json ? result.json : result.table) }
      }
    }
  }
}
