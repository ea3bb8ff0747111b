// The words and the bar of the progress line: a pure function of the numbers and the width.
// Not here: when and where it is drawn (`ProgressLine`).
import Diagnostics

/// Lays a snapshot out in a given number of columns.
///
/// At 120 columns everything stands on the line; on narrower terminals parts go in this order: the
/// gradient norms, the bar, the speed, the losses.  What stays keeps its place from one drawing to the
/// next, because every number is padded to its usual width.
struct ProgressText {
  let snapshot: ProgressSnapshot
  let colour: Bool
  let unicode: Bool

  /// The line for a terminal, at most `columns - 1` columns wide (the last one would wrap).
  func line(columns: Int) -> String {
    let room = max(columns - 1, 1)
    for detail in Detail.allCases {
      let parts = parts(detail)
      let width = parts.reduce(0) { $0 + $1.width } + 2 * (parts.count - 1)
      guard width <= room else { continue }
      var shown = parts.map(\.text)
      // The bar takes the room that is left, between 8 and 40 columns.
      let barWidth = min(room - width - 2, 40)
      if barWidth >= 8 { shown.insert(bar(width: barWidth), at: 1) }
      return shown.joined(separator: "  ")
    }
    return String(kimg.plain.prefix(room))
  }

  /// The line for a file or a pipe: everything, no colour, no bar.
  func plainLine() -> String {
    let plain = ProgressText(snapshot: snapshot, colour: false, unicode: false)
    let parts = plain.parts(.all).map(\.plain) + ["step \(snapshot.step)"]
    return parts.joined(separator: ", ")
  }

  /// How much is said, from all to the least.
  private enum Detail: CaseIterable { case all, noNorms, noSpeed, shortTime, noLosses, least }

  private func parts(_ detail: Detail) -> [Part] {
    var result = [kimg]
    if let note = snapshot.note, detail != .least {
      result.append(Part(printable(note, limit: 20), .note, colour))
    }
    if detail != .least, detail != .noLosses {
      result += network("D", snapshot.lossD, snapshot.gradientNormD, .discriminator, detail)
      result += network("G", snapshot.lossG, snapshot.gradientNormG, .generator, detail)
    }
    if detail == .all || detail == .noNorms, let speed = snapshot.imagesPerSecond {
      result.append(Part(padded(HumanText.significant(speed), 4) + " img/s", .quiet, colour))
    }
    if detail != .least, let seconds = snapshot.secondsLeft {
      let time = HumanText.duration(seconds: seconds)
      result.append(Part(detail == .shortTime ? time : time + " left", .plain, colour))
    }
    return result
  }

  private var kimg: Part {
    let total = HumanText.significant(snapshot.totalKimg)
    let digits = snapshot.totalKimg < 100 ? 2 : 1
    let totalWidth = HumanText.fixed(snapshot.totalKimg, digits).count
    let seen = padded(HumanText.fixed(snapshot.kimg, digits), totalWidth)
    let percent = padded(HumanText.fixed(100 * snapshot.fraction, 1), 5)
    return Part("\(seen)/\(total) kimg \(percent) %", .plain, colour)
  }

  private func network(
    _ name: String, _ loss: Double?, _ norm: Double?, _ style: Part.Style, _ detail: Detail
  ) -> [Part] {
    guard let loss else { return [] }
    var text = "\(name) \(padded(HumanText.fixed(loss, 3), 6))"
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

  private func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(width - text.count, 0)) + text
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
