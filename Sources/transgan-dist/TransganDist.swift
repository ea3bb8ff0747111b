// The command `transgan-dist` and the list of its subcommands, one file each.
import ArgumentParser

struct TransganDist: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "transgan-dist",
    abstract: "Trains TransGAN, a GAN of two pure transformers, on clusters of CPUs.",
    subcommands: [
      TrainCommand.self, SampleCommand.self, BenchCommand.self, DataCommand.self,
      WeightsCommand.self,
      ConfigCommand.self,
    ],
    defaultSubcommand: TrainCommand.self)
}
