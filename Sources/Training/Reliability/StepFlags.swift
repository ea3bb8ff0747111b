// What rides along in each step's exchange besides the figures of the blocks.
//
// The exchange gives every rank the largest value of each flag, and nothing else is needed: two numbers are the
// same on all ranks if and only if the largest of them and of their complements belong together; and a
// value in a place of its own, where the others give 0, reaches all.
// Not here: the exchange (`ProcessGroup.exchange`).

/// The flags of a rank before the exchange, or of all after it.
struct StepFlags: Equatable {
  /// `StopReason`'s value, 0 for none.
  var request = 0
  /// A checksum of the state that the step begins with; the complement of the same.
  private var replica = 0
  private var complement = ~0
  /// For each rank the microseconds that its blocks of D, and of G, took in the step before.
  private(set) var computeMicroseconds: [(discriminator: Int, generator: Int)]

  init(ranks: Int) {
    computeMicroseconds = Array(repeating: (0, 0), count: ranks)
  }

  /// Reads the flags that `values` gave, in the exchange's largest values.
  init(_ values: [Int]) {
    (request, replica, complement) = (values[0], values[1], values[2])
    computeMicroseconds = stride(from: 3, to: values.count, by: 2).map {
      (values[$0], values[$0 + 1])
    }
  }

  var values: [Int] {
    [request, replica, complement]
      + computeMicroseconds.flatMap { [$0.discriminator, $0.generator] }
  }

  mutating func set(replica checksum: UInt64) {
    replica = Int(bitPattern: UInt(checksum))
    complement = ~replica
  }

  /// Whether all ranks gave the same checksum.
  var replicasAgree: Bool { complement == ~replica }

  mutating func set(rank: Int, discriminatorSeconds: Double, generatorSeconds: Double) {
    computeMicroseconds[rank] = (
      Int(discriminatorSeconds * 1e6), Int(generatorSeconds * 1e6)
    )
  }

  static func == (left: Self, right: Self) -> Bool { left.values == right.values }
}
