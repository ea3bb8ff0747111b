// An audit: a rank computes another rank's block once more, and both gradients must have the same bits.
//
// It comes between the sum of an update and the update itself: the weights are still those that the block was
// computed with, and the memory of the blocks is free.  The second gradient is dropped parameter by parameter; only
// digests are kept and sent.
// Not here: which block, and who (`AuditSchedule`).

import DataParallel
import Tensors

/// Compares what ranks compute for one block.
struct BlockAuditor {
  let group: ProcessGroup
  let position: RunPosition
  /// As in errors: "the discriminator".
  let network: String
  /// The phase in which blocks are computed.
  let phase: RunPhase
  /// The tensors that a block delivers gradients of.
  let names: [String]

  /// Collects the digests of this rank's own computation; nil where the block is another rank's.
  func digests(_ audit: BlockAudit?) -> BlockDigests? {
    guard let audit, audit.owner == group.rank else { return nil }
    return BlockDigests(block: audit.block, count: names.count)
  }

  /// - Parameters:
  ///   - own: what `digests` gave, filled.
  ///   - compute: computes a block and delivers its gradients.
  /// - Throws: `TrainingError.auditFailed` (77), the same on all ranks.
  func check(
    _ audit: BlockAudit, step: Int, own: BlockDigests?,
    compute: (_ block: Int, _ deliver: (Int, Tensor) throws -> Void) throws -> Void
  ) throws {
    position.enter(.audit)
    let second = try digests(audit, by: audit.auditor, compute)
    let all = try group.gatherDigests((own?.values ?? []) + second, phase: "audit")
    let owned = Array(all[audit.owner].prefix(names.count))
    let audited = Array(all[audit.auditor].suffix(names.count))
    guard owned != audited else { return }
    let tensor = names.indices.first { owned[$0] != audited[$0] }
    var third: [UInt64]?
    if let arbiter = audit.arbiter {
      third = try group.gatherDigests(
        try digests(audit, by: arbiter, compute), phase: "audit")[arbiter]
    }
    let hosts = try group.allGather(Array(ownHostName().utf8), phase: "audit")
      .map { String(decoding: $0, as: UTF8.self) }
    throw TrainingError.auditFailed(
      AuditFinding(
        network: network, tensor: tensor.map { names[$0] } ?? "all", step: step, audit: audit,
        hosts: hosts,
        verdict: AuditFinding.Verdict(owned: owned, audited: audited, third: third)))
  }

  /// What `rank` computes for the block; nothing on the others.
  private func digests(
    _ audit: BlockAudit, by rank: Int,
    _ compute: (_ block: Int, _ deliver: (Int, Tensor) throws -> Void) throws -> Void
  ) throws -> [UInt64] {
    guard group.rank == rank else { return [] }
    let digests = BlockDigests(block: audit.block, count: names.count)
    try compute(audit.block) { entry, gradient in
      position.beat()
      digests.add(
        block: audit.block, entry: entry,
        position.delivered(gradient, of: names[entry], block: audit.block, phase: phase))
    }
    return digests.values
  }
}
