// Rows of text with columns of even width.  Not here: what stands in them.

/// A table for a terminal.
struct TextTable {
  private var rows: [[String]]
  /// Columns that are pushed to the right, as numbers are.
  private let rightColumns: Set<Int>

  init(header: [String], rightColumns: Set<Int> = []) {
    rows = [header]
    self.rightColumns = rightColumns
  }

  /// - Precondition: as many cells as the header has.
  mutating func append(_ row: [String]) {
    precondition(row.count == rows[0].count, "\(row.count) cells in a table of \(rows[0].count)")
    rows.append(row)
  }

  /// The lines, columns two spaces apart, without spaces at their ends.
  var lines: [String] {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return rightColumns.contains(column) ? space + cell : cell + space
      }
      let line = cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }
}
