// What the one who starts a run says about this start and not about the recipe.

import Diagnostics

/// Limits and notices of one start of a run; none of them changes a bit of the result.
public struct RunOptions: Sendable {
  /// Seconds from now after which the run must have ended.
  public var maximumSeconds: Double?
  /// Seconds of silence after which a rank counts as stalled; learned from the step times without.
  public var stallSeconds: Double?
  /// The variables of the environment, for what the batch system says.
  public var environment: [String: String]
  /// The signal that asked this process to stop, if one came.
  public var notice: @Sendable () -> StopReason?

  public init(
    maximumSeconds: Double? = nil, stallSeconds: Double? = nil,
    environment: [String: String] = [:], notice: @escaping @Sendable () -> StopReason? = { nil }
  ) {
    self.maximumSeconds = maximumSeconds
    self.stallSeconds = stallSeconds
    self.environment = environment
    self.notice = notice
  }

  /// What all ranks must be started with, by the names of the options.
  func fields(directory: String) -> [(name: String, value: String)] {
    func text(_ seconds: Double?) -> String { seconds.map { "\($0) s" } ?? "" }
    return [
      ("--run-dir", directory), ("--max-time", text(maximumSeconds)),
      ("--stall-timeout", text(stallSeconds)),
    ]
  }
}
