// Each fast kernel beside its plain loop: first whether they agree, then how fast they are.
// Not here: which kernels (`KernelCases`).

import Diagnostics
import Reporting
import Tensors

/// A kernel and its plain loop on the same inputs.
struct KernelCase {
  /// What a kernel's speed is measured in.
  enum Work {
    /// Floating-point operations.
    case operations(Int)
    /// Bytes read and written, each once.
    case bytes(Int)
  }

  let name: String
  /// The shapes, for people.
  let shape: String
  let work: Work
  /// The largest difference that is allowed, relative to the largest value of the plain loop's result.
  let tolerance: Float
  let fast: () -> [Tensor]
  let plain: () -> [Tensor]
}

/// A kernel that does not compute what its plain loop does.
enum KernelBenchmarkError: DiagnosableError {
  case differs(
    kernel: String, shape: String, index: Int, fast: Float, plain: Float, tolerance: Float)

  var exitCode: ExitCode { .internalError }

  var description: String {
    switch self {
    case .differs(let kernel, let shape, let index, let fast, let plain, let tolerance):
      "kernel \(kernel) on \(shape): element \(index) is \(fast), expected \(plain) as its plain loop "
        + "has it, within \(tolerance) of the largest element; do not train with this build"
    }
  }
}

/// The speed of every kernel at a recipe's shapes, for one image, on one thread.
public struct KernelBenchmark: Sendable {
  private struct Row: Sendable {
    let name: String
    let shape: String
    let rate: String
    let seconds: Double
    let plainSeconds: Double
  }

  private let rows: [Row]
  private let name: String

  /// - Throws: a `DiagnosableError` with exit code 70 for the first kernel that differs from its plain loop.
  public init(_ configuration: Configuration) throws {
    name = configuration.name
    rows = try KernelCase.all(configuration).map { kernel in
      try Self.check(kernel)
      let seconds = Self.shortest(atLeast: 0.05, kernel.fast)
      let rate =
        switch kernel.work {
        case .operations(let count):
          HumanText.significant(Double(count) / seconds / 1e9) + " GFLOP/s"
        case .bytes(let count): HumanText.significant(Double(count) / seconds / 1e9) + " GB/s   "
        }
      return Row(
        name: kernel.name, shape: kernel.shape, rate: rate, seconds: seconds,
        plainSeconds: Self.shortest(atLeast: 0, kernel.plain))
    }
  }

  private static func check(_ kernel: KernelCase) throws {
    for (fast, plain) in zip(kernel.fast(), kernel.plain()) {
      precondition(fast.shape == plain.shape, "\(kernel.name): \(fast.shape), \(plain.shape)")
      let (found, expected) = (fast.elements, plain.elements)
      let limit = kernel.tolerance * (expected.map(\.magnitude).max() ?? 0)
      // Not `>`: a NaN must not pass.
      let wrong = found.indices.first { !((found[$0] - expected[$0]).magnitude <= limit) }
      if let wrong {
        throw KernelBenchmarkError.differs(
          kernel: kernel.name, shape: kernel.shape, index: wrong, fast: found[wrong],
          plain: expected[wrong], tolerance: kernel.tolerance)
      }
    }
  }

  /// The shortest of the calls that fit into `atLeast` seconds, one at least.
  private static func shortest(atLeast seconds: Double, _ body: () -> [Tensor]) -> Double {
    var (best, spent) = (Double.infinity, 0.0)
    repeat {
      let start = monotonicSeconds()
      let result = body()
      let time = monotonicSeconds() - start
      precondition(!result.isEmpty, "a kernel without a result")
      best = min(best, time)
      spent += time
    } while spent < seconds
    return best
  }

  /// The table.
  public var table: String {
    var table = TextTable()
    table.add("kernel", "for one image", "ms", "rate", "plain loop")
    for row in rows {
      table.add(
        row.name, row.shape, HumanText.fixed(1000 * row.seconds, 4), row.rate,
        "x " + HumanText.significant(row.plainSeconds / row.seconds))
    }
    return (["\(name): every kernel agrees with its plain loop"] + table.lines())
      .joined(separator: "\n")
  }

  /// A line of JSON.
  public var json: String {
    let fields = rows.map { row in
      "\"\(row.name) \(row.shape)\": {\"seconds\": \(row.seconds), \"plain_seconds\": \(row.plainSeconds)}"
    }
    return "{" + fields.joined(separator: ", ") + "}"
  }
}
