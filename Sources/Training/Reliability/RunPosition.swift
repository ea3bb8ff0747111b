// Where a rank is: the step and the phase, for whoever looks from another thread.
// Not here: who looks; see `Watchdog` and `Heartbeat`.

import Synchronization

/// The parts of a run, as they are named in heartbeats, errors and warnings.
public enum RunPhase: UInt8, Sendable, CaseIterable, CustomStringConvertible {
  case start, data, handshake, resume
  case discriminatorMeans, discriminatorBlocks, discriminatorValues, discriminatorGradient
  case discriminatorUpdate
  case generatorBlocks, generatorValues, generatorGradient, generatorUpdate, average
  case replicas, report, samples, evaluation, checkpoint, end

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
    case .average: "moving average"
    case .replicas: "replica check"
    case .report: "report"
    case .samples: "samples"
    case .evaluation: "evaluation"
    case .checkpoint: "checkpoint"
    case .end: "end"
    }
  }

  /// By how much a phase may exceed the usual limit for a silence: those that read or write whole
  /// checkpoints, or measure many samples, are no part of a step.
  var patience: Double {
    switch self {
    case .start, .data, .resume, .samples, .evaluation, .checkpoint, .end: 5
    default: 1
    }
  }
}

/// Step and phase of a rank.  Written by the thread that trains, read by any.
public final class RunPosition: Sendable {
  private let currentStep = Atomic(0)
  private let currentPhase = Atomic(RunPhase.start.rawValue)
  private let signsOfLife = Atomic<UInt64>(0)

  public init() {}

  public var step: Int { currentStep.load(ordering: .relaxed) }
  public var phase: RunPhase {
    RunPhase(rawValue: currentPhase.load(ordering: .relaxed)) ?? .start
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
    currentPhase.store(phase.rawValue, ordering: .relaxed)
    beat()
  }

  /// Says that the rank is waiting and not stuck.
  public func beat() { signsOfLife.wrappingAdd(1, ordering: .relaxed) }
}
