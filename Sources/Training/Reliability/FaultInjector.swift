// Does what `TRANSGAN_FAULT` asks for, in programs that are built for tests.

import Foundation
import Reporting
import Synchronization
import Tensors

/// The faults of this rank, if the environment asks for some.
final class FaultInjector: Sendable {
  private let faults: [Fault]
  /// How often the place of each was reached.
  private let counts: Mutex<[Int]>
  private let isLooping = Atomic(true)

  /// Nil where no fault is asked for, or another rank's.
  ///
  /// - Throws: `FaultError` (64), also where faults are asked for in a program without fault points.
  init?(environment: [String: String], rank: Int) throws(FaultError) {
    guard let text = environment["TRANSGAN_FAULT"] else { return nil }
    #if FAULTS
      var faults: [Fault] = []
      for part in text.split(separator: ";", omittingEmptySubsequences: false) {
        let fault = try Fault(String(part))
        if fault.rank == rank { faults.append(fault) }
      }
      guard !faults.isEmpty else { return nil }
      self.faults = faults
      counts = Mutex(Array(repeating: 0, count: faults.count))
    #else
      throw .notBuiltIn
    #endif
  }

  /// The first fault that is to happen here, and that `isMeant`.
  private func due(_ point: String, step: Int, _ isMeant: (Fault) -> Bool) -> Fault? {
    // A checkpoint is written while training goes on to later steps, and not every step has to wait.
    let isLate = point.hasPrefix("checkpoint.") || point.hasSuffix(".wait")
    for (index, fault) in faults.enumerated() where fault.point == point && isMeant(fault) {
      let isLasting = fault.kind == .slow || fault.kind == .wrong
      guard isLate || isLasting ? step >= fault.step : step == fault.step else { continue }
      let count = counts.withLock { counts in
        defer { counts[index] += 1 }
        return counts[index]
      }
      guard isLasting || (fault.skip..<fault.skip + fault.times).contains(count) else { continue }
      if count == fault.skip { tell(fault, step) }
      return fault
    }
    return nil
  }

  /// Says that the fault happens now, for those who measure what follows.
  private func tell(_ fault: Fault, _ step: Int) {
    let time = String(format: "%.3f", secondsSince1970())
    let line =
      "fault \(fault.kind) on rank \(fault.rank) at \(fault.point) of step \(step), \(time)\n"
    let bytes = Array(line.utf8)
    _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
  }

  func reach(_ point: String, step: Int) {
    guard let fault = due(point, step: step, { !$0.kind.isOfNumbers }) else { return }
    switch fault.kind {
    case .kill: kill(getpid(), SIGKILL)
    case .stop: kill(getpid(), SIGSTOP)
    case .hang: while true { sleep(1000) }
    case .loop: while isLooping.load(ordering: .relaxed) {}
    case .slow: usleep(UInt32(fault.value) * 1000)
    case .trap: fatalError("the fault point \(point)")
    case .exit: exit(3)
    case .notice: kill(getpid(), fault.value == 0 ? SIGUSR1 : Int32(fault.value))
    case .nan, .flip, .wrong: break
    }
  }

  /// The bit that is to be inverted at this point.
  func bitToFlip(_ point: String, step: Int) -> (section: Int, bit: Int)? {
    due(point, step: step, { $0.kind == .flip }).map { ($0.section, $0.value) }
  }

  /// A gradient that a block delivers, spoilt where that is asked for.
  func spoilt(
    _ gradient: Tensor, of tensor: String, _ point: String, step: Int, block: Int
  ) -> Tensor {
    func changed(_ change: (inout Float) -> Void) -> Tensor {
      Tensor(gradient.shape) { target in
        gradient.withUnsafeBuffer { _ = target.initialize(from: $0) }
        change(&target[target.count / 2])
      }
    }
    func isMeant(_ fault: Fault) -> Bool {
      fault.kind == .nan && fault.value == block
        && (fault.tensor.isEmpty || fault.tensor == tensor)
    }
    if due(point, step: step, isMeant) != nil { return changed { $0 = .nan } }
    if let fault = due(point, step: step, { $0.kind == .wrong }) {
      return changed { $0 = Float(bitPattern: $0.bitPattern ^ 1 << UInt32(fault.value)) }
    }
    return gradient
  }
}

extension Fault.Kind {
  /// Whether it changes numbers, and nothing about the process.
  fileprivate var isOfNumbers: Bool { self == .nan || self == .flip || self == .wrong }
}

extension RunPosition {
  /// A gradient that a block delivers in `phase`, spoilt where a test asks for that.
  @inline(__always)
  func delivered(
    _ gradient: Tensor, of tensor: @autoclosure () -> String, block: Int, phase: RunPhase
  ) -> Tensor {
    #if FAULTS
      if let faults {
        return faults.spoilt(
          gradient, of: tensor(), phase.rawValue, step: step, block: block)
      }
    #endif
    return gradient
  }

  /// Inverts a bit of the state where a test asks for that.
  @inline(__always)
  func flipBit(in state: TrainingState, at point: RunPhase, step: Int) {
    #if FAULTS
      guard let (section, bit) = faults?.bitToFlip(point.rawValue, step: step) else { return }
      state.flip(bit: bit, section: section)
    #endif
  }
}
