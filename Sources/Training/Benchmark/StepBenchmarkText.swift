// How the times of a step are shown: a table for people, a line of JSON for programs.

import BLAS
import DataParallel
import Foundation
import Reporting
import TransGAN

/// A step's times beside the limit of the machine.
public struct StepBenchmarkText: Sendable {
  private let result: StepBenchmark
  private let peak: Double
  private let placement: Placement

  /// Measures the peak on all ranks at once; all ranks call it.
  public init(_ result: StepBenchmark, group: ProcessGroup) throws {
    self.result = result
    peak = try group.largest([ProductPeak().operationsPerSecond], phase: "peak")[0]
    placement = try Placement(group, threads: result.configuration.threads)
  }

  private var threads: Int { result.configuration.threads }

  /// The table, at most 80 characters wide where names are short.
  public var table: String {
    (heading + updates + phases + costs + places).joined(separator: "\n")
  }

  private var heading: [String] {
    let batch = result.configuration.batch
    let ranks = result.ranks == 1 ? "1 rank" : "\(result.ranks) ranks"
    let lanes = threads == 1 ? "1 thread" : "\(threads) threads"
    return [
      "\(result.configuration.name): \(ranks) of \(lanes), \(batch.blocks) blocks",
      "  a rank has \(share(batch.discriminator)) images of a discriminator step "
        + "and \(share(batch.generator)) of a generator step",
      "",
    ]
  }

  private func share(_ batch: Int) -> String {
    batch % result.ranks == 0
      ? "\(batch / result.ranks)" : HumanText.fixed(Double(batch) / Double(result.ranks), 1)
  }

  private var updates: [String] {
    let seconds = [result.discriminatorSeconds, result.generatorSeconds]
    let operations = [
      result.operationsPerThread.discriminator, result.operationsPerThread.generator,
    ]
    let images = [result.images.discriminator, result.images.generator]
    let rates = zip(operations, seconds).map { $0 / $1 }
    var table = TextTable()
    table.add("", "D step", "G step")
    table.add(["seconds (median)"] + seconds.map { HumanText.fixed($0, 3) })
    table.add(
      ["images/s, all ranks"] + zip(images, seconds).map { HumanText.significant(Double($0) / $1) })
    table.add(
      ["needed GFLOP, a thread"] + operations.map { HumanText.significant($0 / 1e9) })
    table.add(["GFLOP/s, a thread"] + rates.map { HumanText.significant($0 / 1e9) })
    table.add(
      ["of the product peak"] + rates.map { HumanText.fixed(100 * $0 / peak, 0) + " %" })
    return table.lines() + [
      "  product peak: the best large product in this process, "
        + "\(HumanText.significant(peak / 1e9)) GFLOP/s", "",
    ]
  }

  private var phases: [String] {
    let phases = result.phases
    return ["Parts of a rank's step, one after another on one thread, in processor seconds"]
      + phaseLines("D step", phases.discriminator) + phaseLines("G step", phases.generator)
      + ["The same by the kind of kernel"]
      + phaseLines("D step", phases.discriminatorFamilies)
      + phaseLines("G step", phases.generatorFamilies) + [""]
  }

  private func phaseLines(_ title: String, _ parts: [PhaseSplit.Part]) -> [String] {
    let total = parts.map(\.seconds).reduce(0, +)
    var table = TextTable()
    for part in parts {
      table.add(
        part.name, HumanText.fixed(part.seconds, 4),
        HumanText.fixed(100 * part.seconds / total, 1) + " %")
    }
    table.add("sum", HumanText.fixed(total, 4))
    return ["  " + title] + table.lines(indent: 4)
  }

