// What can go wrong in a step.

import Diagnostics

/// An error of the training itself.
public enum TrainingError: DiagnosableError {
  /// A gradient or loss is not finite; the weights are as they were before the step.
  case nonFinite(network: String, tensor: String, step: Int)

  public var exitCode: ExitCode {
    switch self {
    case .nonFinite: .nonFinite
    }
  }

  public var description: String {
    switch self {
    case .nonFinite(let network, let tensor, let step):
      "the gradient of \(network) is not finite at step \(step), first in \(tensor); the weights "
        + "were not changed: resume from the last checkpoint with a lower learning rate or clip_norm"
    }
  }
}
