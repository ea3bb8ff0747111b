// What can go wrong in a step.

import Diagnostics

/// An error of the training itself.
public enum TrainingError: DiagnosableError {
  /// A gradient is not finite; the weights are as they were before the step.  `origin` is nil where each
  /// block's gradient is finite and only their sum is not.
  case nonFinite(network: String, tensor: String, step: Int, origin: NonFiniteOrigin?)
  /// The gradient is finite, and a loss or another figure of the step is not.  `origin` is nil where only
  /// the sum over the blocks is not.
  case nonFiniteFigures(network: String, step: Int, origin: (rank: Int, block: Int)?)
  /// A run that may go back only so often met one more value that is not finite.
  indirect case rollbackLimit(Int, TrainingError)
  /// A block's gradient differs when another rank computes it.
  case auditFailed(AuditFinding)

  public var exitCode: ExitCode {
    switch self {
    case .nonFinite, .nonFiniteFigures, .rollbackLimit: .nonFinite
    case .auditFailed: .replicasDiffer
    }
  }

  public var description: String {
    switch self {
    case .nonFinite, .nonFiniteFigures:
      "\(cause); the weights were not changed: resume from the last checkpoint with a lower learning "
        + "rate or clip_norm, or on another host if it does not happen there, or let the run go on in "
        + "another order with on_non_finite: rollback"
    case .rollbackLimit(let count, let error):
      "\(error.cause), after the run went back to a checkpoint \(count) times, which is its "
        + "rollback_limit; the weights were not changed: resume with a lower learning rate or "
        + "clip_norm, or raise rollback_limit"
    case .auditFailed(let finding): finding.description
    }
  }

  /// What happened, without what to do about it.
  var cause: String {
    switch self {
    case .nonFinite(let network, let tensor, let step, let origin):
      "the gradient of \(network) is not finite at step \(step), \(Self.place(tensor, origin))"
    case .nonFiniteFigures(let network, let step, let origin):
      "a loss of \(network) is not finite at step \(step), "
        + (origin.map { "first on rank \($0.rank) in block \($0.block)" }
          ?? "where finite values of the blocks add up")
    case .rollbackLimit(_, let error): error.cause
    case .auditFailed: description
    }
  }

  private static func place(_ tensor: String, _ origin: NonFiniteOrigin?) -> String {
    guard let origin else { return "first in \(tensor), where finite values of the blocks add up" }
    let images =
      origin.images.isEmpty
      ? "" : " with the images \(origin.images.map(String.init).joined(separator: ", "))"
    return "first in \(origin.tensor), element \(origin.element), on rank \(origin.rank) in block "
      + "\(origin.block)\(images)"
  }
}