  private var costs: [String] {
    let reductions = [result.discriminatorReduction, result.generatorReduction]
    var table = TextTable()
    table.add("", "D step", "G step")
    if result.ranks > 1 {
      table.add(["bytes a rank sends"] + reductions.map { HumanText.bytes($0.bytesSent) })
      table.add(
        ["sum over the ranks, exposed s"] + reductions.map { HumanText.fixed($0.exposedSeconds, 4) }
      )
      let check = HumanText.fixed(result.replicaCheckSeconds, 4)
      table.add("check of the replicas, s", check, "")
    }
    let steps = result.ranks > 1 ? table.lines() + [""] : []
    var memory = TextTable()
    memory.add("peak resident memory", mebibytes(result.peakResidentBytes))
    memory.add("peak memory of tensors", mebibytes(result.peakTensorBytes))
    memory.add("  of it activations", mebibytes(result.activationBytes))
    memory.add("allocations in measured steps", "\(result.allocationsInMeasuredSteps)")
    return steps + memory.lines() + [""]
  }

  private func mebibytes(_ bytes: Int) -> String { "\(bytes >> 20) MiB" }

  private var places: [String] {
    [Processor.name, "products by " + BLAS.kernelName, placement.summary]
      + placement.warnings.map { "warning: " + $0 }
  }

  /// One line; at least the keys that the PyTorch reference's own benchmark prints.
  public var json: String {
    let batch = result.configuration.batch
    func text(_ value: Double, _ digits: Int = 4) -> String {
      value.isFinite ? HumanText.fixed(value, digits) : "null"
    }
    func parts(_ parts: [PhaseSplit.Part]) -> String {
      let fields = parts.map { "\(quoted($0.name)): \(text($0.seconds, 5))" }
      return "{" + fields.joined(separator: ", ") + "}"
    }
    let (d, g) = (result.discriminatorSeconds, result.generatorSeconds)
    let operations = result.operationsPerThread
    let fields: [(String, String)] = [
      ("name", quoted(result.configuration.name)), ("ranks", "\(result.ranks)"),
      ("threads", "\(threads)"), ("d_batch", share(batch.discriminator)),
      ("g_batch", share(batch.generator)), ("blocks", "\(batch.blocks)"),
      ("d_step_s", text(d)), ("g_step_s", text(g)),
      ("d_images_per_s", text(Double(batch.discriminator) / d, 3)),
      ("g_images_per_s", text(Double(batch.generator) / g, 3)),
      ("d_gflop_per_thread", text(operations.discriminator / 1e9, 3)),
      ("g_gflop_per_thread", text(operations.generator / 1e9, 3)),
      ("peak_gflops", text(peak / 1e9, 2)),
      ("d_of_peak", text(operations.discriminator / d / peak)),
      ("g_of_peak", text(operations.generator / g / peak)),
      ("d_bytes_sent", "\(result.discriminatorReduction.bytesSent)"),
      ("g_bytes_sent", "\(result.generatorReduction.bytesSent)"),
      ("d_reduction_exposed_s", text(result.discriminatorReduction.exposedSeconds, 5)),
      ("g_reduction_exposed_s", text(result.generatorReduction.exposedSeconds, 5)),
      ("replica_check_s", text(result.replicaCheckSeconds, 5)),
      ("peak_rss_mib", "\(result.peakResidentBytes >> 20)"),
      ("peak_tensor_mib", "\(result.peakTensorBytes >> 20)"),
      ("activations_mib", "\(result.activationBytes >> 20)"),
      ("allocations", "\(result.allocationsInMeasuredSteps)"),
      ("d_parts_cpu_s", parts(result.phases.discriminator)),
      ("g_parts_cpu_s", parts(result.phases.generator)),
      ("d_kernels_cpu_s", parts(result.phases.discriminatorFamilies)),
      ("g_kernels_cpu_s", parts(result.phases.generatorFamilies)),
      ("processor", quoted(Processor.name)), ("placement", quoted(placement.summary)),
      ("product_kernels", quoted(BLAS.kernelName)),
    ]
    return "{" + fields.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ") + "}"
  }

  private func quoted(_ text: String) -> String {
    let escaped = text.unicodeScalars.map { scalar in
      switch scalar {
      case "\"", "\\": "\\\(scalar)"
      default: scalar.value < 0x20 ? " " : "\(scalar)"
      }
    }
    return "\"" + escaped.joined() + "\""
  }
}
