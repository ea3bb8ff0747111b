// What a run does about numbers that go wrong, and how often it looks.  Not here: the doing.

extension Configuration {
  /// What follows when a gradient or a figure of a step is not finite.
  public enum NonFinitePolicy: String, Sendable, CaseIterable {
    /// The run ends with exit code 79.
    case stop
    /// The run goes on from its newest checkpoint with another order of the data.
    case rollback
  }

  /// Blocks that are computed a second time, by another rank.
  public struct Audit: Sendable, Equatable {
    /// Updates of a network from one with an audit to the next; 0 for none.
    ///
    /// An audit adds one block to the work of one rank, and the others wait for it: at most as much as
    /// all blocks of that rank together.  So with 256 it costs less than 1/256 of the time, however
    /// many ranks share the blocks.
    public var everyUpdates = 256
    public init() {}
  }
}
