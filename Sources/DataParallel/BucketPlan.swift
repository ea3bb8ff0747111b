// How a flat gradient is cut into buckets (what is sent together) and slices (who adds what).
// Not here: the sending (see ReproducibleReducer.swift).

/// A flat buffer of `count` floats cut into buckets of nearly equal size, and each bucket into one
/// slice a rank.
public struct BucketPlan: Hashable, Sendable {
  /// The floats of the whole buffer.
  public let count: Int
  /// The floats of a bucket, all but the last one of a plan.
  public let bucketFloats: Int
  public let ranks: Int

  /// The default size of a bucket, in MiB: so small that its slices stay in a second-level cache of 1 MiB while
  /// they are copied, checked and added, large enough that a message's fixed cost does not show.
  public static let defaultBucketMebibytes = 1

  /// Cuts so that the boundaries of buckets and slices fall on multiples of 16 floats, a cache line.
  public init(count: Int, ranks: Int, bucketMebibytes: Int = defaultBucketMebibytes) {
    precondition(
      count > 0 && ranks > 0 && bucketMebibytes > 0 && bucketMebibytes <= 256,
      "\(count) floats for \(ranks) ranks in buckets of \(bucketMebibytes) MiB")
    self.init(count: count, ranks: ranks, atMostFloats: bucketMebibytes << 18)
  }

  /// Cuts into buckets of at most `atMostFloats` (rounded up to 16), for tests of small buffers.
  init(count: Int, ranks: Int, atMostFloats: Int) {
    self.count = count
    self.ranks = ranks
    let buckets = (count + atMostFloats - 1) / atMostFloats
    bucketFloats = Self.roundedUp((count + buckets - 1) / buckets)
  }

  private static func roundedUp(_ floats: Int) -> Int { (floats + 15) / 16 * 16 }

  public var bucketCount: Int { (count + bucketFloats - 1) / bucketFloats }

  /// The floats of bucket `bucket`, as positions in the flat buffer.
  public func range(ofBucket bucket: Int) -> Range<Int> {
    precondition(bucket >= 0 && bucket < bucketCount, "bucket \(bucket) of \(bucketCount)")
    return bucket * bucketFloats..<min((bucket + 1) * bucketFloats, count)
  }

  /// The floats that rank `rank` adds for bucket `bucket`, as positions in the flat buffer; may be
  /// empty for the last ranks of a small bucket.
  public func slice(ofRank rank: Int, bucket: Int) -> Range<Int> {
    let range = range(ofBucket: bucket)
    let lower = min(range.lowerBound + rank * sliceFloats, range.upperBound)
    return lower..<min(lower + sliceFloats, range.upperBound)
  }

  /// The most floats that a slice has.
  public var sliceFloats: Int { Self.roundedUp((bucketFloats + ranks - 1) / ranks) }

  /// The bucket that holds the float at `position`.
  public func bucket(of position: Int) -> Int { position / bucketFloats }
}
