// A picture of a data set: some records of each class.  Not here: the layout of a grid (`ImageGrid`).
import Datasets
import Reporting

/// The first records of each class, a class to a row.
struct DatasetPreview {
  /// Records of each class.
  static let columns = 10

  /// Pixel bytes of the chosen records of each class.
  private var rows: [[[UInt8]]]

  init(_ dataset: any ImageDataset) throws {
    rows = Array(repeating: [], count: dataset.classNames.count)
    try dataset.forEachRecord { _, record in
      let label = Int(record[0])
      if rows[label].count < Self.columns { rows[label].append(Array(record.dropFirst())) }
    }
  }

  /// The picture; where a class has too few records its row ends in the colour of zero, grey.
  func picture() throws -> PNGImage {
    let missing = [Float](repeating: 0, count: ImageRecord.pixelBytes)
    var values: [Float] = []
    for row in rows {
      for column in 0..<Self.columns {
        values += column < row.count ? row[column].map(PixelScale.value) : missing
      }
    }
    return try ImageGrid(columns: Self.columns, scale: 2).picture(
      of: values, count: rows.count * Self.columns, height: ImageRecord.side,
      width: ImageRecord.side)
  }
}
