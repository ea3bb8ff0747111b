// How a process finds out who started it, and whether its peers are there.
import MPI
import Testing

@Suite struct LaunchTests {
  @Test func aProcessAloneIsNotLaunched() throws {
    let launch = try Launch(environment: [:])
    #expect(!launch.isLaunched && launch.idleTasks == 0)
    try launch.verify(size: 1)
  }

  /// A batch script that runs the program directly in an allocation of four tasks starts one process.
  @Test func anAllocationAloneLaunchesNothing() throws {
    let launch = try Launch(environment: [
      "SLURM_JOB_ID": "7", "SLURM_NTASKS": "4", "SLURM_PROCID": "0",
    ])
    #expect(!launch.isLaunched && launch.idleTasks == 3)
  }

  /// mpirun's own variable counts when its daemons are tasks of a Slurm step.
  @Test func mpirunInsideAStepCounts() throws {
    let launch = try Launch(environment: [
      "OMPI_COMM_WORLD_SIZE": "8", "SLURM_STEP_NUM_TASKS": "2", "SLURM_NTASKS": "8",
    ])
    try launch.verify(size: 8)
    let error = #expect(throws: MPIError.self) { try launch.verify(size: 1) }
    #expect(error == .launch(variable: "OMPI_COMM_WORLD_SIZE", announced: 8, found: 1))
    #expect(error?.exitCode == .disagreement)
  }

  @Test(arguments: ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"])
  func variablesMustBeNumbers(name: String) {
    for value in ["", "0", "-1", "two", "4(x2)"] {
      #expect(throws: MPIError.launchVariable(name: name, value: value)) {
        try Launch(environment: [name: value])
      }
    }
  }
}
