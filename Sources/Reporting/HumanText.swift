// Durations, sizes and counts as people say them.
// Not here: numbers for machines, which keep their base unit and all their digits.

/// Short texts for people.
public enum HumanText {
  /// A duration with at most two units: `0.42 s`, `42 s`, `3 min 20 s`, `1 h 20 min`, `2 d 3 h`.
  ///
  /// Rounded half up to the smaller of the two units; `?` for what is negative or not finite.
  public static func duration(seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return "?" }
    if seconds < 9.95 { return "\(fixed(seconds, seconds < 0.995 ? 2 : 1)) s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return pair(whole / 60, "min", whole % 60, "s") }
    let minutes = Int((seconds / 60).rounded())
    if minutes < 24 * 60 { return pair(minutes / 60, "h", minutes % 60, "min") }
    let hours = Int((seconds / 3600).rounded())
    return pair(hours / 24, "d", hours % 24, "h")
  }

  /// `duration(seconds:)` of a `Duration`.
  public static func duration(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    return self.duration(seconds: Double(seconds) + Double(attoseconds) * 1e-18)
  }

  /// A size in decimal units (1 kB = 1000 bytes) with three digits: `999 B`, `74.3 MB`, `1.20 GB`.
  public static func bytes(_ count: Int) -> String {
    scaled(Double(count), ["B", "kB", "MB", "GB", "TB", "PB", "EB"])
  }

  /// A count with three digits: `999`, `18.6 M`, `1.20 G`.
  public static func count(_ count: Int) -> String {
    scaled(Double(count), ["", "k", "M", "G", "T", "P", "E"])
  }

  /// `value` with that many digits after the point, rounded half away from zero.
  public static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    var power = 1.0
    for _ in 0..<digits { power *= 10 }
    let scaled = (value.magnitude * power).rounded()
    guard scaled < 9e15 else { return "\(value)" }
    let units = Int(scaled)
    let sign = value < 0 && units > 0 ? "-" : ""
    let divisor = Int(power)
    guard digits > 0 else { return "\(sign)\(units)" }
    let fraction = String(units % divisor)
    let zeros = String(repeating: "0", count: digits - fraction.count)
    return "\(sign)\(units / divisor).\(zeros)\(fraction)"
  }

  /// `value` with three significant digits and no exponent below a thousand: `0.123`, `12.3`, `123`.
  public static func significant(_ value: Double) -> String {
    let magnitude = value.magnitude
    return fixed(value, magnitude < 9.995 ? 2 : magnitude < 99.95 ? 1 : 0)
  }

  private static func pair(_ large: Int, _ largeUnit: String, _ small: Int, _ smallUnit: String)
    -> String
  {
    small == 0 ? "\(large) \(largeUnit)" : "\(large) \(largeUnit) \(small) \(smallUnit)"
  }

  private static func scaled(_ value: Double, _ units: [String]) -> String {
    var value = value
    var index = 0
    while value.magnitude >= 999.5, index + 1 < units.count {
      value /= 1000
      index += 1
    }
    let number = index == 0 ? fixed(value, 0) : significant(value)
    return units[index].isEmpty ? number : "\(number) \(units[index])"
  }
}
