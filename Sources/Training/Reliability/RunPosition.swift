// Where a rank is: the step and the phase, for whoever looks from another thread.
// Not here: who looks; see `Watchdog` and `Heartbeat`.

import Synchronization

/// The parts of a run, as they are named in heartbeats, errors and warnings.
public enum RunPhase: String, Sendable, CaseIterable, CustomStringConvertible {
  case start, data, handshake, resume
  case discriminatorMeans, discriminatorBlocks, discriminatorValues, discriminatorGradient
  case discriminatorUpdate
  case generatorBlocks, generatorValues, generatorGradient, generatorUpdate
  case audit, replicas, report, samples, evaluation, checkpoint, rollback, end, finalize

  public var description: String {
    switch self {
    case .start: "start"
    case .data: "opening the data set"
    case .handshake: "comparing the ranks"
    case .resume: "opening the run directory"
    case .discriminatorMeans: "D means"
    case .discriminatorBlocks: "D blocks"
    case .discriminatorValues: "D values"
    case .discriminatorGradient: "D gradient"
    case .discriminatorUpdate: "D update"
    case .generatorBlocks: "G blocks"
    case .generatorValues: "G values"
    case .generatorGradient: "G gradient"
    case .generatorUpdate: "G update"
    case .audit: "block audit"
    case .replicas: "replica check"
    case .report: "report"
    case .samples: "samples"
    case .evaluation: "evaluation"
    case .checkpoint: "checkpoint"
    case .rollback: "going back to a checkpoint"
    case .end: "end"
    case .finalize: "ending MPI"
    }
  }

  /// As it stands in an atomic.
  fileprivate var number: UInt8 { UInt8(Self.allCases.firstIndex(of: self) ?? 0) }

  fileprivate init(number: UInt8) { self = Self.allCases[Int(number)] }

  /// By how much a phase may exceed the usual limit for a silence: those that read or write whole
  /// checkpoints, or measure many samples, are no part of a step.
  var patience: Double {
    switch self {
    case .start, .data, .resume, .samples, .evaluation, .checkpoint, .rollback, .end: 5
    default: 1
    }
  }
}

/// Step and phase of a rank.  Written by the thread that trains, read by any.
public final class RunPosition: Sendable {
  private let currentStep = Atomic(0)
  private let currentPhase = Atomic(RunPhase.start.number)
  private let signsOfLife = Atomic<UInt64>(0)

  /// What tests let go wrong; always nil in a program that is built without fault points.
  let faults: FaultInjector?

  public init() { faults = nil }

  init(faults: FaultInjector?) { self.faults = faults }

  public var step: Int { currentStep.load(ordering: .relaxed) }
  public var phase: RunPhase {
    RunPhase(number: currentPhase.load(ordering: .relaxed))
  }
  /// Changes whenever the rank enters a phase or looks for messages: it is not stuck.
  public var lifeSigns: UInt64 { signsOfLife.load(ordering: .relaxed) }

  /// Enters a phase of a step.
  public func enter(_ phase: RunPhase, step: Int) {
    currentStep.store(step, ordering: .relaxed)
    enter(phase)
  }

  /// Enters a phase of the same step.
  public func enter(_ phase: RunPhase) {
    currentPhase.store(phase.number, ordering: .relaxed)
    beat()
    reach(phase.rawValue)
  }

  /// Says that the rank is waiting and not stuck.
  public func beat() { signsOfLife.wrappingAdd(1, ordering: .relaxed) }

  /// A point at which tests may let something go wrong: nothing without fault points.
  @inline(__always)
  func reach(_ point: String) {
    #if FAULTS
      faults?.reach(point, step: step)
    #endif
  }

  /// A point within the current phase.
  @inline(__always)
  func reach(within point: StaticString) {
    #if FAULTS
      if let faults { faults.reach("\(phase.rawValue).\(point)", step: step) }
    #endif
  }
}
