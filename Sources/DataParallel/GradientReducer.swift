// What the training loop knows of a sum across ranks.
// Not here: how it is done (see ReproducibleReducer.swift, FastReducer.swift).

/// Sums the ranks' partial sums of one flat gradient, bucket by bucket.
///
/// A step is `begin`, then `start(bucket:)` for 0, 1, ... as soon as each bucket's floats are final in all
/// nodes, `progress` in between whenever convenient, and `finish`.  All of it on one thread.
public protocol GradientReducer: AnyObject {
  var plan: BucketPlan { get }
  /// What the reducer did since it was made.
  var statistics: ReductionStatistics { get }

  /// Begins a step.
  ///
  /// - Parameters:
  ///   - nodes: for each node of this rank's `cover`, its partial sum, `plan.count` floats.  Read only; valid
  ///     until `finish` returns.
  ///   - result: where the sum goes, `plan.count` floats.  It may be one of the nodes' buffers.
  ///   - label: where in the run this is; the same on all ranks.
  func begin(
    nodes: [TreeNode: UnsafeMutableBufferPointer<Float>],
    into result: UnsafeMutableBufferPointer<Float>, label: ReductionLabel) throws

  /// Says that the floats of `bucket` are final in all nodes.  Never waits.
  func start(bucket: Int) throws

  /// Moves messages that are ready; never waits.
  func progress() throws

  /// Waits until the whole sum is in `result`; every bucket was started.
  func finish() throws
}

extension GradientReducer {
  /// The whole of a step at once.
  public func reduce(
    nodes: [TreeNode: UnsafeMutableBufferPointer<Float>],
    into result: UnsafeMutableBufferPointer<Float>, label: ReductionLabel
  ) throws {
    try begin(nodes: nodes, into: result, label: label)
    for bucket in 0..<plan.bucketCount { try start(bucket: bucket) }
    try finish()
  }
}

/// What sums cost.
public struct ReductionStatistics: Equatable, Sendable {
  /// Bytes handed to the transport, headers included.
  public var bytesSent = 0
  /// Messages handed to the transport.
  public var messagesSent = 0
  /// Seconds spent in `finish`: what did not overlap with computing.
  public var secondsWaiting = 0.0

  public init() {}

  public static func + (left: Self, right: Self) -> Self {
    var sum = left
    sum.bytesSent += right.bytesSent
    sum.messagesSent += right.messagesSent
    sum.secondsWaiting += right.secondsWaiting
    return sum
  }
}
