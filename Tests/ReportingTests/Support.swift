// What the tests of this target share: a folder that goes away, a pipe, captured log lines.
import Glibc
import Logging
import Synchronization

@testable import Reporting

/// A folder under /tmp that is removed with its owner.
final class TemporaryFolder {
  let path: String

  init() {
    var template = Array("/tmp/reporting-tests-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { preconditionFailure("no folder under /tmp") }
    path = String(cString: made)
  }

  deinit {
    for name in names { unlink("\(path)/\(name)") }
    rmdir(path)
  }

  /// The names of the files in the folder, sorted.
  var names: [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var result: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { result.append(name) }
    }
    return result.sorted()
  }

  func text(_ name: String) throws -> String {
    String(decoding: try readFile("\(path)/\(name)"), as: UTF8.self)
  }

  func put(_ text: String, _ name: String) throws {
    try writeAtomically(Array(text.utf8), to: "\(path)/\(name)")
  }
}

/// A pipe; SIGPIPE is ignored as the program does.
final class Pipe {
  let reading: Int32
  let writing: Int32
  private var readingIsOpen = true

  init() {
    signal(SIGPIPE, SIG_IGN)
    var ends: [Int32] = [0, 0]
    precondition(pipe(&ends) == 0)
    (reading, writing) = (ends[0], ends[1])
    _ = fcntl(reading, F_SETFL, O_NONBLOCK)
  }

  deinit {
    closeReading()
    close(writing)
  }

  func closeReading() {
    if readingIsOpen { close(reading) }
    readingIsOpen = false
  }

  /// What was written and not read yet.
  func text() -> String {
    var result: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while case let count = read(reading, &chunk, chunk.count), count > 0 {
      result += chunk[..<count]
    }
    return String(decoding: result, as: UTF8.self)
  }
}

/// A logger that keeps its lines.
final class CapturedLog: Sendable {
  private let kept = Mutex<[String]>([])
  var lines: [String] { kept.withLock { $0 } }

  var logger: Logger { Logger(label: "test") { _ in Handler(owner: self) } }

  private struct Handler: LogHandler {
    let owner: CapturedLog
    var logLevel: Logger.Level = .trace
    var metadata: Logger.Metadata = [:]
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }
    func log(event: LogEvent) {
      owner.kept.withLock { $0.append("\(event.level) \(event.message)") }
    }
  }
}
