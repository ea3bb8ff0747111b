// What the `data` subcommand shows of a data set.

/// Counts and moments of all records of a data set.
public struct DatasetSummary: Sendable {
  public let name: String
  public let source: String
  public let digest: String
  public let count: Int
  public let classNames: [String]
  /// The number of records of each class.
  public let classCounts: [Int]
  /// The mean of each channel (red, green, blue) over all records and pixels, on the scale [-1, 1].
  public let channelMeans: [Double]
  /// The standard deviation of each channel (dividing by the number of values), on the same scale.
  public let channelDeviations: [Double]

  /// Reads every record once.
  public init(_ dataset: some ImageDataset) throws {
    var counts = [Int](repeating: 0, count: dataset.classNames.count)
    var histograms = [Int](repeating: 0, count: ImageRecord.channels * 256)
    try dataset.forEachRecord { _, record in Self.tally(record, &counts, &histograms) }
    name = dataset.name
    source = dataset.source
    digest = dataset.digest
    count = dataset.count
    classNames = dataset.classNames
    classCounts = counts
    let moments = (0..<ImageRecord.channels).map {
      Self.moments(histograms[$0 * 256..<($0 + 1) * 256])
    }
    channelMeans = moments.map(\.mean)
    channelDeviations = moments.map(\.deviation)
  }

  private static func tally(
    _ record: UnsafeRawBufferPointer, _ counts: inout [Int], _ histograms: inout [Int]
  ) {
    counts[Int(record[0])] += 1
    let plane = ImageRecord.side * ImageRecord.side
    histograms.withUnsafeMutableBufferPointer { histograms in
      for channel in 0..<ImageRecord.channels {
        for pixel in 0..<plane {
          histograms[channel * 256 + Int(record[1 + channel * plane + pixel])] += 1
        }
      }
    }
  }

  /// Exact integer sums over a histogram of bytes, then b / 127.5 - 1.
  private static func moments(_ histogram: ArraySlice<Int>) -> (mean: Double, deviation: Double) {
    var (count, sum, squares) = (0, 0, 0)
    for (byte, frequency) in histogram.enumerated() {
      count += frequency
      sum += byte * frequency
      squares += byte * byte * frequency
    }
    guard count > 0 else { return (0, 0) }
    let mean = Double(sum) / Double(count)
    let variance = max(Double(squares) / Double(count) - mean * mean, 0)
    return (mean / 127.5 - 1, variance.squareRoot() / 127.5)
  }
}
