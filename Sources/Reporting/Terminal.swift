// Is there a terminal behind a file descriptor, how wide is it, and what may be drawn on it?
// Not here: what is drawn (`Console`, `ProgressLine`).
import Glibc

/// What a terminal can show.
public struct Terminal: Sendable, Equatable {
  /// Columns when the terminal does not say.
  public static let usualColumns = 80

  /// The descriptor that knows the size, -1 when `fixedColumns` is given.
  private let sizeDescriptor: Int32
  private let fixedColumns: Int?
  /// Colours may be used.
  public let colour: Bool
  /// Characters beyond ASCII may be used.
  public let unicode: Bool

  /// A terminal of known properties, for tests and for callers that know better.
  public init(columns: Int, colour: Bool, unicode: Bool) {
    sizeDescriptor = -1
    fixedColumns = columns
    self.colour = colour
    self.unicode = unicode
  }

  private init(sizeDescriptor: Int32, environment: [String: String]) {
    self.sizeDescriptor = sizeDescriptor
    fixedColumns = nil
    colour = environment["NO_COLOR", default: ""].isEmpty
    let locale =
      ["LC_ALL", "LC_CTYPE", "LANG"].lazy
      .compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
    unicode = locale.lowercased().contains("utf")
  }

  /// The terminal that shows what is written to `descriptor`, nil when there is none.
  ///
  /// Open MPI gives a rank a pipe for standard error, so a rank looks through its launcher: when the
  /// parent process is on this host and its standard error is a terminal, that is where the rank's
  /// bytes arrive.  (For standard output it makes a pseudo-terminal even when the launcher's own
  /// output is a file, so `isatty(1)` says nothing; hence everything goes to standard error.)
  /// `NO_COLOR` (no-color.org) turns colours off, `TERM=dumb` the terminal.
  public static func detect(
    descriptor: Int32 = STDERR_FILENO, environment: [String: String] = processEnvironment()
  ) -> Terminal? {
    guard let kind = environment["TERM"], kind != "dumb", !kind.isEmpty else { return nil }
    if isatty(descriptor) == 1 {
      return Terminal(sizeDescriptor: descriptor, environment: environment)
    }
    guard descriptor == STDERR_FILENO else { return nil }
    return behindLauncher(getppid(), descriptor: descriptor, environment: environment)
  }

  /// The terminal at `descriptor` of the process `launcher` on this host, if that is an `mpirun` which
  /// passes a rank's bytes on as they are.
  static func behindLauncher(
    _ launcher: pid_t, descriptor: Int32, environment: [String: String]
  ) -> Terminal? {
    let changesLines = ["tag", "timestamp", "xml"].contains {
      environment["OMPI_MCA_orte_\($0)_output"] == "1"
    }
    guard environment["OMPI_COMM_WORLD_RANK"] != nil, !changesLines else { return nil }
    let opened = open("/proc/\(launcher)/fd/\(descriptor)", O_WRONLY | O_NOCTTY | O_CLOEXEC)
    guard opened >= 0 else { return nil }
    guard isatty(opened) == 1 else {
      close(opened)
      return nil
    }
    return Terminal(sizeDescriptor: opened, environment: environment)
  }

  /// The width now; a person may have changed it since the last call.
  public var columns: Int {
    if let fixedColumns { return fixedColumns }
    var size = winsize()
    guard ioctl(sizeDescriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return Self.usualColumns
    }
    return Int(size.ws_col)
  }
}

/// The environment of the process.
public func processEnvironment() -> [String: String] {
  var result: [String: String] = [:]
  var index = 0
  while let entry = environ[index] {
    let parts = String(cString: entry).split(separator: "=", maxSplits: 1)
    if parts.count == 2 { result[String(parts[0])] = String(parts[1]) }
    index += 1
  }
  return result
}
