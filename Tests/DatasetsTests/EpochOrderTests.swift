// The order of a run: permutations, uniform ones, and fair flips.

import Testing

@testable import Datasets

@Suite struct EpochOrderTests {
  @Test(arguments: [1, 2, 3, 10, 1000, 50_000]) func everyEpochIsAPermutation(count: Int) {
    let order = EpochOrder(count: count, seed: 5)
    for epoch in [0, 1, 2, 1_000_000] {
      let permutation = order.permutation(epoch: epoch)
      #expect(permutation.sorted() == (0..<Int32(count)).map { $0 })
      let last = epoch * count + count - 1
      #expect(order.recordIndices(at: last..<last + 1) == [Int(permutation[count - 1])])
    }
  }

  @Test func seedsAndEpochsDiffer() {
    let order = EpochOrder(count: 1000, seed: 5)
    #expect(order.permutation(epoch: 0) == order.permutation(epoch: 0))
    #expect(order.permutation(epoch: 0) != order.permutation(epoch: 1))
    #expect(order.permutation(epoch: 0) != EpochOrder(count: 1000, seed: 6).permutation(epoch: 0))
  }

  /// Pearson's statistic against equal frequencies; its mean is k - 1 and its variance 2 (k - 1), so five
  /// standard deviations are a bound that a uniform source exceeds about once in a million.
  private func expectUniform(_ counts: [Int], _ what: String) {
    let total = counts.reduce(0, +)
    let expected = Double(total) / Double(counts.count)
    let statistic = counts.reduce(0) {
      $0 + (Double($1) - expected) * (Double($1) - expected) / expected
    }
    let freedom = Double(counts.count - 1)
    #expect(
      abs(statistic - freedom) < 5 * (2 * freedom).squareRoot() + 5,
      "\(what): chi-square \(statistic) with \(freedom) degrees of freedom")
  }

  /// All 24 orders of four records are equally likely.
  @Test func allOrdersAreEquallyLikely() {
    let order = EpochOrder(count: 4, seed: 11)
    var counts: [[Int32]: Int] = [:]
    for epoch in 0..<24_000 { counts[order.permutation(epoch: epoch), default: 0] += 1 }
    #expect(counts.count == 24)
    expectUniform(Array(counts.values), "orders of 4")
  }

  /// Every record is equally likely at every place.
  @Test func allPlacesAreEquallyLikely() {
    let count = 32
    let order = EpochOrder(count: count, seed: 12)
    var counts = [Int](repeating: 0, count: count * count)
    for epoch in 0..<4000 {
      for (place, record) in order.permutation(epoch: epoch).enumerated() {
        counts[place * count + Int(record)] += 1
      }
    }
    for place in 0..<count {
      expectUniform(Array(counts[place * count..<(place + 1) * count]), "place \(place)")
    }
  }

  /// Half of the positions are mirrored, and so are half of all pairs of neighbours in each of the four ways.
  @Test func flipsAreFairAndIndependent() {
    let order = EpochOrder(count: 10, seed: 13)
    var pairs = [Int](repeating: 0, count: 4)
    for position in stride(from: 0, to: 200_000, by: 2) {
      let first = order.flip(position: position) ? 2 : 0
      pairs[first + (order.flip(position: position + 1) ? 1 : 0)] += 1
    }
    expectUniform(pairs, "pairs of flips")
  }

  @Test func nothingIsMirroredWhereThatIsOff() {
    let order = EpochOrder(count: 10, seed: 13, mirrors: false)
    #expect((0..<1000).allSatisfy { !order.flip(position: $0) })
    #expect(order.permutation(epoch: 3) == EpochOrder(count: 10, seed: 13).permutation(epoch: 3))
  }

  /// Far into a run no position shares its bit with an early one.
  @Test func flipsAreAddressedToTheEnd() {
    let order = EpochOrder(count: 10, seed: 14)
    for start in [32, 64, 96] {
      #expect((0..<32).contains { order.flip(position: $0) != order.flip(position: start + $0) })
    }
    for start in [1 << 7, 1 << 31, 1 << 32, 1 << 39, 1 << 40] {
      let early = (0..<128).map { order.flip(position: $0) }
      let late = (0..<128).map { order.flip(position: start + $0) }
      #expect(early != late, "from \(start)")
    }
  }
}
