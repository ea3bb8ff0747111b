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

  /// A grid of samples after so many real images.
  public func sampleGrid(images: Int) -> String {
    samples + "/kimg-" + CheckpointName.kimg(images: images) + ".png"
  }

  /// Makes the directory and those inside it.
  ///
  /// - Throws: `RunDirectoryError` (73).
  func create() throws {
    for folder in [path, samples] {
      do throws(SystemCallFailure) {
        try PosixFileSystem().createDirectories(folder)
      } catch {
        throw RunDirectoryError.cannotCreate(path: folder, error)
      }
    }
  }

  /// Writes the resolved configuration, replacing an older one in one step.
  func write(_ configuration: Configuration) throws {
    let text =
      "# The resolved configuration of this run; every key is listed by `config keys`.\n"
      + configuration.yaml()
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: self.configuration), options: .atomic)
    } catch {
      throw RunDirectoryError.cannotWrite(path: self.configuration, reason: "\(error)")
    }
  }
}
