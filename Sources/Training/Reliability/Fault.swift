// What a test lets go wrong, where and when: `TRANSGAN_FAULT=kind:rank=R,step=S,point=P`, or several of these with a
// semicolon between them.
// Not here: the doing (`FaultInjector`).

import Diagnostics

/// One thing that goes wrong on one rank.
struct Fault: Equatable, Sendable {
  enum Kind: String, CaseIterable, Sendable {
    /// SIGKILL to the own process.
    case kill
    /// SIGSTOP to the own process.
    case stop
    /// Never goes on, asleep.
    case hang
    /// Never goes on, busy.
    case loop
    /// Sleeps `value` milliseconds each time, from the step on.
    case slow
    /// A trap of Swift.
    case trap
    /// `exit(3)`, without ending MPI.
    case exit
    /// Signal `value` to the own process, SIGUSR1 where that is 0.
    case notice
    /// The gradient of `tensor` (of any where that is empty) that block `value` delivers becomes not a number.
    case nan
    /// Bit `value` of the state is inverted; `section` chooses the buffer.
    case flip
    /// From the step on, bit `value` of the middle element of every gradient that the rank computes is
    /// inverted, in its own blocks and in those of other ranks that it audits.
    case wrong
  }

  var kind: Kind
  var rank: Int
  var step: Int
  var point: String
  var value = 0
  var section = 0
  var tensor = ""
  /// How often the place is passed first, and how often it happens then.
  var skip = 0
  var times = 1

  /// - Throws: `FaultError` (64).
  init(_ text: String) throws(FaultError) {
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    guard parts.count == 2, let kind = Kind(rawValue: parts[0]) else { throw .malformed(text) }
    var fields: [String: String] = [:]
    for field in parts[1].split(separator: ",") {
      let pair = field.split(separator: "=", maxSplits: 1).map(String.init)
      guard pair.count == 2 else { throw .malformed(text) }
      fields[pair[0]] = pair[1]
    }
    let known: Set = ["rank", "step", "point", "value", "section", "tensor", "skip", "times"]
    guard known.isSuperset(of: fields.keys), let point = fields["point"],
      let rank = fields["rank"].flatMap({ Int($0) }),
      let step = fields["step"].flatMap({ Int($0) }),
      let value = Int(fields["value"] ?? "0"), let section = Int(fields["section"] ?? "0"),
      let skip = Int(fields["skip"] ?? "0"), let times = Int(fields["times"] ?? "1")
    else { throw .malformed(text) }
    (self.kind, self.rank, self.step, self.point) = (kind, rank, step, point)
    (self.value, self.section, tensor) = (value, section, fields["tensor"] ?? "")
    (self.skip, self.times) = (skip, times)
  }
}

/// A fault that was asked for and cannot be done.
public enum FaultError: DiagnosableError, Equatable {
  case notBuiltIn
  case malformed(String)

  public var exitCode: ExitCode { .usage }
  public var description: String {
    switch self {
    case .notBuiltIn:
      "TRANSGAN_FAULT is set, and this program was built without fault points: unset it, or for tests "
        + "build with TRANSGAN_FAULTS=1"
    case .malformed(let text):
      "TRANSGAN_FAULT is \"\(printable(text))\", kind:rank=R,step=S,point=P was expected with a kind of "
        + Fault.Kind.allCases.map(\.rawValue).joined(separator: ", ")
    }
  }
}
