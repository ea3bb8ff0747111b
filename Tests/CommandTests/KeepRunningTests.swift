// `launch/keep-running`, with a small shell script in the place of a training.

import Foundation
import TestSupport
import Testing

@Suite struct KeepRunningTests {
  /// The repository's script.
  static let script = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("launch/keep-running").path

  /// A training that notes its start with its arguments, and ends with the next of `codes`, the last
  /// one for ever.
  static func fakeTraining(codes: [Int], in folder: String, extra: String = "") throws -> String {
    let path = folder + "/training"
    let text = """
      #!/bin/bash
      echo "start $*" >> '\(folder)/starts'
      \(extra)
      codes=(\(codes.map(String.init).joined(separator: " ")))
      start=$(wc -l < '\(folder)/starts')
      exit "${codes[start <= ${#codes[@]} ? start - 1 : ${#codes[@]} - 1]}"
      """
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  /// The argument lines of the starts so far.
  static func starts(in folder: String) -> [String] {
    let text = (try? String(contentsOfFile: folder + "/starts", encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map(String.init)
  }

  static func keepRunning(_ arguments: [String], path: String? = nil) throws -> ProcessResult {
    let environment = path.map { ["PATH": $0 + ":/usr/bin:/bin"] } ?? [:]
    return try run("bash", [script] + arguments, environment: environment, timeout: 60)
  }

  @Test func restartsWhatANewStartCanMend() throws {
    try withTemporaryFolder { folder in
      let training = try Self.fakeTraining(codes: [75, 76, 137, 205, 0], in: folder)
      let result = try Self.keepRunning(["--pause", "0", "--", "bash", training])
      #expect(result.exitCode == 0, "\(result.transcript)")
      #expect(Self.starts(in: folder).count == 5, "\(result.transcript)")
    }
  }

  @Test(arguments: [1, 64, 65, 66, 70, 73, 74, 77, 78, 79, 139])
  func neverRestartsWhatWouldEndTheSameWay(code: Int) throws {
    try withTemporaryFolder { folder in
      let training = try Self.fakeTraining(codes: [code, 0], in: folder)
      let result = try Self.keepRunning(["--pause", "0", "--", "bash", training])
      #expect(result.exitCode == Int32(code), "\(result.transcript)")
      #expect(Self.starts(in: folder).count == 1, "\(result.transcript)")
    }
  }

  @Test(arguments: [0, 1, 3])
  func givesUpAfterTheAllowedRestarts(restarts: Int) throws {
    try withTemporaryFolder { folder in
      let training = try Self.fakeTraining(codes: [76], in: folder)
      let result = try Self.keepRunning(
        ["--restarts", "\(restarts)", "--pause", "0", "--", "bash", training])
      #expect(result.exitCode == 76, "\(result.transcript)")
      #expect(Self.starts(in: folder).count == restarts + 1, "\(result.transcript)")
    }
  }

  /// A `sleep` on the PATH that notes how long it was asked to wait stands for the waiting.
  @Test func pausesDoubleUpToTenMinutes() throws {
    try withTemporaryFolder { folder in
      let sleep = "#!/bin/bash\necho \"$1\" >> '\(folder)/pauses'\n"
      try sleep.write(toFile: folder + "/sleep", atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: folder + "/sleep")
      let training = try Self.fakeTraining(codes: [76], in: folder)
      let result = try Self.keepRunning(
        ["--restarts", "7", "--pause", "15", "--", "bash", training], path: folder)
      #expect(result.exitCode == 76, "\(result.transcript)")
      let pauses = try String(contentsOfFile: folder + "/pauses", encoding: .utf8)
      #expect(pauses == "15\n30\n60\n120\n240\n480\n600\n", "\(result.transcript)")
    }
  }

  @Test func everyStartAsksForTheNumberOfRanks() throws {
    try withTemporaryFolder { folder in
      // Five processors, then fewer with every start.
      let processors = "echo $((5 - $(cat '\(folder)/starts' 2> /dev/null | wc -l)))"
      let training = try Self.fakeTraining(codes: [76, 76, 0], in: folder)
      let result = try Self.keepRunning([
        "--pause", "0", "--ranks-command", processors, "--at-most", "4", "--",
        "bash", training, "-np", "{ranks}", "a word",
      ])
      #expect(result.exitCode == 0, "\(result.transcript)")
      #expect(
        Self.starts(in: folder) == [
          "start -np 4 a word", "start -np 4 a word", "start -np 3 a word",
        ],
        "\(result.transcript)")
    }
  }

  @Test func aStopFileEndsIt() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
      // Left by an earlier run: removed before the start.
      try "".write(toFile: run + "/STOP", atomically: true, encoding: .utf8)
      let training = try Self.fakeTraining(
        codes: [76, 75, 0], in: folder,
        extra: "[ ! -e '\(run)/STOP' ] || exit 99; [ \"$(wc -l < '\(folder)/starts')\" -lt 2 ]"
          + " || touch '\(run)/STOP'")
      let result = try Self.keepRunning([
        "--pause", "0", "--", "bash", training, "--run-dir", run,
      ])
      #expect(result.exitCode == 75, "\(result.transcript)")
      #expect(Self.starts(in: folder).count == 2, "\(result.transcript)")
    }
  }

  /// The training itself sends the signal to its parent, so that no time is involved; it ends once it
  /// sees STOP and, where it said that it is ready, also the signal that is passed on.
  @Test(arguments: ["TERM", "INT", "USR1"], [false, true])
  func aSignalAsksTheTrainingToStop(signal: String, ready: Bool) throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
      let waitForSignal = ready ? "[ \"$noticed\" = 1 ] &&" : ""
      let training = try Self.fakeTraining(
        codes: [75, 0], in: folder,
        extra: """
          noticed=0
          trap 'noticed=1' USR1
          \(ready ? "touch '\(run)/ready'" : "")
          kill -\(signal) $PPID
          until \(waitForSignal) [ -e '\(run)/STOP' ]; do sleep 0.01; done
          echo "noticed $noticed"
          """)
      let result = try Self.keepRunning(["--", "bash", training, "--run-dir=" + run])
      #expect(result.exitCode == 75, "\(result.transcript)")
      #expect(result.stdout == "noticed \(ready ? 1 : 0)\n", "\(result.transcript)")
      #expect(Self.starts(in: folder).count == 1, "\(result.transcript)")
    }
  }

  @Test(arguments: [
    [], ["--"], ["--restarts", "few", "--", "true"], ["--restarts", "-1", "--", "true"],
    ["--tries", "3", "--", "true"], ["--pause"], ["true"],
  ])
  func wrongUsageIsOneSentence(arguments: [String]) throws {
    let result = try Self.keepRunning(arguments)
    #expect(result.exitCode == 64, "\(result.transcript)")
    #expect(result.stderr.split(separator: "\n").count == 1, "\(result.transcript)")
  }

  @Test(arguments: ["echo 0", "echo many", "exit 3", "true"])
  func anUnusableNumberOfRanksIsSaid(command: String) throws {
    let result = try Self.keepRunning(["--ranks-command", command, "--", "false"])
    #expect(result.exitCode == 78, "\(result.transcript)")
    #expect(result.stderr.contains("'\(command)'"), "\(result.transcript)")
  }
}
