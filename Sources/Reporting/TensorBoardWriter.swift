// Event files that TensorBoard reads: scalars and pictures, and a clean continuation after a resume.
// Not here: which tags there are; the training loop names them (`Loss/D`, `Timing/allreduce`).
import Glibc
import Logging

/// Appends events to a new file `events.out.tfevents.<seconds>.<host>.<pid>.<n>` in a run directory.
///
/// A failing disk costs events, gives one warning and never stops the training.
public final class TensorBoardWriter: Sendable {
  /// Where the events go.
  public var path: String { file.path }
  /// Events that the disk did not take.
  public var lostRecords: Int { file.lostRecords }

  private let file: BestEffortFile
  private let wallTime: @Sendable () -> Double

  /// Makes a new event file; an existing one is never touched.
  ///
  /// - Parameters:
  ///   - directory: exists.
  ///   - lastKeptStep: after a resume the step of the checkpoint.  Events of older files up to it stay,
  ///     those beyond it are void for TensorBoard.  nil when the run starts.
  ///   - wallTime: seconds since 1970.
  /// - Throws: `ReportingError.cannotCreate`.
  public init(
    directory: String, continuingAfter lastKeptStep: Int? = nil, logger: Logger,
    wallTime: @escaping @Sendable () -> Double = secondsSince1970
  ) throws(ReportingError) {
    self.wallTime = wallTime
    file = try Self.newFile(directory, seconds: Int(wallTime()), logger)
    write(.fileVersion)
    // TensorBoard drops what is at the START record's step or later, so it names the next step.
    if let lastKeptStep { write(.sessionStart(step: lastKeptStep + 1)) }
  }

  /// Adds one number under `tag`; a NaN or an infinity is written as it is.
  public func scalar(_ tag: String, _ value: Double, step: Int) {
    write(.scalars([(tag, Float(value))], step: step))
  }

  /// Adds several numbers of one step as one event.
  public func scalars(_ scalars: [(tag: String, value: Double)], step: Int) {
    write(.scalars(scalars.map { ($0.tag, Float($0.value)) }, step: step))
  }

  /// Adds a picture under `tag`.
  ///
  /// - Throws: `ReportingError.png`.
  public func image(_ tag: String, _ image: PNGImage, step: Int) throws(ReportingError) {
    let png = try image.encoded()
    write(.image(tag: tag, width: image.width, height: image.height, png: png, step: step))
  }

  private func write(_ event: TensorBoardEvent) {
    file.append(event.record(wallTime: wallTime()))
  }

  /// The first free name of the second; TensorBoard reads the files of a folder in the order of names.
  private static func newFile(
    _ directory: String, seconds: Int, _ logger: Logger
  ) throws(ReportingError) -> BestEffortFile {
    var host = [CChar](repeating: 0, count: 256)
    let named = gethostname(&host, host.count - 1) == 0
    let hostName = String(decoding: host.prefix { $0 != 0 }.map { UInt8($0) }, as: UTF8.self)
    let start =
      "\(directory)/events.out.tfevents.\(seconds).\(named ? hostName : "unknown").\(getpid())"
    var number = 0
    while true {
      do {
        return try BestEffortFile(path: "\(start).\(number)", flags: O_EXCL, logger: logger)
      } catch {
        guard case .cannotCreate(_, EEXIST) = error, number < 1000 else { throw error }
        number += 1
      }
    }
  }
}

/// The wall clock in seconds since 1970.
@Sendable public func secondsSince1970() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_REALTIME, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
