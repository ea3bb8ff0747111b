// The words and the bar of the progress line: a pure function of the numbers and the width.
// Not here: when and where it is drawn (`ProgressLine`).
import Diagnostics

/// Lays a snapshot out in a given number of columns.
///
/// At 120 columns everything stands on the line; on narrower terminals parts go in this order: the
/// gradient norms, the bar, the speed, the losses, the time left.  What stays keeps its place from one
/// drawing to the next, because every number is padded to its usual width.
struct ProgressText {
  let snapshot: ProgressSnapshot
  let colour: Bool
  let unicode: Bool
  /// Numbers are padded, for a line that is drawn over the one before.
  private var aligned = true

  init(snapshot: ProgressSnapshot, colour: Bool, unicode: Bool) {
    self.snapshot = snapshot
    self.colour = colour
    self.unicode = unicode
  }

  /// The line for a terminal, at most `columns - 1` columns wide (the last one would wrap).
  func line(columns: Int) -> String {
    let room = max(columns - 1, 1)
    for detail in Detail.allCases {
      let parts = parts(detail)
      let width = parts.reduce(0) { $0 + $1.width } + 2 * (parts.count - 1)
      guard width <= room else { continue }
      var shown = parts.map(\.text)
      // The bar takes the room that is left, between 6 and 40 columns.
      let barWidth = min(room - width - 1, 40)
      if barWidth >= 6 { shown[1] = bar(width: barWidth) + " " + shown[1] }
      return shown.joined(separator: "  ")
    }
    return String(kimg.plain.prefix(room))
  }

  /// The line for a log: everything, no colour, no bar.
  func plainLine() -> String {
    var plain = ProgressText(snapshot: snapshot, colour: false, unicode: false)
    plain.aligned = false
    var parts = plain.parts(.all)
    if snapshot.note != nil { parts += plain.speed + plain.timeLeft(words: true) }
    return (parts.map(\.plain) + ["step \(snapshot.step)"]).joined(separator: ", ")
  }

  /// How much is said, from all to the least.
  private enum Detail: Int, CaseIterable { case all, noNorms, noSpeed, noWords, noLosses, least }

  private func parts(_ detail: Detail) -> [Part] {
    var result = [kimg, percent]
    if detail.rawValue < Detail.noLosses.rawValue {
      result += network("D", snapshot.lossD, snapshot.gradientNormD, .discriminator, detail)
      result += network("G", snapshot.lossG, snapshot.gradientNormG, .generator, detail)
    }
    if let note = snapshot.note, detail != .least {
      // The note stands where speed and time stand otherwise, so that nothing else moves.
      let reserved = detail.rawValue < Detail.noSpeed.rawValue ? 27 : 16
      let width = detail.rawValue < Detail.noWords.rawValue ? reserved : 11
      result.append(Part(padded(printable(note, limit: width - 3), -width), .note, colour))
      return result
    }
    if detail.rawValue < Detail.noSpeed.rawValue { result += speed }
    if detail != .least { result += timeLeft(words: detail.rawValue < Detail.noWords.rawValue) }
    return result
  }

  private var kimg: Part {
    let total = HumanText.significant(snapshot.totalKimg)
    let digits = snapshot.totalKimg < 99.95 ? 2 : 1
    let width = HumanText.fixed(snapshot.totalKimg, digits).count
    let seen = padded(HumanText.fixed(snapshot.kimg, digits), width)
    return Part("\(seen)/\(total) kimg", .plain, colour)
  }

  private var percent: Part {
    Part(padded(HumanText.fixed(100 * snapshot.fraction, 1), 4) + " %", .plain, colour)
  }

  private var speed: [Part] {
    guard let speed = snapshot.imagesPerSecond else { return [] }
    return [Part(padded(HumanText.significant(speed), 3) + " img/s", .quiet, colour)]
  }

  /// The time left, in whole minutes from ten minutes on: its seconds would only flicker.
  private func timeLeft(words: Bool) -> [Part] {
    guard let seconds = snapshot.secondsLeft else { return [] }
    let steady = seconds < 600 ? seconds.rounded() : (seconds / 60).rounded() * 60
    let time =
      steady < 10 ? HumanText.fixed(steady, 0) + " s" : HumanText.duration(seconds: steady)
    let text = time + (words ? " left" : "")
    return [Part(padded(text, words ? -16 : -11), .plain, colour)]
  }

  private func network(
    _ name: String, _ loss: Double?, _ norm: Double?, _ style: Part.Style, _ detail: Detail
  ) -> [Part] {
    guard let loss else { return [] }
    // Six columns from -9.999 to 999999.
    let size = loss.magnitude
    let digits = size < 9.9995 ? 3 : size < 99.995 ? 2 : size < 999.95 ? 1 : 0
    var text = "\(name) \(padded(HumanText.fixed(loss, digits), 6))"
    let finite = loss.isFinite && norm?.isFinite != false
    if detail == .all, let norm { text += " |g| \(padded(HumanText.significant(norm), 4))" }
    return [Part(text, finite ? style : .alarm, colour)]
  }

  private func bar(width: Int) -> String {
    let eighths = Int((snapshot.fraction * Double(8 * width)).rounded(.down))
    let full = eighths / 8
    guard unicode else {
      let text = String(repeating: "#", count: full) + String(repeating: ".", count: width - full)
      return "[" + text.dropFirst().dropLast() + "]"
    }
    let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    let head = full < width ? parts[eighths % 8] : ""
    let done = String(repeating: "█", count: full) + head
    let rest = String(repeating: "░", count: width - full - (head.isEmpty ? 0 : 1))
    guard colour else { return done + rest }
    return "\u{1B}[36m\(done)\u{1B}[0m\u{1B}[2m\(rest)\u{1B}[0m"
  }

  /// `text` filled with spaces to `width`, on its left, or for a negative width on its right.
  private func padded(_ text: String, _ width: Int) -> String {
    guard aligned else { return text }
    let spaces = String(repeating: " ", count: max(abs(width) - text.count, 0))
    return width < 0 ? text + spaces : spaces + text
  }
}

/// A part of the line: its text with and without colour.
private struct Part {
  enum Style: String {
    case plain = ""
    case quiet = "2"
    case discriminator = "34"
    case generator = "32"
    case note = "33"
    case alarm = "1;31"
  }

  let plain: String
  let text: String
  var width: Int { plain.count }

  init(_ plain: String, _ style: Style, _ colour: Bool) {
    self.plain = plain
    text = colour && style != .plain ? "\u{1B}[\(style.rawValue)m\(plain)\u{1B}[0m" : plain
  }
}
