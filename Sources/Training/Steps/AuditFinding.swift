// What an audit found, and how it is said.

import Diagnostics

/// A block whose gradient depends on who computes it.
public struct AuditFinding: Sendable, Equatable {
  /// Who computed wrongly, as far as that is known.
  enum Verdict: Equatable, Sendable {
    case owner, auditor, unknown

    /// A third rank that agrees with one of the two says that the other is wrong.
    init(owned: [UInt64], audited: [UInt64], third: [UInt64]?) {
      switch third {
      case audited: self = .owner
      case owned: self = .auditor
      default: self = .unknown
      }
    }
  }

  let network: String
  /// The first tensor that differs.
  let tensor: String
  let step: Int
  let audit: BlockAudit
  /// Of every rank.
  let hosts: [String]
  let verdict: Verdict

  var description: String {
    "block \(audit.block) of the gradient of \(network) differs at step \(step) in "
      + "\(printable(tensor)) \(computations); \(judgement); nothing was saved: start the run again "
      + "on other hosts, from its last checkpoint or from one that is older than the fault"
  }

  private func place(_ rank: Int) -> String { "rank \(rank) (host \(printable(hosts[rank])))" }

  private var computations: String {
    guard audit.auditor != audit.owner else {
      return "when \(place(audit.owner)) computes it a second time"
    }
    return "between \(place(audit.owner)), whose block it is, and \(place(audit.auditor)), which "
      + "computed it a second time"
  }

  private var judgement: String {
    guard audit.auditor != audit.owner else {
      return "its processor or memory is to be suspected"
    }
    let third = audit.arbiter.map(place)
    switch (verdict, third) {
    case (.owner, let third?):
      return "\(third) computes what the latter does, so the processor or memory of "
        + "\(place(audit.owner)) is to be suspected"
    case (.auditor, let third?):
      return "\(third) computes what the former does, so the processor or memory of "
        + "\(place(audit.auditor)) is to be suspected"
    case (_, let third?):
      return "\(third) computes something else again, so all three are to be suspected"
    case (_, nil):
      return
        "and two ranks cannot be told apart: test the processors and memory of both, or train on "
        + "three ranks or more, which name the one"
    }
  }
}
