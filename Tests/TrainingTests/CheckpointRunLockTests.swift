// One job a run directory.

import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Training

struct CheckpointRunLockTests {
  @Test func theSecondJobIsRefusedAndToldWhoHoldsIt() throws {
    try withTemporaryFolder { folder in
      let lock = try RunLock(runDirectory: folder)
      #expect(lock.holder.contains("process \(getpid()),"))
      let expected = RunLockError.locked(path: folder + "/run.lock", holder: lock.holder)
      #expect(throws: expected) { _ = try RunLock(runDirectory: folder) }
      #expect(expected.exitCode == .cannotCreate)
      try lock.requireHeld()
      // Another process, by the system's own tool.
      #expect(try run("flock", ["-n", lock.path, "true"]).exitCode == 1)
      withExtendedLifetime(lock) {}
    }
  }

  @Test func theLockEndsWithItsHolderAndAnOldFileHindersNobody() throws {
    try withTemporaryFolder { folder in
      var first: RunLock? = try RunLock(runDirectory: folder)
      let holder = try #require(first?.holder)
      first = nil
      #expect(FileManager.default.fileExists(atPath: folder + "/run.lock"))
      let second = try RunLock(runDirectory: folder)
      #expect(second.holder != holder)
      try second.requireHeld()
    }
  }

  @Test func aLockTakenOverBehindTheSystemsBackIsNoticed() throws {
    try withTemporaryFolder { folder in
      let lock = try RunLock(runDirectory: folder)
      try Data("host b, process 1\n".utf8).write(to: URL(fileURLWithPath: lock.path))
      let expected = RunLockError.lost(path: lock.path, holder: "host b, process 1")
      #expect(throws: expected) { try lock.requireHeld() }
      try FileManager.default.removeItem(atPath: lock.path)
      #expect(throws: RunLockError.lost(path: lock.path, holder: "no lock file")) {
        try lock.requireHeld()
      }
    }
  }

  @Test func aMissingFolderOrALinkIsRefused() throws {
    try withTemporaryFolder { folder in
      let error = #expect(throws: RunLockError.self) {
        _ = try RunLock(runDirectory: folder + "/none")
      }
      #expect(error?.exitCode == .cannotCreate)
      #expect(symlink("/etc/passwd", folder + "/run.lock") == 0)
      #expect(throws: RunLockError.self) { _ = try RunLock(runDirectory: folder) }
    }
  }
}
