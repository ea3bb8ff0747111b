// `transgan-dist sample`: draws pictures from a checkpoint.
import ArgumentParser
import Diagnostics
import Foundation
import Training

struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample", abstract: "Draws pictures from a checkpoint; works under mpirun.",
    discussion: """
      One seed is one picture, whatever the number of ranks and of pictures.  The output is a grid \
      (NAME.png), an array of bytes (NAME.npy, of shape (N, 32, 32, 3)), or a folder of PNG files.
      """)

  @Argument(help: "A checkpoint, or a run directory for its newest good one.")
  var checkpoint: String

  @Argument(help: "The same as --out.")
  var output: String?

  @Option(
    help: ArgumentHelp(
      "NAME.png, NAME.npy, or a folder; samples.png by default.", valueName: "path"))
  var out: String?

  @Option(help: "Seeds and ranges of seeds, e.g. 0-35 or 1,5,9-12; 0-35 by default.")
  var seeds: String?

  @Option(help: ArgumentHelp("As many pictures, of seeds 0, 1, ...", valueName: "n"))
  var count: Int?

  @Option(
    help: ArgumentHelp(
      "N pictures on the great circle from one seed's latent to another's.",
      valueName: "seed:seed:n"))
  var interpolate: String?

  @Option(
    help: ArgumentHelp(
      "Rows and columns of a .png, e.g. 6x6; nearly square by default.", valueName: "rowsxcolumns"))
  var grid: String?

  @Option(help: "The moving average of the generator (ema), or the generator itself (g).")
  var network = SampleSource.Network.ema

  @Option(help: "Each pixel becomes a square of this side; 2 for a grid, 1 for files by default.")
  var scale: Int?

  @Option(help: "Threads of a rank.")
  var threads = 1

  @Flag(help: "Replace a file that exists, or the numbered pictures of a folder.")
  var force = false

  func run() throws {
    try withRanks {
      try request()
    } body: { request, group in
      let source = try SampleSource(path: checkpoint, network: network, group: group) { sentence in
        FileHandle.standardError.write(Data("transgan-dist: warning: \(sentence)\n".utf8))
      }
      try SampleRun(request, source: source, threads: threads).run(group: group, force: force)
      guard group.isRoot else { return }
      print(
        "\(request.pictures.count) pictures of \(printable(source.path)) (\(network.rawValue), "
          + "\(source.kimg) kimg): \(printable(request.output.path))")
    }
  }

  private func request() throws -> SampleRequest {
    guard output == nil || out == nil else {
      throw SamplingError.conflict("the output is given twice, expected it either way")
    }
    guard (1...1024).contains(threads) else {
      throw SamplingError.badNumber(option: "--threads", value: threads, expected: "1 to 1024")
    }
    return try SampleRequest(
      seeds: seeds, count: count, interpolate: interpolate, grid: grid, output: out ?? output,
      scale: scale)
  }
}

extension SampleSource.Network: ExpressibleByArgument {}
