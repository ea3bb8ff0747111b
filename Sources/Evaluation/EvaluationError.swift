// What can go wrong when images are measured.

import Diagnostics

/// An error of a measurement.
public enum EvaluationError: DiagnosableError, Equatable {
  /// A generated image has a value that is not finite.
  case notFinite(image: Int)

  public var exitCode: ExitCode {
    switch self {
    case .notFinite: .nonFinite
    }
  }

  public var description: String {
    switch self {
    case .notFinite(let image):
      "generated image \(image) has a value that is not finite, so nothing was measured: resume from "
        + "an older checkpoint with a lower learning rate"
    }
  }
}
