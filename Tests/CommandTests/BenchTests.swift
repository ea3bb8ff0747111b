// The built program's `bench`: what programs read of it.  No time is judged.
import Foundation
import TestSupport
import Testing

@Suite struct BenchTests {
  private let program = productsDirectory.appendingPathComponent("transgan-dist").path
  private static let small = [
    "--set", "model.generator.channels=32", "--set", "model.generator.widths=[32,32,16,16]",
    "--set", "model.discriminator.channels=16", "--set", "model.latent=16",
    "--set", "batch.discriminator=8", "--set", "batch.generator=16",
  ]

  private func object(_ result: ProcessResult) throws -> [String: Any] {
    #expect(result.exitCode == 0, "\(result.transcript)")
    #expect(result.stdout.split(separator: "\n").count == 1, "\(result.transcript)")
    let value = try JSONSerialization.jsonObject(with: Data(result.stdout.utf8))
    return try #require(value as? [String: Any], "\(result.transcript)")
  }

  /// The keys of the PyTorch reference's benchmark, batches a rank.
  @Test(arguments: [1, 2])
  func stepAsJSON(ranks: Int) throws {
    let arguments = ["bench", "step", "--json", "--steps", "1"] + Self.small
    let found = try object(
      ranks == 1
        ? run(program, arguments) : mpirun(np: ranks, program, arguments, timeout: 60))
    #expect(found["ranks"] as? Int == ranks)
    #expect(found["threads"] as? Int == 1)
    #expect(found["d_batch"] as? Int == 8 / ranks)
    #expect(found["g_batch"] as? Int == 16 / ranks)
    for key in ["d_step_s", "g_step_s", "peak_rss_mib", "peak_gflops", "d_of_peak"] {
      #expect((found[key] as? Double ?? 0) > 0, "\(key): \(found)")
    }
    #expect(((found["d_bytes_sent"] as? Int ?? -1) > 0) == (ranks > 1))
    for network in ["d", "g"] {
      let parts = try #require(found["\(network)_parts_cpu_s"] as? [String: Double])
      let kernels = try #require(found["\(network)_kernels_cpu_s"] as? [String: Double])
      #expect(parts["backward"] != nil && kernels["matrix products"] != nil, "\(found)")
      // The same processor time booked twice; the looks at the clock between operations are in the parts alone.
      let (whole, sum) = (parts.values.reduce(0, +), kernels.values.reduce(0, +))
      #expect(sum > whole / 4 && sum < 1.05 * whole, "\(parts) and \(kernels)")
    }
  }

  @Test func stepAsATableOf80Columns() throws {
    let result = try run(program, ["bench", "step", "--steps", "1"] + Self.small)
    #expect(result.exitCode == 0, "\(result.transcript)")
    for line in result.stdout.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    #expect(result.stdout.contains("of the product peak"), "\(result.transcript)")
  }

  /// Ends with 70 unless every kernel agrees with its plain loop.
  @Test func kernels() throws {
    let found = try object(run(program, ["bench", "kernels", "--json"] + Self.small))
    #expect(found.count >= 18, "\(found.keys)")
  }

  @Test func reductions() throws {
    let found = try object(
      mpirun(np: 2, program, ["bench", "reduce", "--json"] + Self.small, timeout: 120))
    #expect(found["ranks"] as? Int == 2)
    #expect((found["sums"] as? [Any])?.count == 5)
    let alone = try run(program, ["bench", "reduce"])
    #expect(alone.exitCode == 64 && alone.stderr.contains("mpirun -np"), "\(alone.transcript)")
  }

  @Test func noSteps() throws {
    let result = try run(program, ["bench", "step", "--steps", "0"])
    #expect(result.exitCode == 64, "\(result.transcript)")
  }
}
