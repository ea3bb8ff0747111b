// `transgan-dist weights`: looks into checkpoints.
import ArgumentParser
import Diagnostics
import Foundation
import Tensors
import Training

struct WeightsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "weights", abstract: "Looks into checkpoints.",
    subcommands: [Digest.self, List.self])

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

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists the tensors of a safetensors file: name, type, shape.")

    @Argument(help: "A checkpoint, or any safetensors file.")
    var file: String

    func run() throws {
      let entries = try SafetensorsFile(path: file).entries
      let width = entries.map { printable($0.name).count }.max() ?? 0
      for entry in entries {
        let name = printable(entry.name)
          .padding(toLength: width, withPad: " ", startingAt: 0)
        printOnce("\(name)  \(entry.type.rawValue)  \(entry.shape.extents)")
      }
    }
  }
}
