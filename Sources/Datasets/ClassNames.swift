// The list of class names beside the records, `batches.meta.txt`: a name a line.
import Diagnostics

/// Reads the names of the ten classes.
enum ClassNames {
  /// The names in `bytes`, the content of `file`; `class 0` to `class 9` where the set has no list.
  static func read(_ bytes: [UInt8]?, file: String) throws -> [String] {
    guard let bytes else { return (0..<ImageRecord.classCount).map { "class \($0)" } }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw DatasetError.badClassNames(file: file, reason: "it is not UTF-8 text")
    }
    let names = text.split(whereSeparator: \.isNewline).map(String.init)
    guard names.count == ImageRecord.classCount else {
      throw DatasetError.badClassNames(file: file, reason: "it has \(names.count) names")
    }
    guard Set(names).count == names.count else {
      throw DatasetError.badClassNames(file: file, reason: "a name occurs twice")
    }
    guard names.allSatisfy({ $0.unicodeScalars.count <= 64 }) else {
      throw DatasetError.badClassNames(file: file, reason: "a name has more than 64 characters")
    }
    // Names are shown in terminals and reports.
    guard names.allSatisfy({ printable($0) == $0 }) else {
      throw DatasetError.badClassNames(file: file, reason: "a name has an invisible character")
    }
    guard names.allSatisfy({ $0.contains { !$0.isWhitespace } }) else {
      throw DatasetError.badClassNames(file: file, reason: "a name is blank")
    }
    return names
  }
}
