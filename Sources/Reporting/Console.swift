// Standard error as training uses it: lines that stay, and on a terminal one status line below them
// that is rewritten.
// Not here: the wording of either (`RunLog`, `ProgressLine`).
import Glibc
import Synchronization

/// Writes lines and one rewritten status line, and never lets its reader stop the training: what a
/// closed, full or stopped reader does not take is dropped and counted.
///
/// A write to a pipe whose reader is gone raises SIGPIPE; the program must ignore it, as
/// `transgan-dist` does before `main`.
public final class Console: Sendable {
  private struct State {
    var status = ""
    var droppedLines = 0
  }

  /// The terminal behind the descriptor, nil when it is a file or a pipe.
  public let terminal: Terminal?
  private let descriptor: Int32
  private let state = Mutex(State())

  public init(descriptor: Int32 = STDERR_FILENO, terminal: Terminal? = .detect()) {
    self.descriptor = descriptor
    self.terminal = terminal
  }

  /// Lines that the reader did not take.
  public var droppedLines: Int { state.withLock { $0.droppedLines } }

  /// Writes `line` and a line break; a status line is cleared first and drawn again below.
  ///
  /// - Returns: whether the reader took it.
  @discardableResult
  public func writeLine(_ line: String) -> Bool {
    state.withLock { state in
      let status = state.status
      let text = status.isEmpty ? line + "\n" : Self.clear + line + "\n" + Self.unwrapped(status)
      let taken = write(text, waitMilliseconds: 200)
      if !taken { state.droppedLines += 1 }
      return taken
    }
  }

  /// Draws `status`, which must fit the terminal's width, over the one before; nothing without a
  /// terminal.
  public func drawStatus(_ status: String) {
    guard terminal != nil else { return }
    state.withLock { state in
      state.status = status
      _ = write("\r" + Self.unwrapped(status), waitMilliseconds: 0)
    }
  }

  /// Leaves the status line where it is and goes to the line below it.
  public func endStatus() {
    state.withLock { state in
      guard !state.status.isEmpty else { return }
      state.status = ""
      _ = write("\n", waitMilliseconds: 200)
    }
  }

  /// To the line's start, and erase to its end.
  private static let clear = "\r\u{1B}[K"

  /// `status` without wrapping at the right border, should the terminal have become narrower.
  private static func unwrapped(_ status: String) -> String {
    "\u{1B}[?7l\(status)\u{1B}[K\u{1B}[?7h"
  }

  /// Writes what the reader takes without blocking; false when it did not take all.
  private func write(_ text: String, waitMilliseconds: Int32) -> Bool {
    let bytes = Array(text.utf8)
    var offset = 0
    while offset < bytes.count {
      var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      let ready = poll(&request, 1, waitMilliseconds)
      if ready < 0, errno == EINTR { continue }
      guard ready > 0, request.revents & Int16(POLLOUT) != 0 else { return false }
      // A ready pipe takes PIPE_BUF (4096) bytes without blocking.
      let count = min(bytes.count - offset, 4096)
      let taken = bytes.withUnsafeBytes { buffer in
        Glibc.write(descriptor, buffer.baseAddress.map { $0 + offset }, count)
      }
      if taken > 0 {
        offset += taken
      } else if taken == 0 || errno != EINTR {
        return false
      }
    }
    return true
  }
}
