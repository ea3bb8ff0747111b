// Saying where the ranks run, before the first step.

import BLAS
import Logging

extension TrainingRun {
  /// Rank 0 logs the placement of all ranks and what is likely to make it slow.
  func announcePlacement() throws {
    let placement = try Placement(group, threads: configuration.threads)
    guard let logger = root?.reporter.logger else { return }
    logger.info("\(placement.summary); products by \(BLAS.kernelName)")
    for warning in placement.warnings { logger.warning("\(warning)") }
  }
}
