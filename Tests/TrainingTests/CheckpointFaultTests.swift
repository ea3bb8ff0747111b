// Every call of the writer fails in every way: the old checkpoint stays, and the error says where.

import Diagnostics
import Foundation
import Testing

@testable import Training

struct CheckpointFaultTests {
  static let errnos = [ENOSPC, EIO, EROFS, EDQUOT, EFBIG, EACCES, ESTALE]

  /// The calls of an undisturbed save beside an older checkpoint.
  private func undisturbedCalls() throws -> [String] {
    let fileSystem = MemoryFileSystem()
    fileSystem.put(CheckpointExample.path(100), try CheckpointExample.bytes(images: 100))
    try CheckpointExample.store(fileSystem).save(CheckpointExample.contents(images: 200))
    return fileSystem.calls
  }

  /// Saves with a fault, and checks what must hold whatever happens.
  private func save(
    with fault: InjectedFault, expectSuccess: Bool,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> (error: (any Error)?, warnings: [String]) {
    let fileSystem = MemoryFileSystem()
    let old = try CheckpointExample.bytes(images: 100)
    fileSystem.put(CheckpointExample.path(100), old)
    fileSystem.inject(fault)
    let warnings = CollectedWarnings()
    var thrown: (any Error)?
    do {
      try CheckpointExample.store(fileSystem, warnings: warnings).save(
        CheckpointExample.contents(images: 200))
    } catch {
      thrown = error
    }
    let name = fault.call <= fileSystem.calls.count ? fileSystem.calls[fault.call - 1] : "none"
    let comment: Comment = "\(fault), \(name): \(thrown.map { "\($0)" } ?? "saved")"
    #expect((thrown == nil) == expectSuccess, comment, sourceLocation: sourceLocation)
    #expect(fileSystem.openFiles == 0, comment, sourceLocation: sourceLocation)
    #expect(
      fileSystem.content(CheckpointExample.path(100)) == old, comment,
      sourceLocation: sourceLocation)

    // The machine is well again: the next start removes what is left and finds a good checkpoint.
    fileSystem.inject(nil)
    if !fault.persists {
      #expect(
        fileSystem.names.allSatisfy { !$0.contains(".tmp.") }, comment,
        sourceLocation: sourceLocation)
    }
    try CheckpointExample.store(fileSystem).prepare()
    #expect(
      fileSystem.names.allSatisfy { !$0.contains(".tmp.") }, comment,
      sourceLocation: sourceLocation)
    let latest = try CheckpointExample.store(fileSystem).latest()?.state.images
    #expect(
      expectSuccess ? latest == 200 : latest == 100 || latest == 200, comment,
      sourceLocation: sourceLocation)
    return (thrown, warnings.all)
  }

  private func expectWriteError(_ error: (any Error)?, _ fault: InjectedFault, _ call: String) {
    guard let error = error as? CheckpointError else {
      Issue.record("\(fault), \(call): \(String(describing: error)) is no CheckpointError")
      return
    }
    #expect(error.exitCode == .cannotWrite, "\(fault), \(call)")
    #expect(error.description.contains(CheckpointExample.directory), "\(fault), \(call): \(error)")
    if case .errno(let code) = fault.kind {
      #expect(
        error.description.contains(String(cString: strerror(code))), "\(fault), \(call): \(error)")
    }
  }

  @Test func everyCallFailsOnceInEveryWay() throws {
    let calls = try undisturbedCalls()
    #expect(calls.count >= 20)
    for (index, call) in calls.enumerated() {
      for errno in Self.errnos {
        let fault = InjectedFault(kind: .errno(errno), call: index + 1)
        // Closing what was only read, and tidying up, cannot lose anything; a failed fsync has one
        // more try with a new file.
        let isReadOnlyClose = call == "close" && index > (calls.firstIndex(of: "close") ?? 0)
        let isLoud = call.hasPrefix("fsync") || call == "list"
        let (error, warnings) = try save(with: fault, expectSuccess: isLoud || isReadOnlyClose)
        if isLoud { #expect(warnings.count == 1, "\(fault), \(call): \(warnings)") }
        if !isLoud && !isReadOnlyClose { expectWriteError(error, fault, call) }
      }
    }
  }

  @Test func everyCallAndAllAfterItFail() throws {
    let calls = try undisturbedCalls()
    let renamed = calls.firstIndex(of: "fsync of the folder") ?? 0
    for (index, call) in calls.enumerated() {
      for errno in Self.errnos {
        let fault = InjectedFault(kind: .errno(errno), call: index + 1, persists: true)
        // Behind the folder's fsync the checkpoint is durable, and only tidying up fails.
        let (error, _) = try save(with: fault, expectSuccess: index > renamed)
        if index <= renamed { expectWriteError(error, fault, call) }
      }
    }
  }

  @Test func interruptionsAndShortCallsAreInvisible() throws {
    for (index, call) in try undisturbedCalls().enumerated() {
      let interrupted = InjectedFault(kind: .errno(EINTR), call: index + 1)
      let (_, warnings) = try save(with: interrupted, expectSuccess: true)
      // Even an interrupted fsync is not repeated on the same file.
      if !call.hasPrefix("fsync") && call != "list" { #expect(warnings == [], "\(interrupted)") }
      _ = try save(with: InjectedFault(kind: .short, call: index + 1), expectSuccess: true)
    }
    _ = try save(with: InjectedFault(kind: .short, call: 1, persists: true), expectSuccess: true)
  }

  @Test func aDiskThatLiesIsFoundByReadingBack() throws {
    for (index, call) in try undisturbedCalls().enumerated() where call == "write" {
      let fault = InjectedFault(kind: .lie, call: index + 1)
      let (error, _) = try save(with: fault, expectSuccess: false)
      guard case .readBackDiffers = error as? CheckpointError else {
        Issue.record("\(fault): \(String(describing: error))")
        continue
      }
    }
  }

  @Test func aFailedSyncIsNeverRepeatedOnTheSameFile() throws {
    let fileSystem = MemoryFileSystem()
    let sync = try undisturbedCalls().firstIndex(of: "fsync") ?? 0
    fileSystem.put(CheckpointExample.path(100), try CheckpointExample.bytes(images: 100))
    fileSystem.inject(InjectedFault(kind: .errno(EIO), call: sync + 1))
    try CheckpointExample.store(fileSystem).save(CheckpointExample.contents(images: 200))
    #expect(fileSystem.calls.filter { $0 == "create" }.count == 2)
    #expect(fileSystem.calls.filter { $0 == "fsync" }.count == 2)
    for state in fileSystem.snapshot.crashStates() {
      #expect(try CheckpointExample.store(MemoryFileSystem(state)).latest()?.state.images == 200)
    }
  }

  @Test func theMessageNamesCallPathPositionAndSpace() throws {
    let fileSystem = MemoryFileSystem()
    let calls = try undisturbedCalls()
    let secondWrite = (calls.firstIndex(of: "write") ?? 0) + 1
    fileSystem.inject(InjectedFault(kind: .errno(ENOSPC), call: secondWrite + 1))
    let contents = CheckpointExample.contents(images: 200)
    let layout = try CheckpointEncoding(contents, path: "").layout
    let path =
      "\(CheckpointExample.directory)/\(CheckpointName.temporary(for: "kimg-000000.200.safetensors", attempt: 1))"
    let expected = CheckpointError.cannotWrite(
      path: path, SystemCallFailure("write", errno: ENOSPC), byteOffset: layout.header.count,
      needBytes: layout.byteCount, freeBytes: 1 << 30)
    #expect(throws: expected) { try CheckpointExample.store(fileSystem).save(contents) }
    #expect(
      expected.description
        == "\(path): write: No space left on device at byte \(layout.header.count) of "
        + "\(layout.byteCount) (1073741824 bytes free); the checkpoint was not saved, older ones are "
        + "untouched; check the disk")
  }

  @Test func tooLittleSpaceIsFoundBeforeTheFirstByte() throws {
    let contents = CheckpointExample.contents(images: 200)
    let bytes = try CheckpointEncoding(contents, path: "").layout.byteCount
    let fileSystem = MemoryFileSystem()
    let need = bytes + bytes / 10
    fileSystem.setFree(need - 1)
    let expected = CheckpointError.noSpace(
      path: CheckpointExample.directory, needBytes: need, freeBytes: need - 1)
    #expect(throws: expected) { try CheckpointExample.store(fileSystem).save(contents) }
    #expect(expected.exitCode == .cannotWrite)
    #expect(fileSystem.calls == ["statvfs"])
    fileSystem.setFree(need)
    try CheckpointExample.store(fileSystem).save(contents)
  }

  @Test func aFolderThatCannotBeUsedIsFoundAtTheStart() throws {
    let fileSystem = MemoryFileSystem()
    try CheckpointExample.store(fileSystem).prepare()
    for call in 1...fileSystem.calls.count {
      let broken = MemoryFileSystem()
      broken.inject(InjectedFault(kind: .errno(EROFS), call: call))
      let error = #expect(throws: CheckpointError.self) {
        try CheckpointExample.store(broken).prepare()
      }
      #expect(error?.exitCode == .cannotCreate)
      #expect(error?.description.contains("Read-only file system") == true)
      let name = fileSystem.calls[call - 1]
      #expect(name == "unlink" || broken.names.isEmpty, "left \(broken.names) after \(name)")
    }
  }

  @Test func interruptionsOfTheStartAreInvisible() throws {
    func fileSystem(_ fault: InjectedFault?) throws -> MemoryFileSystem {
      let fileSystem = MemoryFileSystem()
      fileSystem.put(CheckpointExample.path(100), try CheckpointExample.bytes(images: 100))
      let left = CheckpointName.temporary(for: CheckpointName.file(images: 200), attempt: 1)
      fileSystem.put(CheckpointExample.directory + "/" + left, [1, 2, 3])
      fileSystem.inject(fault)
      return fileSystem
    }
    let undisturbed = try fileSystem(nil)
    try CheckpointExample.store(undisturbed).prepare()
    for call in 1...undisturbed.calls.count {
      let fault = InjectedFault(kind: .errno(EINTR), call: call)
      let interrupted = try fileSystem(fault)
      try CheckpointExample.store(interrupted).prepare()
      #expect(interrupted.names == undisturbed.names, "\(fault), \(undisturbed.calls[call - 1])")
    }
  }

  @Test func aSmallFileIsReplacedInOneStep() throws {
    let path = CheckpointExample.directory + "/config.yaml"
    let undisturbed = MemoryFileSystem()
    undisturbed.put(path, Array("old".utf8))
    try undisturbed.replace(path, with: "new")
    #expect(undisturbed.content(path) == Array("new".utf8))
    for call in 1...undisturbed.calls.count {
      for kind in [InjectedFault.Kind.errno(EINTR), .errno(ENOSPC), .short] {
        let fileSystem = MemoryFileSystem()
        fileSystem.put(path, Array("old".utf8))
        fileSystem.inject(InjectedFault(kind: kind, call: call))
        let isDone = (try? fileSystem.replace(path, with: "new")) != nil
        #expect(
          fileSystem.content(path) == Array((isDone ? "new" : "old").utf8),
          "\(kind) at \(undisturbed.calls[call - 1])")
        // A stale file that cannot be looked for is no reason to fail.
        #expect(isDone == (kind != .errno(ENOSPC) || undisturbed.calls[call - 1] == "unlink"))
        #expect(fileSystem.openFiles == 0)
      }
    }
  }

  @Test func aRunThatLostItsFolderDoesNotCommit() throws {
    struct Lost: Error {}
    let fileSystem = MemoryFileSystem()
    let store = CheckpointStore(
      directory: CheckpointExample.directory, fileSystem: fileSystem,
      beforeCommit: { throw Lost() },
      warn: { _ in })
    #expect(throws: Lost.self) { try store.save(CheckpointExample.contents(images: 200)) }
    #expect(fileSystem.names == [])
  }
}
