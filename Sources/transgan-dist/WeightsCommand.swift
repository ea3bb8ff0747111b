// `transgan-dist weights`: looks into checkpoints.
import ArgumentParser
import Training

struct WeightsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "weights", abstract: "Looks into checkpoints.",
    subcommands: [Digest.self])

  struct Digest: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints the SHA-256 over the weights of G, D and the moving average.",
      discussion: "Two runs with the same digest have the same weights, bit for bit.")

    @Argument(help: "Checkpoint files.")
    var files: [String]

    func run() throws {
      for file in files { printOnce("\(try weightsDigest(ofCheckpointAt: file))  \(file)") }
    }
  }
}
