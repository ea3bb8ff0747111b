// How a plan is said: comment lines below the configuration, so that all of it is one YAML file.

import Reporting
import TransGAN

extension TrainingPlan {
  /// The resolved configuration as YAML, then the plan as its comment; without a line break at the end.
  public func text(speed: SpeedEstimate, dataset: String) -> String {
    let sections = [
      networks, operations, memoryLines(speed), traffic, disk, duration(speed),
    ]
    let lines = ["# data: \(dataset)"] + sections.flatMap { ["#"] + $0.map { "# " + $0 } }
    return configuration.yaml() + "\n" + lines.joined(separator: "\n")
  }

  private var networks: [String] {
    var table = TextTable()
    table.add("", "D", "G")
    table.add(
      "parameters", HumanText.count(discriminatorParameters), HumanText.count(generatorParameters))
    table.add(
      "operations of an image forward", HumanText.count(discriminatorForward.total),
      HumanText.count(generatorForward.total))
    return table.lines()
  }

  private var operations: [String] {
    var table = TextTable()
    table.add("needed operations", "D step", "G step")
    table.add(
      "for an image", HumanText.count(operationsPerImage.discriminator.total),
      HumanText.count(operationsPerImage.generator.total))
    table.add(
      "for the global batch", HumanText.count(discriminatorStepOperations.total),
      HumanText.count(generatorStepOperations.total))
    table.add(
      "  of it attention", HumanText.count(discriminatorStepOperations.attention),
      HumanText.count(generatorStepOperations.attention))
    return table.lines()
  }

  private func memoryLines(_ speed: SpeedEstimate) -> [String] {
    var table = TextTable()
    for (name, bytes) in [
      ("weights", memory.weights), ("Adam's moments", memory.moments),
      ("moving average", memory.average), ("gradients", memory.gradients),
      ("messages", memory.messages), ("records of the data set", memory.records),
      ("activations, measured on \(images(speed.images)) and scaled", speed.activationBytes),
    ] where bytes > 0 {
      table.add("  " + name, HumanText.bytes(bytes))
    }
    table.add("in all, about", HumanText.bytes(memory.total + speed.activationBytes))
    table.add("rank 0 besides, while it saves", HumanText.bytes(memory.snapshot))
    return ["memory of a rank, without libraries"] + table.lines()
  }

  private var traffic: [String] {
    guard ranks > 1 else { return ["1 rank: nothing is sent"] }
    var table = TextTable()
    table.add("bytes that each of \(ranks) ranks sends", "D step", "G step")
    table.add(
      configuration.reduction == .reproducible ? "reproducible sum" : "a ring's, MPI chooses",
      HumanText.bytes(discriminatorBytesSent), HumanText.bytes(generatorBytesSent))
    return table.lines()
  }

  private var disk: [String] {
    var table = TextTable()
    table.add("a checkpoint", HumanText.bytes(checkpointBytes))
    table.add(
      "all that stay (\(checkpointsKept)), and one being written",
      HumanText.bytes((checkpointsKept + 1) * checkpointBytes))
    return table.lines()
  }

  private func duration(_ speed: SpeedEstimate) -> [String] {
    let perKimg = speed.secondsPerKimg(configuration)
    var table = TextTable()
    table.add("discriminator steps", "\(configuration.totalSteps)")
    table.add("generator steps", "\(generatorSteps)")
    table.add("a discriminator step, about", seconds(speed.discriminatorSeconds))
    table.add("a generator step, about", seconds(speed.generatorSeconds))
    table.add("a kimg, about", HumanText.duration(seconds: perKimg))
    let total =
      perKimg * Double(configuration.totalSteps * configuration.batch.discriminator) / 1000
    table.add(
      "\(HumanText.significant(configuration.totalKimg)) kimg, about",
      HumanText.duration(seconds: total))
    return table.lines() + [
      "estimated from one step of either kind on \(images(speed.images)) of one thread of each rank, which",
      "took \(seconds(speed.measuredSeconds)) on the slowest; sums over ranks, samples and checkpoints not included",
    ]
  }

  private func images(_ count: Int) -> String { count == 1 ? "1 image" : "\(count) images" }

  private func seconds(_ seconds: Double) -> String { HumanText.duration(seconds: seconds) }
}
