// The rows and columns of a picture grid as a user writes them.

/// Rows and columns of a grid.
public struct GridSize: Sendable, Equatable {
  public let rows: Int
  public let columns: Int

  public init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  /// A text such as `6x6`, rows first.
  ///
  /// - Throws: `SamplingError.badGrid` (64).
  public init(_ text: String) throws(SamplingError) {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false)
    guard parts.count == 2, let rows = Int(parts[0]), let columns = Int(parts[1]),
      (1...SampleRequest.gridLimit).contains(rows), (1...SampleRequest.gridLimit).contains(columns)
    else { throw .badGrid(text) }
    self.init(rows: rows, columns: columns)
  }

  /// The grid nearest to a square that has room for so many pictures.
  public init(for pictures: Int) {
    let columns = max(1, Int(Double(pictures).squareRoot().rounded(.up)))
    self.init(rows: (pictures + columns - 1) / columns, columns: columns)
  }
}
