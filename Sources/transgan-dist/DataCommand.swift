// `transgan-dist data`: checks a data set and shows what is in it.
import ArgumentParser
import Datasets
import Diagnostics
import Foundation
import Training

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Checks a data set, counts it, and draws a preview.")

  @Argument(
    help: """
      The folder or the archive of CIFAR-10's binary files, in place of the configuration's \
      data.source and data.path.
      """)
  var path: String?

  @OptionGroup var options: ConfigurationOptions

  @Option(
    help: ArgumentHelp(
      "Write a PNG with ten pictures of each class, a class to a row.", valueName: "file"))
  var preview: String?

  func run() throws {
    var loader = try options.load()
    if let path {
      try loader.add(assignment: "data.source=cifar10")
      try loader.add(assignment: "data.path=\(path)")
    }
    let dataset = try loader.validated().openDataset()
    let summary = try DatasetSummary(dataset)
    printOnce(Self.text(summary))
    if let preview, LaunchRank.current == 0 {
      try DatasetPreview(dataset).picture().write(to: preview)
      print("preview      \(preview)")
    }
  }

  private static func text(_ summary: DatasetSummary) -> String {
    func row(_ values: [Double]) -> String {
      values.map { String(format: "%.4f", $0) }.joined(separator: ", ")
    }
    let classes = zip(summary.classNames, summary.classCounts).map { "\($0) \($1)" }
    return """
      data set     \(printable(summary.name)), \(printable(summary.source))
      pictures     \(summary.count)
      classes      \(printable(classes.joined(separator: ", "), limit: 2000))
      mean         \(row(summary.channelMeans)) (red, green, blue; scale -1...1)
      deviation    \(row(summary.channelDeviations))
      digest       \(summary.digest)
      """
  }
}
