// The work between ranks over real MPI: the program collective-check at 1 to 4 ranks, and its exit codes.
import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct LaunchedTests {
  let program = productsDirectory.appendingPathComponent("collective-check").path

  func launch(_ ranks: Int, _ arguments: String...) throws -> ProcessResult {
    try mpirun(
      np: ranks, program, arguments,
      mpiArguments: ["--mca", "pml", "ob1", "--mca", "btl", "self,vader,tcp"], timeout: 60)
  }

  @Test(arguments: 1...4, ["communicator", "group"])
  func collectivesMatchClosedForms(ranks: Int, aspect: String) throws {
    let result = try launch(ranks, aspect)
    #expect(result.exitCode == 0, "\(aspect) at \(ranks) ranks: \(result.transcript)")
  }

  /// The program compares every bit with the definition; the checksum shows that it compared the same.
  @Test func sumsHaveTheSameBitsForAnyNumberOfRanks() throws {
    var sums: Set<String> = []
    for ranks in [1, 2, 3, 4] {
      let result = try launch(ranks, "reduce")
      #expect(result.exitCode == 0, "reduce at \(ranks) ranks: \(result.transcript)")
      sums.insert(result.stdout)
    }
    #expect(sums.count == 1 && sums.first?.hasPrefix("sum ") == true, "\(sums)")
  }

  /// mpirun passes on the low byte: 0 and 256 would look like success.
  @Test(arguments: [(0, 1), (7, 7), (125, 125), (256, 125), (-1, 1)])
  func anAbortNeverLooksLikeSuccess(code: Int, expected: Int32) throws {
    let result = try launch(2, "abort", "\(code)")
    #expect(result.exitCode == expected, "abort \(code): \(result.transcript)")
  }

  @Test(arguments: [2, 3]) func aStalledRankIsNamed(ranks: Int) throws {
    let result = try launch(ranks, "stall")
    #expect(result.exitCode == 76, "\(result.transcript)")
    #expect(
      result.stderr.contains("heard nothing from rank \(ranks - 1) for 1 s (step 4, phase first"),
      "\(result.transcript)")
  }

  @Test func aBufferThatIsGivenUpIsNotFreed() throws {
    let result = try launch(2, "abandon")
    #expect(result.exitCode == 0, "\(result.transcript)")
  }

  @Test func swappedPhasesAreAnError() throws {
    let result = try launch(3, "swap")
    #expect(result.exitCode == 78, "\(result.transcript)")
    #expect(result.stderr.contains("expected phase "), "\(result.transcript)")
  }

  @Test func ranksThatDisagreeAreRefused() throws {
    let result = try launch(3, "disagree")
    #expect(result.exitCode == 78, "\(result.transcript)")
    #expect(
      result.stderr.contains("seed is \"0\" on rank 0 but \"1\" on rank 1"), "\(result.transcript)")
  }

  @Test func aForgottenMessageStopsTheProgram() throws {
    let result = try launch(1, "forget")
    #expect(result.exitCode == 132, "\(result.transcript)")
    #expect(result.stderr.contains("a pending MPI_Irecv was dropped"), "\(result.transcript)")
  }

  /// Each of four processes that cannot see the others would act as rank 0.
  @Test(arguments: ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"])
  func processesThatCannotSeeEachOtherAreRefused(variable: String) throws {
    let environment = [
      variable: "4", "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    ]
    let result = try run(program, ["size"], environment: environment)
    #expect(result.exitCode == 78, "\(result.transcript)")
    #expect(
      result.stderr.contains("\(variable) announces 4 processes but MPI sees 1"),
      "\(result.transcript)")
  }

  @Test func aProcessAloneInAnAllocationRuns() throws {
    let result = try run(program, ["size"], environment: ["SLURM_NTASKS": "4"])
    #expect(result.exitCode == 0 && result.stdout == "1\n", "\(result.transcript)")
  }
}
