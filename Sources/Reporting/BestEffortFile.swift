// A file of records that must never stop the training: a failing disk costs records and gives one
// warning, and a record is in the file whole or not at all.
// Not here: the records' form; `JSONLinesWriter` and `TensorBoardWriter` know it.
import Glibc
import Logging
import Synchronization

/// Appends whole records to a file and survives its disk.
final class BestEffortFile: Sendable {
  private struct State: ~Copyable {
    var file: FileDescriptor
    var lostRecords = 0
    var torn = false
  }

  let path: String
  private let logger: Logger
  private let state: Mutex<State>

  /// Opens `path` for appending.
  ///
  /// - Parameter flags: added to `O_WRONLY | O_APPEND | O_CREAT`.
  init(path: String, flags: Int32 = 0, logger: Logger) throws(ReportingError) {
    self.path = path
    self.logger = logger
    state = Mutex(
      State(file: try FileDescriptor(opening: path, O_WRONLY | O_APPEND | O_CREAT | flags)))
  }

  /// Records that the disk did not take, in the whole life of this object.
  var lostRecords: Int { state.withLock { $0.lostRecords } }

  /// Appends one record with one `write(2)`; after a failure the file is cut back to its last whole
  /// record, the record is lost, and the first loss is warned about.
  func append(_ record: [UInt8]) {
    let failure = state.withLock { state -> ReportingError? in
      do throws(ReportingError) {
        guard !state.torn else { throw .torn(path: path) }
        let size = state.file.size
        var written = 0
        do throws(ReportingError) { try state.file.write(record, written: &written) } catch {
          if written > 0 { state.torn = !state.file.cut(at: size) }
          throw error
        }
        return nil
      } catch {
        state.lostRecords += 1
        return state.lostRecords == 1 ? error : nil
      }
    }
    guard let failure else { return }
    logger.warning("\(failure); the training goes on without these records, said only once")
  }

  /// Lets `change` replace the file while nothing is appended, and opens the new one.
  func replace(_ change: () throws(ReportingError) -> Void) throws(ReportingError) {
    try state.withLock { (state) throws(ReportingError) in
      try change()
      state.file = try FileDescriptor(opening: path, O_WRONLY | O_APPEND | O_CREAT)
      state.torn = false
    }
  }
}
