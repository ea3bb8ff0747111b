// Columns of text for people.  Not here: what stands in them.

/// Rows of cells whose columns line up: some to the left, as words are, the others to the right, as numbers.
public struct TextTable: Sendable {
  private var rows: [[String]] = []
  private let leftColumns: Set<Int>
  private let gap: String

  /// - Parameters:
  ///   - leftColumns: the columns that stand to the left.
  ///   - gap: spaces between two columns.
  public init(leftColumns: Set<Int> = [0], gap: Int = 3) {
    self.leftColumns = leftColumns
    self.gap = String(repeating: " ", count: gap)
  }

  /// Adds a row; missing cells at its end are empty.
  public mutating func add(_ cells: String...) { rows.append(cells) }

  /// Adds a row; missing cells at its end are empty.
  public mutating func add(_ cells: [String]) { rows.append(cells) }

  /// Lines without spaces at their ends.
  public func lines(indent: Int = 0) -> [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      let cells = row.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        return leftColumns.contains(column) ? row[column] + padding : padding + row[column]
      }
      var line = String(repeating: " ", count: indent) + cells.joined(separator: gap)
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
