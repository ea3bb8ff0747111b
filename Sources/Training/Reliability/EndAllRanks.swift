// How an error ends all ranks: said once, with one exit code.
// Not here: what led to it.

import DataParallel
import Diagnostics
import Foundation

/// Ends the process, and with it all ranks of the group, because of an error.
///
/// An error that all ranks have is said by rank 0, and all end MPI in order.  Any other is said by the
/// rank that has it, which ends the others at once: they wait for it, and would wait in vain.  So does any error
/// in the middle of a sum of gradients, where ending MPI in order would wait for messages that nobody takes.
/// What MPI may still write into is never freed (`PendingOperation.abandon`).
///
/// - Parameters:
///   - record: keeps the failure elsewhere too; called on the rank that says it.
///   - beforeEnd: called where all ranks end in order.
public func endAllRanks(
  _ group: ProcessGroup, _ error: any Error, record: (SharedFailure) -> Void = { _ in },
  beforeEnd: () -> Void = {}
) -> Never {
  let failure = SharedFailure(error)
  let code = failure.exitCode
  guard group.size == 1 || (isShared(error) && group.reductionsUnderWay == 0) else {
    say("rank \(group.rank): \(failure.description)")
    record(failure)
    group.abort(code)
  }
  beforeEnd()
  if group.isRoot {
    say(failure.description)
    record(failure)
  }
  // Ending MPI waits for all ranks; one that is lost just now must not keep the others.
  Thread.detachNewThread {
    sleep(10)
    _exit(code.rawValue)
  }
  try? group.finalize()
  exit(code.rawValue)
}

/// Says a sentence on standard error, in one write, so that lines of several ranks do not mix.
public func say(_ sentence: String) {
  let bytes = Array("transgan-dist: \(sentence)\n".utf8)
  _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
}

/// Whether all ranks throw such an error at the same place.
private func isShared(_ error: any Error) -> Bool {
  switch error {
  case is SharedFailure, is StoppedOnNotice, is TrainingError, is FaultError: return true
  case let error as DataParallelError:
    switch error {
    case .replicasDiffer, .ranksDisagree, .moreRanksThanBlocks, .fastReductionNeedsMPI:
      return true
    case .stalledPeer, .unexpectedMessage, .damagedMessage: return false
    }
  default: return false
  }
}
