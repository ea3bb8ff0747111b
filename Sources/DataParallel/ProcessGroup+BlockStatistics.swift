// A few numbers of every block on every rank, and requests that ride along.
// Not here: what the numbers and the requests mean.

extension ProcessGroup {
  /// The statistics of all blocks in block order, the same on every rank.
  ///
  /// - Parameter local: one row for each block of this rank, all of the same length on all ranks.
  public func allGatherBlockValues(
    _ local: [[Float]], tree: BlockTree, phase: ReductionPhase = "statistics"
  ) throws -> [[Float]] {
    try exchange(local, flags: [], tree: tree, phase: phase).values
  }

  /// The statistics of all blocks, and for each flag the largest value that a rank gave, so that a
  /// request to stop, heard by one rank, is known to all in the same step.
  ///
  /// - Parameters:
  ///   - local: one row for each block of this rank, all of the same length on all ranks.
  ///   - flags: the same number on all ranks.
  ///
  /// Throws `DataParallelError.ranksDisagree` when rows or flags differ in number.
  public func exchange(
    _ local: [[Float]], flags: [Int], tree: BlockTree, phase: ReductionPhase = "statistics"
  ) throws -> (values: [[Float]], flags: [Int]) {
    let own = try tree.blocks(ofRank: rank, ranks: size)
    let width = local.first?.count ?? 0
    precondition(
      local.count == own.count && local.allSatisfy { $0.count == width },
      "\(local.count) rows of statistics for the blocks \(own)")
    var writer = ByteWriter()
    writer.append(flags.count)
    writer.append(width)
    for flag in flags { writer.append(flag) }
    for value in local.joined() { writer.append(value) }
    let gathered = try allGather(writer.bytes, phase: phase)

    var values: [[Float]] = []
    var largest = flags
    for (source, bytes) in gathered.enumerated() {
      var reader = ByteReader(bytes)
      try requireSame("number of flags", flags.count, reader.integer(), source)
      try requireSame("statistics of a block", width, reader.integer(), source)
      for index in flags.indices {
        largest[index] = max(largest[index], reader.integer() ?? largest[index])
      }
      let rows = try tree.blocks(ofRank: source, ranks: size).count
      for _ in 0..<rows { values.append((0..<width).compactMap { _ in reader.float() }) }
      try requireSame("rows of statistics", true, reader.isAtEnd, source)
      try requireSame("statistics of a block", width, values.last?.count, source)
    }
    return (values, largest)
  }

  private func requireSame<Value: Equatable>(
    _ field: String, _ own: Value, _ found: Value?, _ source: Int
  ) throws {
    guard found != own else { return }
    throw DataParallelError.ranksDisagree(
      field: field, ranks: [rank], value: "\(own)", otherRanks: [source],
      otherValue: found.map { "\($0)" } ?? "missing")
  }
}
