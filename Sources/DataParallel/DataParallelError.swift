// What can go wrong between ranks.
// Not here: failures of the message passing library (see MPIError).
import Diagnostics

/// Where in the run two ranks speak to each other.
public struct ReductionLabel: Hashable, Sendable, CustomStringConvertible {
  /// The training step, or a counter of its own for what is not part of a step.
  public let step: Int
  public let phase: ReductionPhase

  public init(step: Int, phase: ReductionPhase) {
    self.step = step
    self.phase = phase
  }

  public var description: String { "step \(step), phase \(phase)" }
}

/// The name of a part of a step, at most 16 ASCII letters, as it travels in a message.
public struct ReductionPhase: Hashable, Sendable, ExpressibleByStringLiteral,
  CustomStringConvertible
{
  let letters: SIMD16<UInt8>

  init(letters: SIMD16<UInt8>) { self.letters = letters }

  public init(_ name: String) {
    precondition(name.utf8.count <= 16 && name.allSatisfy(\.isASCII), "phase name \(name)")
    var letters = SIMD16<UInt8>()
    for (index, letter) in name.utf8.enumerated() { letters[index] = letter }
    self.letters = letters
  }

  public init(stringLiteral name: String) { self.init(name) }

  public var description: String {
    let bytes = (0..<16).map { letters[$0] }.prefix { $0 != 0 }
    return printable(String(decoding: bytes, as: UTF8.self))
  }
}

/// An error of the work between ranks.
public enum DataParallelError: DiagnosableError, Equatable {
  /// Some ranks would have nothing to compute.
  case moreRanksThanBlocks(ranks: Int, blocks: Int)
  /// Ranks that sent nothing for `seconds`.
  case stalledPeer(
    rank: Int, waitingFor: [Int], label: ReductionLabel, bucket: Int, seconds: Double)
  /// A message is not the one that is due.
  case unexpectedMessage(
    rank: Int, source: Int, label: ReductionLabel, bucket: Int, field: String, expected: String,
    found: String)
  /// A message's bytes changed on the way.
  case damagedMessage(
    rank: Int, source: Int, label: ReductionLabel, bucket: Int, field: String, expected: String,
    found: String)
  /// A field that all ranks must agree on; the ranks that agree with the first value, and the others.
  case ranksDisagree(
    field: String, ranks: [Int], value: String, otherRanks: [Int], otherValue: String)
  /// Replicas of a tensor differ; `minority` is nil when no majority exists.
  case replicasDiffer(tensor: String, step: Int, digests: [UInt64], minority: [Int]?)
  /// The message passing library cannot be used for this transport.
  case fastReductionNeedsMPI(ranks: Int)

  public var exitCode: ExitCode {
    switch self {
    case .moreRanksThanBlocks, .fastReductionNeedsMPI: .usage
    case .stalledPeer, .damagedMessage: .peerLost
    case .unexpectedMessage, .ranksDisagree: .disagreement
    case .replicasDiffer: .replicasDiffer
    }
  }
}
