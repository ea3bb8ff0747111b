// What is known about one step: an ordered list of named values, and its form as a JSON object.
// Not here: which values there are; the training loop names them.

/// The measurements of one step, in the order in which they were added.
///
/// Names carry the unit: `kimg`, `loss_d`, `gradient_norm_d`, `images_per_second`, `step_seconds`,
/// `peak_memory_bytes`.  The step itself always comes first, as `step`.
public struct MetricsRecord: Sendable, Equatable {
  /// One measurement.
  public enum Value: Sendable, Equatable {
    case integer(Int)
    case number(Double)
    case text(String)
  }

  /// One named measurement.
  public struct Entry: Sendable, Equatable {
    public let name: String
    public var value: Value
  }

  /// The discriminator updates done.
  public let step: Int
  /// All but the step, in order of addition.
  public private(set) var entries: [Entry] = []

  public init(step: Int) { self.step = step }

  /// Adds a value, or replaces the value of that name in its place.
  ///
  /// - Precondition: the name is not `step`, which belongs to the record.
  public mutating func set(_ name: String, _ value: Value) {
    precondition(name != "step", "the step of a record is given to its initialiser")
    if let index = entries.firstIndex(where: { $0.name == name }) {
      entries[index].value = value
    } else {
      entries.append(Entry(name: name, value: value))
    }
  }

  public mutating func set(_ name: String, _ value: Double) { set(name, .number(value)) }
  public mutating func set(_ name: String, _ value: Float) { set(name, .number(Double(value))) }
  public mutating func set(_ name: String, _ value: Int) { set(name, .integer(value)) }
  public mutating func set(_ name: String, _ value: String) { set(name, .text(value)) }

  /// The value of that name.
  public subscript(name: String) -> Value? { entries.first { $0.name == name }?.value }

  /// The record as one JSON object (RFC 8259) without line breaks, `step` first.
  ///
  /// JSON has no NaN and no infinities.  They are written as the strings `"NaN"`, `"Infinity"` and
  /// `"-Infinity"`, not as `null`: a diverged run must be told from a missing value, and these three
  /// are what Python's `float()`, JavaScript's `Number()` and protobuf's JSON form read.
  /// A finite number is written so that reading it gives the same 64 bits.
  public var jsonObject: String {
    var result = "{\"step\":\(step)"
    for entry in entries {
      result += ",\(jsonString(entry.name)):"
      switch entry.value {
      case .integer(let value): result += "\(value)"
      case .number(let value): result += jsonNumber(value)
      case .text(let value): result += jsonString(value)
      }
    }
    return result + "}"
  }
}

private func jsonNumber(_ value: Double) -> String {
  if value.isNaN { return "\"NaN\"" }
  if value.isInfinite { return value < 0 ? "\"-Infinity\"" : "\"Infinity\"" }
  return "\(value)"
}

private func jsonString(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\t": result += "\\t"
    case _ where scalar.value < 0x20 || scalar.value == 0x7F:
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
