// Does what `TRANSGAN_FAULT` asks for, in programs that are built for tests.

import Foundation
import Reporting
import Synchronization
import Tensors

/// The fault of this rank, if the environment asks for one.
final class FaultInjector: Sendable {
  let fault: Fault
  private let isDone = Atomic(false)

  /// Nil where no fault is asked for, or another rank's.
  ///
  /// - Throws: `FaultError` (64), also where faults are asked for in a program without fault points.
  init?(environment: [String: String], rank: Int) throws(FaultError) {
    guard let text = environment["TRANSGAN_FAULT"] else { return nil }
    #if FAULTS
      let fault = try Fault(text)
      guard fault.rank == rank else { return nil }
      self.fault = fault
    #else
      throw .notBuiltIn
    #endif
  }

  /// Whether the fault is to happen here; once, but for one that slows.
  private func isDue(_ point: String, step: Int) -> Bool {
    guard point == fault.point else { return false }
    if fault.kind == .slow, isDone.load(ordering: .relaxed) { return true }
    // A checkpoint is written while training goes on to later steps, and not every step has to wait.
    let isLate = point.hasPrefix("checkpoint.") || point.hasSuffix(".wait")
    guard isLate ? step >= fault.step : step == fault.step else { return false }
    guard !isDone.exchange(true, ordering: .relaxed) else { return false }
    tell(step)
    return true
  }

  /// Says that the fault happens now, for those who measure what follows.
  private func tell(_ step: Int) {
    let time = String(format: "%.3f", secondsSince1970())
    let line =
      "fault \(fault.kind) on rank \(fault.rank) at \(fault.point) of step \(step), \(time)\n"
    let bytes = Array(line.utf8)
    _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
  }

  func reach(_ point: String, step: Int) {
    guard fault.kind != .nan, fault.kind != .flip, isDue(point, step: step) else { return }
    switch fault.kind {
    case .kill: kill(getpid(), SIGKILL)
    case .stop: kill(getpid(), SIGSTOP)
    case .hang: while true { sleep(1000) }
    case .loop: while isDone.load(ordering: .relaxed) {}
    case .slow: usleep(UInt32(fault.value) * 1000)
    case .trap: fatalError("the fault point \(point)")
    case .exit: exit(3)
    case .notice: kill(getpid(), fault.value == 0 ? SIGUSR1 : Int32(fault.value))
    case .nan, .flip: break
    }
  }

  /// The bit that is to be inverted at this point.
  func bitToFlip(_ point: String, step: Int) -> (section: Int, bit: Int)? {
    guard fault.kind == .flip, isDue(point, step: step) else { return nil }
    return (fault.section, fault.value)
  }

  /// Whether a block's gradient of a tensor is to become not a number.
  func spoilsGradient(_ tensor: String, _ point: String, step: Int, block: Int) -> Bool {
    guard fault.kind == .nan, fault.value == block else { return false }
    return (fault.tensor.isEmpty || fault.tensor == tensor) && isDue(point, step: step)
  }
}

extension RunPosition {
  /// A gradient that a block delivers, spoilt where a test asks for that.
  @inline(__always)
  func delivered(_ gradient: Tensor, of tensor: @autoclosure () -> String, block: Int) -> Tensor {
    #if FAULTS
      if let faults,
        faults.spoilsGradient(tensor(), phase.rawValue, step: step, block: block)
      {
        return Tensor(gradient.shape) { target in
          gradient.withUnsafeBuffer { _ = target.initialize(from: $0) }
          target[target.count / 2] = .nan
        }
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
