// The progress line: its widths, its words, its pace.
import Glibc
import Synchronization
import Testing

@testable import Reporting

private func snapshot() -> ProgressSnapshot {
  var result = ProgressSnapshot(step: 195, kimg: 12.48, totalKimg: 500)
  result.lossD = -1.2344
  result.lossG = 0.456
  result.gradientNormD = 0.82
  result.gradientNormG = 12.34
  result.imagesPerSecond = 101.56
  return result
}

private func withoutColour(_ line: String) -> String {
  line.replacing(/\u{1B}\[[0-9;]*m/, with: "")
}

@Suite struct ProgressTextTests {
  @Test(arguments: [false, true], [false, true])
  func theLineNeverReachesTheLastColumn(colour: Bool, unicode: Bool) {
    var snapshots = [ProgressSnapshot(step: 0, kimg: 0, totalKimg: 0.5), snapshot()]
    var extreme = snapshot()
    extreme.totalKimg = 123_456
    extreme.lossD = .nan
    extreme.lossG = -1e12
    extreme.gradientNormG = .infinity
    extreme.imagesPerSecond = 1e-3
    snapshots.append(extreme)
    extreme.note = "a note of more words than fit \u{1B}[2J"
    snapshots.append(extreme)
    for snapshot in snapshots {
      for columns in 1...200 {
        let text = ProgressText(snapshot: snapshot, colour: colour, unicode: unicode)
        let line = withoutColour(text.line(columns: columns))
        #expect(line.count <= max(columns - 1, 1), "\(columns) columns: \(line)")
        #expect(!line.contains("\u{1B}"))
      }
    }
  }

  @Test func whatStandsAtUsualWidths() {
    // 500 - 12.48 kimg at 101.56 images/s are 4800.3 s, 2.496 % are done.
    let text = ProgressText(snapshot: snapshot(), colour: false, unicode: false)
    // Without the bar the line has 90 columns, so of 119 the bar gets 29, two for its ends.
    let dots = String(repeating: ".", count: 27)
    #expect(
      text.line(columns: 120) == " 12.5/500 kimg  [\(dots)]  2.5 %"
        + "  D -1.234 |g| 0.82  G  0.456 |g| 12.3  102 img/s  1 h 20 min left ")
    #expect(
      text.line(columns: 80)
        == " 12.5/500 kimg  [.....]  2.5 %  D -1.234  G  0.456  102 img/s  1 h 20 min left ")
    #expect(text.line(columns: 60) == " 12.5/500 kimg   2.5 %  D -1.234  G  0.456  1 h 20 min ")
    #expect(text.line(columns: 10) == " 12.5/500")
    #expect(
      text.plainLine() == "12.5/500 kimg, 2.5 %, D -1.234 |g| 0.82, G 0.456 |g| 12.3, 102 img/s, "
        + "1 h 20 min left, step 195")
  }

  @Test func theBarFillsInEighths() {
    var snapshot = ProgressSnapshot(step: 1, kimg: 0, totalKimg: 100)
    for eighths in 0...320 {
      snapshot.kimg = 100 * (Double(eighths) + 0.01) / 320
      let line = ProgressText(snapshot: snapshot, colour: false, unicode: true).line(columns: 200)
      let filled = line.reduce(0) { sum, character in
        sum + (["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"].firstIndex(of: character) ?? -1) + 1
      }
      #expect(filled == eighths, "\(line)")
    }
  }

  @Test func aLossThatIsNotFiniteIsRed() {
    var broken = snapshot()
    broken.lossD = .nan
    let line = ProgressText(snapshot: broken, colour: true, unicode: true).line(columns: 80)
    #expect(line.contains("\u{1B}[1;31mD    nan\u{1B}[0m"))
    #expect(line.contains("\u{1B}[32mG  0.456\u{1B}[0m"))
  }

  @Test func theMeterGivesTheSpeedOfItsWindow() {
    var meter = ThroughputMeter(windowSeconds: 10)
    #expect(meter.imagesPerSecond == nil)
    // 100 images a second for 20 s, then 50.
    for second in 0...20 { meter.record(images: 100 * second, atSeconds: Double(second)) }
    #expect(meter.imagesPerSecond == 100)
    for second in 1...5 { meter.record(images: 2000 + 50 * second, atSeconds: Double(20 + second)) }
    #expect(meter.imagesPerSecond == 75)
    for second in 6...30 {
      meter.record(images: 2000 + 50 * second, atSeconds: Double(20 + second))
    }
    #expect(meter.imagesPerSecond == 50)
    meter.record(images: 3600, atSeconds: 150)
    #expect(meter.imagesPerSecond == 1)
  }
}

@Suite struct ProgressLineTests {
  /// A clock that the test moves.
  private final class Clock: Sendable {
    private let now = Mutex(0.0)
    func advance(_ seconds: Double) { now.withLock { $0 += seconds } }
    var seconds: Double { now.withLock { $0 } }
  }

  @Test func aTerminalIsRedrawnTenTimesASecond() {
    let (pipe, clock, log) = (Pipe(), Clock(), CapturedLog())
    let terminal = Terminal(columns: 40, colour: false, unicode: false)
    let console = Console(descriptor: pipe.writing, terminal: terminal)
    let line = ProgressLine(console: console, logger: log.logger) { clock.seconds }
    for step in 0..<100 {
      line.update(ProgressSnapshot(step: step, kimg: Double(step), totalKimg: 1000))
      clock.advance(1.0 / 64)
    }
    // Drawn at the start and then at every seventh step: 7/64 s is the first multiple beyond 0.1 s.
    #expect(pipe.text().split(separator: "\r").count == 15)
    line.finish()
    let last = pipe.text()
    #expect(last.contains("  99.0/1000 kimg"))
    #expect(last.hasSuffix("\n"))
    #expect(log.lines.isEmpty)
  }

  @Test func elsewhereALineIsLoggedEverySoOften() {
    let (pipe, clock, log) = (Pipe(), Clock(), CapturedLog())
    let console = Console(descriptor: pipe.writing, terminal: nil)
    let line = ProgressLine(console: console, logger: log.logger, plainEverySeconds: 60) {
      clock.seconds
    }
    for step in 0...130 {
      line.update(ProgressSnapshot(step: step, kimg: Double(step), totalKimg: 1000))
      clock.advance(1)
    }
    line.finish()
    #expect(
      log.lines == [0, 60, 120, 130].map { "info \($0).0/1000 kimg, \($0 / 10).0 %, step \($0)" })
    #expect(pipe.text().isEmpty)
  }
}
