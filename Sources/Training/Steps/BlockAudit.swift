// Which block of which update is computed a second time, and by whom.
// Not here: the comparison (`BlockAuditor`).

import DataParallel

/// One block of an update, the rank whose block it is, and the rank that computes it too.
struct BlockAudit: Equatable, Sendable {
  let block: Int
  let owner: Int
  /// The owner where there is no other rank: that finds what a processor does differently the second time.
  let auditor: Int
  /// Decides between the two where they differ; nil below three ranks.
  let arbiter: Int?
}

/// Who computes which block, and the audits of a network's updates: a function of the update's number, known to
/// all ranks.
///
/// The blocks take turns; when all had one, the auditor moves on by a rank.  So every block is computed by
/// every other rank within blocks x (ranks - 1) audits, and a rank that computes wrongly is found by then, as
/// owner or as auditor.
struct AuditSchedule: Sendable {
  private let everyUpdates: Int
  private let ranks: Int
  /// The rank of each block.
  private let owners: [Int]

  /// - Parameter everyUpdates: 0 for no audits.
  /// - Throws: `DataParallelError.moreRanksThanBlocks`.
  init(everyUpdates: Int, tree: BlockTree, ranks: Int) throws {
    self.everyUpdates = everyUpdates
    self.ranks = ranks
    owners = try (0..<ranks).flatMap { rank in
      try tree.blocks(ofRank: rank, ranks: ranks).map { _ in rank }
    }
  }

  func owner(ofBlock block: Int) -> Int { owners[block] }

  /// The audit of update `update`, counted from 0; nil where none is due.
  func audit(update: Int) -> BlockAudit? {
    guard everyUpdates > 0, (update + 1) % everyUpdates == 0 else { return nil }
    let number = (update + 1) / everyUpdates - 1
    let (round, block) = number.quotientAndRemainder(dividingBy: owners.count)
    let owner = owners[block]
    guard ranks > 1 else {
      return BlockAudit(block: block, owner: owner, auditor: owner, arbiter: nil)
    }
    let auditor = (owner + 1 + round % (ranks - 1)) % ranks
    return BlockAudit(
      block: block, owner: owner, auditor: auditor,
      arbiter: (0..<ranks).first { $0 != owner && $0 != auditor })
  }
}
