// Seeds as a user writes them.

/// The seeds of a text such as `0-35` or `1,5,9-12`, in the order in which they are written.
public struct SeedList: Sendable, Equatable {
  /// The most pictures of one command.
  public static let limit = 1_000_000

  public let seeds: [UInt64]

  /// - Throws: `SamplingError.badSeeds` (64).
  public init(_ text: String) throws(SamplingError) {
    func bad(_ reason: String) -> SamplingError { .badSeeds(text, reason: reason) }
    func seed(_ part: Substring) throws(SamplingError) -> UInt64 {
      guard !part.isEmpty, part.utf8.allSatisfy({ (48...57).contains($0) }),
        let value = UInt64(part)
      else { throw bad("'\(part)' is no seed") }
      return value
    }
    var seeds: [UInt64] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
      let first = try seed(ends[0])
      let last = ends.count == 2 ? try seed(ends[1]) : first
      guard first <= last else { throw bad("the range \(part) ends before it begins") }
      guard last - first < UInt64(Self.limit - seeds.count) else {
        throw bad("more than \(Self.limit) pictures")
      }
      seeds += first...last
    }
    self.seeds = seeds
  }
}
