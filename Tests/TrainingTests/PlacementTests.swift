// What is said of where ranks run.

import Testing

@testable import Training

@Suite struct PlacementTests {
  @Test func listsOfCores() {
    #expect(Placement.cores(in: "0-3,8") == [0, 1, 2, 3, 8])
    #expect(Placement.cores(in: "5") == [5])
    #expect(Placement.cores(in: "").isEmpty)
    #expect(Placement.cores(in: "nonsense,3-1").isEmpty)
  }

  private func rank(_ host: String, _ cores: Set<Int>, _ threads: Int) -> Placement.Rank {
    Placement.Rank(host: host, cores: cores, threads: threads)
  }

  @Test func aGoodPlacementHasNoWarning() {
    let placement = Placement(ranks: [
      rank("a", [0], 1), rank("a", [1], 1), rank("b", [0, 1], 1),
    ])
    #expect(placement.warnings.isEmpty)
    #expect(
      placement.summary
        == "2 ranks on a (2 cores), 1 thread each; 1 rank on b (2 cores), 1 thread each")
  }

  @Test func lanesOnOneCoreAreNamed() {
    let placement = Placement(ranks: [rank("a", [0], 4), rank("a", [1], 4)])
    #expect(placement.warnings.count == 3, "two ranks, and the host")
    #expect(placement.warnings[0].contains("rank 0") && placement.warnings[0].contains("PE=4"))
  }

  @Test func ranksOnOneCoreAreNamed() {
    let placement = Placement(ranks: [rank("a", [3], 1), rank("a", [3], 1)])
    #expect(placement.warnings.count == 1)
    #expect(placement.warnings[0].contains("2 ranks") && placement.warnings[0].contains("1 core"))
  }
}
