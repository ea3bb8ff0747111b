// How long a silence is too long.

import Synchronization

/// The seconds after which a rank counts as stalled; read by any thread.
final class StallLimit: Sendable {
  /// Before a step was timed nobody knows how long one takes.
  static let beforeFirstStep = 300.0
  static let least = 60.0
  static let medianSteps = 10.0

  private let isFixed: Bool
  private let current: Mutex<Double>

  /// - Parameter fixed: what the user said; nil to learn from the steps.
  init(fixed: Double?) {
    isFixed = fixed != nil
    current = Mutex(fixed ?? Self.beforeFirstStep)
  }

  var seconds: Double { current.withLock { $0 } }

  /// Takes the median time of the last steps into account.
  func learn(medianStep: Double) {
    guard !isFixed else { return }
    current.withLock { $0 = max(Self.least, Self.medianSteps * medianStep) }
  }
}
