// One run directory, one job.
//
// flock on `run.lock` decides, and the system gives it back when the process ends in whatever way, so a
// file that was left behind hinders nobody.  Where flock is local to a host (some network file
// systems), the holder's own line in the file is the second line of defence: `requireHeld` reads it
// again before each commit.

import Diagnostics
import Foundation

/// A run directory that is in use, or was taken away.
public enum RunLockError: DiagnosableError, Equatable {
  case locked(path: String, holder: String)
  case cannotLock(path: String, SystemCallFailure)
  case lost(path: String, holder: String)

  public var exitCode: ExitCode { .cannotCreate }

  public var description: String {
    switch self {
    case .locked(let path, let holder):
      "\(printable(path)) is held by another run (\(printable(holder))); wait for it, end it, or "
        + "choose another run directory"
    case .cannotLock(let path, let failure):
      "\(printable(path)) cannot be locked (\(failure.text)); check the run directory's permissions"
    case .lost(let path, let holder):
      "\(printable(path)) was taken over by another run (\(printable(holder))) while this one was "
        + "running; end one of the two"
    }
  }
}

/// The exclusive hold of a run directory, as long as it lives.
public final class RunLock: Sendable {
  public let path: String
  /// The holder's line: host, process, and start.
  public let holder: String
  private let descriptor: Int32

  /// Takes `run.lock` of an existing run directory.
  ///
  /// - Throws: `RunLockError` (73); `.locked` names the holder's host, process and start.
  public init(runDirectory: String) throws {
    let path = runDirectory + "/run.lock"
    let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw RunLockError.cannotLock(path: path, SystemCallFailure("open", errno: errno))
    }
    let holder = Self.ownLine()
    do {
      try Self.take(descriptor, path, holder)
    } catch {
      close(descriptor)
      throw error
    }
    self.path = path
    self.holder = holder
    self.descriptor = descriptor
  }

  /// The file stays: removing it would let two later processes lock two files of the same name.
  deinit { close(descriptor) }

  private static func take(_ descriptor: Int32, _ path: String, _ line: String) throws {
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      switch errno {
      case EINTR: continue
      case EWOULDBLOCK:
        throw RunLockError.locked(path: path, holder: content(path))
      default:
        throw RunLockError.cannotLock(path: path, SystemCallFailure("flock", errno: errno))
      }
    }
    let bytes = Array((line + "\n").utf8)
    guard ftruncate(descriptor, 0) == 0 else {
      throw RunLockError.cannotLock(path: path, SystemCallFailure("ftruncate", errno: errno))
    }
    guard pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else {
      throw RunLockError.cannotLock(path: path, SystemCallFailure("write", errno: errno))
    }
    guard fsync(descriptor) == 0 else {
      throw RunLockError.cannotLock(path: path, SystemCallFailure("fsync", errno: errno))
    }
  }

  /// Checks that the file under the lock's name still names this run.
  ///
  /// - Throws: `RunLockError.lost` (73).
  public func requireHeld() throws {
    let found = Self.content(path)
    guard found == holder else { throw RunLockError.lost(path: path, holder: found) }
  }

  private static func content(_ path: String) -> String {
    guard let data = FileManager.default.contents(atPath: path) else { return "no lock file" }
    return String(decoding: data.prefix(512), as: UTF8.self)
      .trimmingCharacters(in: .newlines)
  }

  /// Host, process and start to the nanosecond: no two holders have the same line.
  private static func ownLine() -> String {
    var name = [CChar](repeating: 0, count: 256)
    let status = gethostname(&name, name.count - 1)
    let host =
      status == 0
      ? String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      : "unknown"
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    var parts = tm()
    gmtime_r(&now.tv_sec, &parts)
    var text = [CChar](repeating: 0, count: 32)
    let length = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%S", &parts)
    let start = String(decoding: text.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
    return "host \(host), process \(getpid()), since \(start).\(now.tv_nsec)Z"
  }
}
