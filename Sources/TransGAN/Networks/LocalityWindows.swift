// Locality-aware attention: which keys a query sees in each stage of the generator.

import Tensors

/// The windows in force at one moment of training (arXiv 2102.07074, section 3.3.3).
public struct LocalityWindows: Hashable, Sendable {
  /// How distance is measured.
  public enum Metric: String, Hashable, Sendable {
    /// In the picture: both |dy| and |dx| are at most the window.
    case grid
    /// Along the flattened sequence, as in the published code.
    case sequence
  }

  public var metric: Metric
  /// One window a stage, nil where a query sees everything.
  public var windows: [Int?]
  /// Whether only the last block of the last stage is masked, as in the published code.
  public var lastBlockOnly: Bool

  public init(metric: Metric, windows: [Int?], lastBlockOnly: Bool = false) {
    self.metric = metric
    self.windows = windows
    self.lastBlockOnly = lastBlockOnly
  }

  /// Every query sees every key.
  public static let none = LocalityWindows(metric: .grid, windows: [])

  func window(stage: Int, side: Int, isLastBlock: Bool) -> AttentionWindow {
    guard stage < windows.count, let window = windows[stage], !lastBlockOnly || isLastBlock else {
      return .none
    }
    switch metric {
    case .grid: return window >= side - 1 ? .none : .grid(side: side, window: window)
    case .sequence: return window >= side * side - 1 ? .none : .sequence(window: window)
    }
  }
}
