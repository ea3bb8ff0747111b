// The command `sample`: read, draw, write.

import DataParallel
import Evaluation

/// Draws the pictures of a request on all ranks; rank 0 writes them.
public struct SampleRun: Sendable {
  /// Pictures that a rank draws between two gatherings.
  private static let share = 32

  private let source: SampleSource
  private let request: SampleRequest
  private let threads: Int

  public init(_ request: SampleRequest, source: SampleSource, threads: Int) {
    self.request = request
    self.source = source
    self.threads = threads
  }

  /// Draws and writes everything.
  ///
  /// - Throws: `SamplingError`, `ReportingError`, `EvaluationError`.
  public func run(group: ProcessGroup, force: Bool) throws {
    var writer: SampleWriter?
    _ = try group.decideAtRoot {
      writer = try SampleWriter(request, side: source.side, force: force)
      return []
    }
    let step = Self.share * group.size
    for start in stride(from: 0, to: request.pictures.count, by: step) {
      let range = start..<min(start + step, request.pictures.count)
      let images = try source.images(
        range, of: request.pictures, group: group, threads: threads)
      _ = try group.decideAtRoot {
        try writer?.append(images)
        return []
      }
    }
    _ = try group.decideAtRoot {
      try writer?.finish(side: source.side)
      return []
    }
  }
}
