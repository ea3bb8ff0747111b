// What can go wrong when numbers and pictures are written, and how it is said.
// Not here: when a failure is only warned about; see `BestEffortFile`.
import Diagnostics
import Glibc

/// An error of a log, a picture or an event file.
public enum ReportingError: DiagnosableError, Equatable {
  /// `open(2)`, `mkdir(2)` or `rename(2)` failed with this `errno`.
  case cannotCreate(path: String, errno: Int32)
  /// `read(2)` failed with this `errno`.
  case cannotRead(path: String, errno: Int32)
  /// `write(2)`, `fsync(2)` or `close(2)` failed with this `errno`.
  case cannotWrite(path: String, errno: Int32)
  /// An earlier failed write left half a record that could not be taken back.
  case torn(path: String)
  /// A picture whose sides are not positive, or whose values are not as many as its sides say.
  case wrongPixelCount(found: Int, width: Int, height: Int, count: Int)
  /// A grid whose columns or scale are not positive, or whose gap is negative.
  case wrongGrid(columns: Int, gap: Int, scale: Int)
  /// libpng refused to encode or to decode, for this reason.
  case png(String)

  public var exitCode: ExitCode {
    switch self {
    case .cannotCreate: .cannotCreate
    case .cannotRead: .missingInput
    case .cannotWrite, .torn: .cannotWrite
    case .wrongPixelCount, .wrongGrid, .png: .internalError
    }
  }

  public var description: String {
    switch self {
    case .cannotCreate(let path, let errno):
      "cannot create \(printable(path)): \(errnoText(errno)); check the folder and its permissions"
    case .cannotRead(let path, let errno):
      "cannot read \(printable(path)): \(errnoText(errno)); check the file and its permissions"
    case .cannotWrite(let path, let errno):
      "cannot write to \(printable(path)): \(errnoText(errno)); free space or quota on its disk"
    case .torn(let path):
      "\(printable(path)) ends in half a record after a failed write, so nothing more is added to it;"
        + " free space on its disk and resume the run"
    case .wrongPixelCount(let found, let width, let height, let count):
      "found \(found) values for \(count) picture(s) of \(width) x \(height) pixels, expected"
        + " positive sides and 3 values a pixel; this is a fault of the caller, please report it"
    case .wrongGrid(let columns, let gap, let scale):
      "found a picture grid of \(columns) columns, gap \(gap), scale \(scale), expected at least one"
        + " column, a gap of 0 or more and a scale of 1 or more; correct the setting"
    case .png(let reason):
      "libpng failed: \(printable(reason)); this is a fault of the program, please report it"
    }
  }
}

/// The system's text for an `errno`, with its number.
func errnoText(_ code: Int32) -> String {
  var buffer = [CChar](repeating: 0, count: 128)
  guard strerror_r(code, &buffer, buffer.count) == 0 else { return "errno \(code)" }
  let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
  return "\(String(decoding: text, as: UTF8.self)) (errno \(code))"
}
