// stats.jsonl read back by Foundation's decoder; truncation; a disk that is full.
import Foundation
import Glibc
import Testing

@testable import Reporting

private struct Line: Decodable {
  let step: Int
  let kimg: Double
  let lossD: Double
  let lossG: Double?
  let note: String?

  enum CodingKeys: String, CodingKey {
    case step, kimg, note
    case lossD = "loss_d"
    case lossG = "loss_g"
  }
}

@Suite struct JSONLinesTests {
  let folder = TemporaryFolder()
  let log = CapturedLog()
  var path: String { folder.path + "/stats.jsonl" }

  private func record(_ step: Int) -> MetricsRecord {
    var record = MetricsRecord(step: step)
    record.set("kimg", 0.064 * Double(step))
    record.set("loss_d", -1 / Double(step))
    return record
  }

  private func decode(_ line: some StringProtocol) throws -> Line {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return try decoder.decode(Line.self, from: Data(line.utf8))
  }

  @Test func numbersComeBackWithTheSameBits() throws {
    let values = [
      0.1, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1e16, 1e-7, 123_456_789.123,
      1.0 / 3,
      .infinity, -.infinity,
    ]
    for value in values {
      var record = MetricsRecord(step: 7)
      record.set("kimg", 1)
      record.set("loss_d", value)
      let line = try decode(record.jsonObject)
      #expect(line.lossD.bitPattern == value.bitPattern, "\(value) as \(record.jsonObject)")
    }
    var broken = record(1)
    broken.set("loss_g", Double.nan)
    #expect(try decode(broken.jsonObject).lossG?.isNaN == true)
  }

  @Test func textIsEscaped() throws {
    var record = record(1)
    let text = "a\"b\\c\nd\te\u{1}\u{7F}é\u{2028}🙂\r"
    record.set("note", text)
    #expect(!record.jsonObject.contains("\n"))
    #expect(try decode(record.jsonObject).note == text)
  }

  @Test func orderAndReplacement() {
    var record = MetricsRecord(step: 3)
    record.set("b", 1)
    record.set("a", 2)
    record.set("b", 0.5)
    #expect(record.jsonObject == #"{"step":3,"b":0.5,"a":2}"#)
    #expect(record["a"] == .integer(2))
    #expect(record["c"] == nil)
  }

  @Test func everyRecordIsALine() throws {
    let writer = try JSONLinesWriter(path: path, logger: log.logger)
    for step in 1...5 { writer.append(record(step)) }
    let again = try JSONLinesWriter(path: path, logger: log.logger)
    again.append(record(6))
    let text = try folder.text("stats.jsonl")
    #expect(text.hasSuffix("\n"))
    let lines = try text.split(separator: "\n").map { try decode($0) }
    #expect(lines.map(\.step) == [1, 2, 3, 4, 5, 6])
    #expect(lines.map(\.lossD) == (1...6).map { -1 / Double($0) })
    #expect(log.lines.isEmpty)
  }

  @Test func aResumeDropsLaterRecords() throws {
    let writer = try JSONLinesWriter(path: path, logger: log.logger)
    for step in 1...10 { writer.append(record(step)) }
    #expect(try writer.truncate(afterStep: 7) == .init(kept: 7, dropped: 3, damaged: 0))
    writer.append(record(8))
    let lines = try folder.text("stats.jsonl").split(separator: "\n").map { try decode($0).step }
    #expect(lines == [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(folder.names == ["stats.jsonl"])
  }

  @Test func aResumeDropsTornAndDamagedLines() throws {
    let good = record(1).jsonObject
    let damaged =
      "\(good)\nnonsense\n{\"step\":x}\n{\"step\":2\n\(record(3).jsonObject)\n{\"step\":4,\"a\":1}"
    try folder.put(damaged, "stats.jsonl")
    let writer = try JSONLinesWriter(path: path, logger: log.logger)
    #expect(try writer.truncate(afterStep: 100) == .init(kept: 2, dropped: 0, damaged: 4))
    #expect(try folder.text("stats.jsonl") == "\(good)\n\(record(3).jsonObject)\n")
  }

  @Test func nothingToDropLeavesTheFileAlone() throws {
    let writer = try JSONLinesWriter(path: path, logger: log.logger)
    writer.append(record(1))
    let before = try inode()
    #expect(try writer.truncate(afterStep: 1) == .init(kept: 1, dropped: 0, damaged: 0))
    #expect(try inode() == before)
    #expect(try writer.truncate(afterStep: 0) == .init(kept: 0, dropped: 1, damaged: 0))
    #expect(try folder.text("stats.jsonl").isEmpty)
  }

  private func inode() throws -> UInt {
    var status = stat()
    try #require(stat(path, &status) == 0)
    return UInt(status.st_ino)
  }

  @Test func aFullDiskGivesOneWarning() throws {
    let writer = try JSONLinesWriter(path: "/dev/full", logger: log.logger)
    for step in 1...5 { writer.append(record(step)) }
    #expect(writer.lostRecords == 5)
    #expect(
      log.lines == [
        "warning cannot write to /dev/full: No space left on device (errno 28); free space or quota on"
          + " its disk; the training goes on without these records, said only once"
      ])
  }

  /// A limit on file sizes makes write(2) take ten bytes of a record and then fail.  It holds for the
  /// process, so it is far beyond what other tests write; the file is a hole up to there.
  @Test func halfARecordIsTakenBack() throws {
    signal(SIGXFSZ, SIG_IGN)
    let limitBytes: UInt = 64 << 20
    let writer = try JSONLinesWriter(path: path, logger: log.logger)
    try #require(Glibc.truncate(path, Int(limitBytes) - 10) == 0)
    var before = rlimit()
    try #require(getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &before) == 0)
    var limit = rlimit(rlim_cur: limitBytes, rlim_max: before.rlim_max)
    try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
    writer.append(record(1))
    try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &before) == 0)
    var status = stat()
    try #require(stat(path, &status) == 0)
    #expect(status.st_size == Int(limitBytes) - 10)
    #expect(writer.lostRecords == 1)
    #expect(log.lines.first?.contains("File too large") == true)
    writer.append(record(2))
    #expect(writer.lostRecords == 1)
    try #require(stat(path, &status) == 0)
    #expect(status.st_size == Int(limitBytes) - 10 + record(2).jsonObject.utf8.count + 1)
  }

  /// A pipe cannot be cut back: after half a record nothing more may be added.
  @Test func halfARecordThatStaysEndsTheFile() throws {
    let fifo = folder.path + "/fifo"
    try #require(mkfifo(fifo, 0o600) == 0)
    let reader = open(fifo, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    let file = try BestEffortFile(path: fifo, flags: O_NONBLOCK, logger: log.logger)
    file.append([UInt8](repeating: 65, count: 1 << 20))
    var chunk = [UInt8](repeating: 0, count: 1 << 20)
    while read(reader, &chunk, chunk.count) > 0 {}
    file.append([66])
    #expect(read(reader, &chunk, chunk.count) < 0, "a record after half a record")
    #expect(file.lostRecords == 2)
    #expect(log.lines.count == 1)
  }

  @Test func aMissingFolderIsAnError() {
    #expect(throws: ReportingError.cannotCreate(path: "/nowhere/stats.jsonl", errno: ENOENT)) {
      try JSONLinesWriter(path: "/nowhere/stats.jsonl", logger: log.logger)
    }
  }
}
