// The sum of a gradient over the ranks, reproducible and fast, by size.

import DataParallel
import Diagnostics
import Reporting
import Tensors

/// What a benchmark of sums finds wrong.
enum ReductionBenchmarkError: DiagnosableError {
  case oneRank
  case sumsDiffer(rank: Int, floats: Int, position: Int, reproducible: Float, fast: Float)

  var exitCode: ExitCode {
    switch self {
    case .oneRank: .usage
    case .sumsDiffer: .internalError
    }
  }

  var description: String {
    switch self {
    case .oneRank:
      "1 rank has nothing to sum over, expected several: start with mpirun -np N transgan-dist bench reduce"
    case .sumsDiffer(let rank, let floats, let position, let reproducible, let fast):
      "rank \(rank): of \(floats) floats the reproducible sum has \(reproducible) at \(position), MPI's "
        + "has \(fast), expected a difference of rounding alone; do not train with this build"
    }
  }
}

/// The times of both reductions over the ranks of a group.
public struct ReductionBenchmark: Sendable {
  private struct Row: Sendable {
    let floats: Int
    /// Medians on the slowest rank.
    let reproducible: Double
    let fast: Double
    /// What this rank sends in the reproducible sum.
    let bytesSent: Int
  }

  private let rows: [Row]
  private let ranks: Int
  private let blocks: Int

  /// Sizes in floats: from a quarter of a MiB to 64 MiB.
  private static let sizes = stride(from: 16, through: 24, by: 2).map { 1 << $0 }
  private static let repetitions = 5

  /// - Parameter blocks: of the global batch; decides how many partial sums a rank holds.
  /// - Throws: a usage error (64) on one rank, exit code 70 where the sums differ by more than rounding.
  public init(group: ProcessGroup, blocks: Int) throws {
    guard group.size > 1 else { throw ReductionBenchmarkError.oneRank }
    (ranks, self.blocks) = (group.size, blocks)
    let tree = BlockTree(blocks: blocks)
    rows = try Self.sizes.map { try Self.measure(floats: $0, tree, group) }
  }

  private static func measure(floats: Int, _ tree: BlockTree, _ group: ProcessGroup) throws -> Row {
    let plan = BucketPlan(count: floats, ranks: group.size)
    let nodes = tree.cover(try tree.blocks(ofRank: group.rank, ranks: group.size))
    let buffers = nodes.map { node in
      let buffer = FlatBuffer(count: floats)
      for index in 0..<floats {
        buffer.elements[index] = Float((index &* 31 &+ node.index &* 17) % 1009) * 0.001
      }
      return buffer
    }
    let partialSums = Dictionary(uniqueKeysWithValues: zip(nodes, buffers.map(\.elements)))
    let reproducible = try ReproducibleReducer(group: group, tree: tree, plan: plan)
    let fast = try FastReducer(group: group, tree: tree, plan: plan)
    let (first, second) = (FlatBuffer(count: floats), FlatBuffer(count: floats))
    func time(_ reducer: any GradientReducer, _ result: FlatBuffer) throws -> Double {
      var times: [Double] = []
      for repetition in 0...repetitions {
        _ = try group.allGather([], phase: "benchmark")
        let start = monotonicSeconds()
        try reducer.reduce(
          nodes: partialSums, into: result.elements,
          label: ReductionLabel(step: repetition, phase: "benchmark"))
        // The first one touches new memory.
        if repetition > 0 { times.append(monotonicSeconds() - start) }
      }
      return try group.largest([StepBenchmark.median(times)], phase: "benchmark")[0]
    }
    let (slow, quick) = try withExtendedLifetime(buffers) {
      (try time(reproducible, first), try time(fast, second))
    }
    try requireSame(first, second, rank: group.rank)
    return Row(
      floats: floats, reproducible: slow, fast: quick,
      bytesSent: try ReproducibleReducer.bytesSent(byRank: group.rank, tree: tree, plan: plan))
  }

  private static func requireSame(_ a: FlatBuffer, _ b: FlatBuffer, rank: Int) throws {
    for (position, (x, y)) in zip(a.elements, b.elements).enumerated()
    where !((x - y).magnitude <= 1e-5 * max(x.magnitude, 1)) {
      throw ReductionBenchmarkError.sumsDiffer(
        rank: rank, floats: a.count, position: position, reproducible: x, fast: y)
    }
  }

  /// The table.
  public var table: String {
    var table = TextTable()
    table.add("gradient", "reproducible ms", "fast ms", "ratio", "sent by rank 0", "GB/s")
    for row in rows {
      table.add(
        HumanText.bytes(row.floats * MemoryLayout<Float>.stride),
        HumanText.fixed(1000 * row.reproducible, 2), HumanText.fixed(1000 * row.fast, 2),
        HumanText.significant(row.reproducible / row.fast), HumanText.bytes(row.bytesSent),
        HumanText.significant(Double(row.bytesSent) / row.reproducible / 1e9))
    }
    let heading = "sums over \(ranks) ranks, \(blocks) blocks; the sums agree"
    return ([heading] + table.lines()).joined(separator: "\n")
  }

  /// A line of JSON.
  public var json: String {
    let items = rows.map { row in
      "{\"floats\": \(row.floats), \"reproducible_s\": \(row.reproducible), \"fast_s\": \(row.fast), "
        + "\"bytes_sent\": \(row.bytesSent)}"
    }
    return "{\"ranks\": \(ranks), \"blocks\": \(blocks), \"sums\": ["
      + items.joined(separator: ", ") + "]}"
  }
}
