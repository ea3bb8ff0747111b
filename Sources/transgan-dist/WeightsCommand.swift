// `transgan-dist weights`: looks into checkpoints.
import ArgumentParser
import Diagnostics
import Foundation
import Reporting
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
      abstract: "Lists the tensors of a safetensors file: name, type, shape, Euclidean norm.",
      discussion: "A norm that is nan or inf shows where weights are broken.")

    @Argument(help: "A checkpoint, or any safetensors file.")
    var file: String

    func run() throws {
      guard LaunchRank.current == 0 else { return }
      let file = try SafetensorsFile(path: file)
      var table = TextTable(leftColumns: [0, 1, 2], gap: 2)
      table.add("name", "type", "shape", "norm")
      for entry in file.entries {
        table.add([
          printable(entry.name), entry.type.rawValue,
          entry.shape.extents.map(String.init).joined(separator: " x "),
          try Self.norm(of: entry, in: file).map { String(format: "%.6g", $0) } ?? "-",
        ])
      }
      for line in table.lines() { print(line) }
      let values = file.entries.reduce(0) { $0 + $1.shape.count }
      print("\(file.entries.count) tensors, \(values) values, \(file.byteCount) bytes")
    }

    /// The root of the sum of squares, in float64; nil for types that are not floats.
    private static func norm(
      of entry: SafetensorsEntry, in file: SafetensorsFile
    ) throws -> Double? {
      switch entry.type {
      case .f32:
        try file.tensor(named: entry.name).withUnsafeBuffer { values in
          values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        }
      case .f64:
        try file.float64(named: entry.name).reduce(0) { $0 + $1 * $1 }.squareRoot()
      default: nil
      }
    }
  }
}
