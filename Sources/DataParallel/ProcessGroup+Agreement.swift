// Whether all ranks are the same program in the same state: the handshake and the replica check.
// Not here: what is compared; the caller says.

extension ProcessGroup {
  /// Compares named values over the ranks, as configuration, binary and data set before the first step.
  ///
  /// Throws `DataParallelError.ranksDisagree` (exit code 78), the same on every rank, for the first field
  /// that differs, with the ranks of both values.
  public func compareAcrossRanks(
    _ fields: [(name: String, value: String)], phase: ReductionPhase = "handshake"
  ) throws {
    var writer = ByteWriter()
    for field in fields {
      writer.append(field.name)
      writer.append(field.value)
    }
    let all = try allGather(writer.bytes, phase: phase).map(Self.fields(in:))
    let names = all.map { $0.map(\.name).joined(separator: ", ") }
    try Self.requireOneValue("the list of compared fields", names)
    for (index, field) in (all.first ?? []).enumerated() {
      try Self.requireOneValue(field.name, all.map { $0[index].value })
    }
  }

  /// Compares a digest of every tensor over the ranks, so that a replica that drifted is found before
  /// it is used or saved.
  ///
  /// Throws `DataParallelError.replicasDiffer` (exit code 77), the same on every rank, for the first
  /// tensor that differs; from three ranks up it names the ranks that are not with the majority.
  public func compareDigests(
    _ digests: [(tensor: String, digest: UInt64)], step: Int, phase: ReductionPhase = "replicas"
  ) throws {
    let all = try gatherDigests(digests.map(\.digest), phase: phase)
    try Self.requireOneValue("the number of tensors", all.map { "\($0.count)" })
    for (index, digest) in digests.enumerated() {
      let column = all.map { $0[index] }
      guard Set(column).count > 1 else { continue }
      throw DataParallelError.replicasDiffer(
        tensor: digest.tensor, step: step, digests: column, minority: Self.minority(column))
    }
  }

  /// The digests of every rank, in rank order; each rank may give another number of them.
  public func gatherDigests(_ digests: [UInt64], phase: ReductionPhase) throws -> [[UInt64]] {
    var writer = ByteWriter()
    for digest in digests { writer.append(digest) }
    return try allGather(writer.bytes, phase: phase).map(Self.words(in:))
  }

  private static func requireOneValue(_ field: String, _ values: [String]) throws {
    guard let first = values.first, let other = values.first(where: { $0 != first }) else { return }
    throw DataParallelError.ranksDisagree(
      field: field, ranks: values.indices.filter { values[$0] == first }, value: first,
      otherRanks: values.indices.filter { values[$0] == other }, otherValue: other)
  }

  /// The ranks whose value is not that of more than half of the ranks; nil when there is no such value.
  static func minority(_ values: [UInt64]) -> [Int]? {
    let counts = Dictionary(grouping: values, by: { $0 }).mapValues(\.count)
    guard let (majority, _) = counts.first(where: { 2 * $0.value > values.count }) else {
      return nil
    }
    return values.indices.filter { values[$0] != majority }
  }

  private static func fields(in bytes: [UInt8]) -> [(name: String, value: String)] {
    var reader = ByteReader(bytes)
    var fields: [(name: String, value: String)] = []
    while let name = reader.text(), let value = reader.text() { fields.append((name, value)) }
    return fields
  }

  private static func words(in bytes: [UInt8]) -> [UInt64] {
    var reader = ByteReader(bytes)
    var words: [UInt64] = []
    while let word = reader.word() { words.append(word) }
    return words
  }
}
