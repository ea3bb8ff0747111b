// Reading YAML into untyped values.  Configuration needs little of YAML, and the rest is where its
// attacks live, so aliases, anchors, tags and merge keys, tabs, control characters, more than 64 KiB
// or 16 levels, and several documents are refused.  Not here: what keys mean.
import Diagnostics
import Yams

/// The part of YAML that configurations are written in.
enum ConfigurationText {
  /// Bytes of a file.
  static let largestSize = 65536
  /// Levels of mappings and lists inside each other.
  static let deepestLevel = 16

  /// What can stand before a word.
  private static let wordStarts = " \n[{,:-?".unicodeScalars
  /// What no word may start with.
  private static let refusedStarts = "&*!?".unicodeScalars

  /// Whether a character is refused where it stands: it could start a word there, in quotes or not.
  static func isRefused(_ scalar: Unicode.Scalar, after previous: Unicode.Scalar) -> Bool {
    refusedStarts.contains(scalar) && wordStarts.contains(previous)
  }

  /// The root of a document, nil where it is empty.
  ///
  /// - Parameter origin: where a line of the text is, for errors.
  /// - Throws: `ConfigurationError.malformed`.
  static func parse(
    _ text: String, origin: (_ line: Int) -> ConfigurationOrigin
  ) throws(ConfigurationError) -> ConfigurationValue? {
    guard text.utf8.count <= largestSize else {
      throw .malformed(
        origin: origin(1),
        problem: "\(text.utf8.count) bytes, expected at most \(largestSize)")
    }
    try refuseWhatIsNotUnderstood(text, origin: origin)
    let root: Node?
    do {
      root = try Yams.compose(yaml: text, .default, .default, .utf8)
    } catch let error as YamlError {
      // The end of a text counts as a line after its last line end.
      let lines = text.utf8.dropLast().reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
      throw malformed(error) { origin(min($0, lines)) }
    } catch {
      throw .malformed(origin: origin(1), problem: sentence("\(error)"))
    }
    guard let root else { return nil }
    return try value(of: root, depth: 1, line: 1, origin: origin)
  }

  /// Looks through the characters before any YAML is read: the reader copies what an alias names,
  /// so a few hundred bytes of aliases can grow to gigabytes.
  ///
  /// `&`, `*`, `!` and `?` are refused wherever a word could start, in comments too: whether a place is
  /// inside a comment is known only to a reader of YAML.  `?` begins a key of any size, and the reader
  /// hashes all keys of a level, those inside them again: keys inside keys would keep it busy for long.
  private static func refuseWhatIsNotUnderstood(
    _ text: String, origin: (_ line: Int) -> ConfigurationOrigin
  ) throws(ConfigurationError) {
    var line = 1
    var previous: Unicode.Scalar = "\n"
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n":
        line += 1
      case "\u{FEFF}" where line == 1:
        throw .malformed(
          origin: origin(line), problem: "a byte order mark: save the file as UTF-8 without one")
      case "\r":
        throw .malformed(
          origin: origin(line),
          problem: "a carriage return: save the file with line feeds alone as line ends")
      case "\t":
        throw .malformed(origin: origin(line), problem: "a tab: indent and separate with spaces")
      case "?" where isRefused(scalar, after: previous):
        throw .malformed(
          origin: origin(line), problem: "a word that starts with '?': write keys as KEY: VALUE")
      case _ where isRefused(scalar, after: previous):
        throw .malformed(
          origin: origin(line),
          problem: "a word that starts with '\(scalar)': anchors (&), aliases (*) and tags (!) "
            + "are refused, write the value itself")
      default:
        guard printable(String(scalar)) == String(scalar) else {
          throw .malformed(
            origin: origin(line),
            problem: "the invisible character \(printable(String(scalar))): remove it")
        }
      }
      previous = scalar
    }
  }

  private static func value(
    of node: Node, depth: Int, line: Int, origin: (_ line: Int) -> ConfigurationOrigin
  ) throws(ConfigurationError) -> ConfigurationValue {
    guard depth <= deepestLevel else {
      throw .malformed(
        origin: origin(node.mark?.line ?? line),
        problem: tooDeep)
    }
    switch node {
    case .scalar(let scalar):
      switch scalar.style {
      case .any, .plain: return .word(scalar.string)
      default: return .quoted(scalar.string)
      }
    case .sequence(let sequence):
      var values: [ConfigurationValue] = []
      for element in sequence {
        values.append(try value(of: element, depth: depth + 1, line: line, origin: origin))
      }
      return .list(values)
    case .mapping(let mapping):
      var entries: [ConfigurationValue.Entry] = []
      for (key, element) in mapping {
        let line = key.mark?.line ?? line
        guard case .scalar(let name) = key else {
          throw .malformed(origin: origin(line), problem: nestedKey)
        }
        guard name.string != "<<" else {
          throw .malformed(
            origin: origin(line), problem: "a merge key '<<': write the values themselves")
        }
        let value = try value(of: element, depth: depth + 1, line: line, origin: origin)
        entries.append(.init(key: name.string, value: value, line: line))
      }
      return .mapping(entries)
    case .alias:
      throw .malformed(origin: origin(node.mark?.line ?? line), problem: "an alias")
    }
  }
}

// How faults that the reader of YAML finds are said.
extension ConfigurationText {
  private static func malformed(
    _ error: YamlError, origin: (_ line: Int) -> ConfigurationOrigin
  ) -> ConfigurationError {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      .malformed(origin: origin(mark.line), problem: sentence(problem))
    case .duplicatedKeysInMapping(let keys, let context):
      .malformed(
        origin: origin(context.mark.line),
        problem: keys.first == "<uncovertable>"
          ? nestedKey
          : "the key '\(printable(keys.first ?? ""))' stands here and again in the same mapping: "
            + "remove one of them")
    default:
      .malformed(origin: origin(1), problem: sentence("\(error)"))
    }
  }

  static let nestedKey = "a key that is a list or a mapping, expected a word"
  static let tooDeep = "more than \(deepestLevel) levels inside each other"

  /// The reader's words, with what to do; in our own words where its own speak of the reader.
  private static func sentence(_ problem: String) -> String {
    switch problem {
    case let text where text.hasPrefix("Maximum nesting level"):
      tooDeep
    case "but found another document":
      "a second document, expected one in a file: remove the lines of '---' between documents"
    case "did not find expected <document start>":
      "text after the end of the values: check indentation, brackets and quotes"
    default:
      "not YAML (\(printable(problem))): check indentation, brackets and quotes"
    }
  }
}
