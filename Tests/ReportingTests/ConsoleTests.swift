// What reaches standard error and log.txt, and what happens when nobody reads or the disk is full.
import Glibc
import Logging
import Testing

@testable import Reporting

@Suite struct ConsoleTests {
  @Test func aLineClearsAndRedrawsTheStatus() {
    let pipe = Pipe()
    let console = Console(
      descriptor: pipe.writing, terminal: Terminal(columns: 80, colour: false, unicode: false))
    console.writeLine("first")
    console.drawStatus("one")
    console.drawStatus("two")
    console.writeLine("second")
    console.endStatus()
    console.endStatus()
    console.writeLine("third")
    let draw = { (text: String) in "\u{1B}[?7l\(text)\u{1B}[K\u{1B}[?7h" }
    #expect(
      pipe.text() == "first\n\r" + draw("one") + "\r" + draw("two") + "\r\u{1B}[Ksecond\n"
        + draw("two") + "\nthird\n")
  }

  @Test func withoutATerminalThereIsNoStatus() {
    let pipe = Pipe()
    let console = Console(descriptor: pipe.writing, terminal: nil)
    console.drawStatus("one")
    console.writeLine("line")
    console.endStatus()
    #expect(pipe.text() == "line\n")
  }

  @Test func aClosedReaderStopsNothing() {
    let pipe = Pipe()
    pipe.closeReading()
    let console = Console(descriptor: pipe.writing, terminal: nil)
    for _ in 0..<3 { console.writeLine("line") }
    #expect(console.droppedLines == 3)
    let closed = Console(descriptor: -1, terminal: nil)
    closed.writeLine("line")
    #expect(closed.droppedLines == 1)
  }

  @Test func aReaderThatSleepsStopsNothing() {
    let pipe = Pipe()
    let console = Console(descriptor: pipe.writing, terminal: nil)
    let line = String(repeating: "x", count: 1023)
    for _ in 0..<66 { console.writeLine(line) }  // a pipe holds 64 KiB
    #expect(console.droppedLines > 0)
    let text = pipe.text()
    #expect(text.split(separator: "\n").prefix(60).allSatisfy { $0 == line })
    console.writeLine("awake")
    #expect(pipe.text().hasSuffix("awake\n"))
  }

  @Test func noTerminalIsFoundBehindAPipe() {
    let pipe = Pipe()
    #expect(Terminal.detect(descriptor: pipe.writing, environment: ["TERM": "xterm"]) == nil)
  }

  @Test func aPseudoTerminalIsFoundWithItsWidth() throws {
    var (master, slave): (Int32, Int32) = (0, 0)
    var size = winsize(ws_row: 24, ws_col: 97, ws_xpixel: 0, ws_ypixel: 0)
    try #require(openpty(&master, &slave, nil, nil, &size) == 0)
    defer {
      close(master)
      close(slave)
    }
    let plain = Terminal.detect(
      descriptor: slave, environment: ["TERM": "xterm", "NO_COLOR": "1", "LANG": "C"])
    #expect(plain?.columns == 97)
    #expect(plain?.colour == false)
    #expect(plain?.unicode == false)
    let rich = Terminal.detect(
      descriptor: slave, environment: ["TERM": "xterm", "NO_COLOR": "", "LC_ALL": "en_US.UTF-8"])
    #expect(rich?.colour == true)
    #expect(rich?.unicode == true)
    #expect(Terminal.detect(descriptor: slave, environment: ["TERM": "dumb"]) == nil)
    let rank = ["TERM": "xterm", "OMPI_COMM_WORLD_RANK": "0"]
    let launched = { Terminal.behindLauncher(getpid(), descriptor: slave, environment: $0) }
    #expect(launched(rank)?.columns == 97)
    #expect(launched(["TERM": "xterm"]) == nil)
    #expect(launched(rank.merging(["OMPI_MCA_orte_tag_output": "1"]) { $1 }) == nil)
    #expect(Terminal.behindLauncher(getpid(), descriptor: 9999, environment: rank) == nil)
    size.ws_col = 0
    try #require(ioctl(slave, UInt(TIOCSWINSZ), &size) == 0)
    #expect(plain?.columns == 80)
  }
}

@Suite struct RunLogTests {
  let folder = TemporaryFolder()
  let pipe = Pipe()

  /// 2021-03-04 05:06:07 in local time, and the same second with its offset.
  private func localTime() -> (seconds: Double, zone: String) {
    var date = tm()
    (date.tm_year, date.tm_mon, date.tm_mday) = (121, 2, 4)
    (date.tm_hour, date.tm_min, date.tm_sec, date.tm_isdst) = (5, 6, 7, -1)
    let seconds = Double(mktime(&date))
    let minutes = abs(date.tm_gmtoff) / 60
    let two = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
    let zone = (date.tm_gmtoff < 0 ? "-" : "+") + two(minutes / 60) + ":" + two(minutes % 60)
    return (seconds, zone)
  }

  @Test func aLineIsPlainWithTimeInBothPlaces() throws {
    let (seconds, zone) = localTime()
    let console = Console(descriptor: pipe.writing, terminal: nil)
    let log = try RunLog(console: console, path: folder.path + "/log.txt") { seconds + 0.9 }
    var logger = log.logger(label: "data")
    logger[metadataKey: "rank"] = "0"
    logger.info("read", metadata: ["files": "6"])
    logger.debug("not shown")
    logger.error("bad\u{1B}[2J\nsecond line")
    let expected =
      "2021-03-04T05:06:07\(zone) info data: read files=6 rank=0\n"
      + "2021-03-04T05:06:07\(zone) error data: bad\\u{1b}[2J\n    second line rank=0\n"
    #expect(try folder.text("log.txt") == expected)
    #expect(pipe.text() == expected)
  }

  @Test func aTerminalShowsTheShortForm() throws {
    let (seconds, _) = localTime()
    let console = Console(
      descriptor: pipe.writing, terminal: Terminal(columns: 80, colour: false, unicode: false))
    let log = try RunLog(console: console, path: nil) { seconds }
    log.logger(label: "data").info("read")
    log.logger(label: "data").warning("slow")
    #expect(pipe.text() == "05:06:07 read\n05:06:07 warning: slow\n")
  }

  @Test func linesAreAppendedToAnOlderLog() throws {
    try folder.put("old\n", "log.txt")
    let console = Console(descriptor: pipe.writing, terminal: nil)
    try RunLog(console: console, path: folder.path + "/log.txt").logger(label: "a").info("new")
    let lines = try folder.text("log.txt").split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[0] == "old")
  }

  @Test func aFullDiskIsSaidOnceAndTheConsoleGoesOn() throws {
    let console = Console(descriptor: pipe.writing, terminal: nil)
    let log = try RunLog(console: console, path: "/dev/full") { 0 }
    for number in 1...3 { log.logger(label: "a").info("line \(number)") }
    let lines = pipe.text().split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines.filter { $0.contains("cannot write to /dev/full: No space left") }.count == 1)
    #expect(lines.filter { $0.contains("info a: line") }.count == 3)
  }

  @Test func aClosedConsoleIsSaidOnceInTheFile() throws {
    pipe.closeReading()
    let console = Console(descriptor: pipe.writing, terminal: nil)
    let log = try RunLog(console: console, path: folder.path + "/log.txt") { 0 }
    for number in 1...3 { log.logger(label: "a").info("line \(number)") }
    let lines = try folder.text("log.txt").split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[1].contains("warning log: standard error does not take lines"))
    #expect(lines.filter { $0.contains("info a: line") }.count == 3)
  }
}
