// How errors between ranks are said.
import Diagnostics

extension DataParallelError {
  public var description: String {
    switch self {
    case .moreRanksThanBlocks(let ranks, let blocks):
      return "\(ranks) ranks cannot share \(blocks) blocks: start 1 to \(blocks) ranks "
        + "(\(Self.even(blocks)) share them evenly), or raise batch.blocks, which changes the result"
    case .stalledPeer(let rank, let waitingFor, let label, let bucket, let seconds):
      return "rank \(rank) heard nothing from \(Self.list(waitingFor)) for "
        + "\(Int(seconds.rounded())) s (\(label), bucket \(bucket)): look at the host and the log of "
        + "\(Self.list(waitingFor)), then start the run again from its last checkpoint"
    case .unexpectedMessage(
      let rank, let source, let label, let bucket, let field, let expected, let found):
      return "rank \(rank) expected \(field) \(printable(expected)) from rank \(source) "
        + "(\(label), bucket \(bucket)) and found \(printable(found)): the ranks are not at the same "
        + "place of the same run; check that all start the same program and configuration"
    case .damagedMessage(
      let rank, let source, let label, let bucket, let field, let expected, let found):
      return "rank \(rank) received a damaged message from rank \(source) "
        + "(\(label), bucket \(bucket)): \(field) is \(found), expected \(expected); suspect the "
        + "memory or the network of the two hosts, and start the run again from its last checkpoint"
    case .ranksDisagree(let field, let ranks, let value, let otherRanks, let otherValue):
      return "\(printable(field)) is \"\(printable(value))\" on \(Self.list(ranks)) but "
        + "\"\(printable(otherValue))\" on \(Self.list(otherRanks)): make all ranks start with the same"
    case .replicasDiffer(let tensor, let step, let digests, let minority):
      let values = digests.enumerated().map { "rank \($0): \(String($1, radix: 16))" }
      return "the replicas of \(printable(tensor)) differ at step \(step) "
        + "(\(values.joined(separator: ", "))): \(Self.suspicion(minority, ranks: digests.count)); "
        + "nothing was saved since, so resume from the last checkpoint"
    case .fastReductionNeedsMPI(let ranks):
      return "`reduction: fast` over \(ranks) ranks needs MPI: use `reduction: reproducible`"
    }
  }

  private static func suspicion(_ minority: [Int]?, ranks: Int) -> String {
    if let minority {
      return "suspect the memory of \(list(minority)), whose host should be left out"
    }
    return ranks == 2
      ? "two ranks cannot be told apart, so test the memory of both hosts, or train on three ranks "
        + "or more, which name the one"
      : "no majority says which are wrong, so test the memory of all hosts"
  }

  /// `rank 3`, or `ranks 1, 2 and 5`.
  static func list(_ ranks: [Int]) -> String {
    guard let last = ranks.last, ranks.count > 1 else {
      return "rank " + ranks.map(String.init).joined()
    }
    return "ranks " + ranks.dropLast().map(String.init).joined(separator: ", ") + " and \(last)"
  }

  /// The divisors of `blocks`, as text.
  private static func even(_ blocks: Int) -> String {
    (1...blocks).filter { blocks % $0 == 0 }.map(String.init).joined(separator: ", ")
  }
}
