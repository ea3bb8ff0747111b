// Which rank is much slower than the others, and in what.  Nothing is stopped for it.
// Not here: ranks that do not come at all (`StallLimit`).

import DataParallel
import Reporting

/// Watches the times of the ranks' blocks.  Kept by rank 0, which logs.
struct Stragglers {
  /// How many times the others' median makes a straggler.
  static let factor = 2.0
  /// For how many steps in a row, so that a passing load is not reported.
  static let patience = 5
  /// The steps between two warnings about the same rank.
  static let repeatAfter = 200
  /// Times below this say more about the system's clock and scheduler than about a rank.
  static let leastSeconds = 0.002

  /// Blocks of each rank: who has more takes longer.
  private let blocks: [Int]
  private var slowSteps: [Int]

  init(blocks: [Int]) {
    self.blocks = blocks
    slowSteps = Array(repeating: 0, count: blocks.count)
  }

  /// Takes a step's times into account.
  ///
  /// - Returns: a warning for each rank that has been slow for long enough.
  mutating func warnings(_ times: [(discriminator: Int, generator: Int)], step: Int) -> [String] {
    guard times.count > 1, times.count == blocks.count else { return [] }
    var warnings: [String] = []
    let discriminator = perBlock(times.map(\.discriminator))
    let generator = perBlock(times.map(\.generator))
    for rank in times.indices {
      let found = [(RunPhase.discriminatorBlocks, discriminator), (.generatorBlocks, generator)]
        .compactMap { phase, seconds in Self.excess(of: rank, seconds, phase) }
      guard let worst = found.max(by: { $0.factor < $1.factor }) else {
        slowSteps[rank] = 0
        continue
      }
      slowSteps[rank] += 1
      guard slowSteps[rank] % Self.repeatAfter == Self.patience else { continue }
      warnings.append(
        "rank \(rank) is slow in \(worst.phase): \(HumanText.duration(seconds: worst.seconds)) a "
          + "block at step \(step), \(HumanText.fixed(worst.factor, 1)) times the others' median, for "
          + "\(slowSteps[rank]) steps; all ranks wait for it: look at its host's load and clock")
    }
    return warnings
  }

  private func perBlock(_ microseconds: [Int]) -> [Double] {
    zip(microseconds, blocks).map { Double($0) * 1e-6 / Double(max($1, 1)) }
  }

  /// What a rank takes for a block, if that is too long.
  private static func excess(
    of rank: Int, _ seconds: [Double], _ phase: RunPhase
  ) -> (factor: Double, seconds: Double, phase: RunPhase)? {
    let others = seconds.indices.filter { $0 != rank }.map { seconds[$0] }.sorted()
    let median = others[others.count / 2]
    guard median > 0, seconds[rank] > leastSeconds, seconds[rank] > factor * median else {
      return nil
    }
    return (seconds[rank] / median, seconds[rank], phase)
  }
}
