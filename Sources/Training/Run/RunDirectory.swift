// Where a run keeps what it writes.

import Foundation

/// The names inside a run directory.
public struct RunDirectory: Sendable {
  public let path: String

  public init(_ path: String) {
    self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
  }

  public var configuration: String { path + "/config.yaml" }
  public var log: String { path + "/log.txt" }
  public var statistics: String { path + "/stats.jsonl" }
  public var samples: String { path + "/samples" }
  public var checkpoints: String { path + "/checkpoints" }
  /// Made by whoever wants the run to stop with a checkpoint.
  public var stop: String { path + "/STOP" }
  /// There while all ranks take notices.
  public var ready: String { path + "/ready" }
  /// Why the last run failed, if it did.
  public var failure: String { path + "/failure.json" }
  /// What each rank was doing a second ago.
  public var heartbeats: String { path + "/heartbeat" }

  /// A grid of samples after so many real images.
  public func sampleGrid(images: Int) -> String {
    samples + "/kimg-" + CheckpointName.kimg(images: images) + ".png"
  }

  /// Makes the directory and those inside it.
  ///
  /// - Throws: `RunDirectoryError` (73).
  func create() throws {
    for folder in [path, samples, heartbeats] {
      do throws(SystemCallFailure) {
        try PosixFileSystem().createDirectories(folder)
      } catch {
        throw RunDirectoryError.cannotCreate(path: folder, error)
      }
    }
  }

  /// Removes what an earlier run left of itself: its failure, its heartbeats, its readiness.
  func removeTraces() {
    let manager = FileManager.default
    for path in [ready, failure] { try? manager.removeItem(atPath: path) }
    for name in (try? manager.contentsOfDirectory(atPath: heartbeats)) ?? [] {
      try? manager.removeItem(atPath: heartbeats + "/" + name)
    }
  }

  /// How much earlier than a process a file that is made after it may seem to be, in seconds: processes' starts
  /// are known in hundredths, and files' times advance with the kernel's tick.
  private static let clockStep = 0.1

  /// Removes a STOP that was made before this run was launched.
  ///
  /// - Returns: whether there was one.
  func removeOldStop(launchedAt: Double) -> Bool {
    var status = stat()
    guard lstat(stop, &status) == 0 else { return false }
    let made = Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) * 1e-9
    return made < launchedAt - Self.clockStep && unlink(stop) == 0
  }

  /// Says to whoever sends signals that all ranks take them.
  func announceReady() throws { try replace(ready, with: "\(getpid())\n") }

  /// Writes the resolved configuration, replacing an older one in one step.
  func write(_ configuration: Configuration) throws {
    let text =
      "# The resolved configuration of this run; every key is listed by `config keys`.\n"
      + configuration.yaml()
    try replace(self.configuration, with: text)
  }

  private func replace(_ path: String, with text: String) throws {
    do throws(SystemCallFailure) {
      try PosixFileSystem().replace(path, with: text)
    } catch {
      throw RunDirectoryError.cannotWrite(path: path, error)
    }
  }
}
