// Columns of text for people: the first one to the left, the others to the right.

/// Rows of cells, aligned.
struct TextTable {
  private var rows: [[String]] = []

  /// Adds a row; missing cells are empty.
  mutating func add(_ cells: String...) { rows.append(cells) }

  mutating func add(_ cells: [String]) { rows.append(cells) }

  /// Lines without spaces at their ends.
  func lines(indent: Int = 0) -> [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      var line = String(repeating: " ", count: indent)
      for column in row.indices {
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        line += column == 0 ? row[column] + padding : "   " + padding + row[column]
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
