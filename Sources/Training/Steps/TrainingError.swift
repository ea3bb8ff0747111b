// What can go wrong in a step.

import Diagnostics

/// An error of the training itself.
public enum TrainingError: DiagnosableError {
  /// A gradient is not finite; the weights are as they were before the step.  `origin` is nil where each
  /// block's gradient is finite and only their sum is not.
  case nonFinite(network: String, tensor: String, step: Int, origin: NonFiniteOrigin?)

  public var exitCode: ExitCode {
    switch self {
    case .nonFinite: .nonFinite
    }
  }

  public var description: String {
    switch self {
    case .nonFinite(let network, let tensor, let step, let origin):
      "the gradient of \(network) is not finite at step \(step), \(Self.place(tensor, origin)); the "
        + "weights were not changed: resume from the last checkpoint with a lower learning rate or "
        + "clip_norm, or on another host if it does not happen there"
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
