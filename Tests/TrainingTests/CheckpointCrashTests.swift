// A crash at any moment: whatever of the unsynced changes is on the disk afterwards, the newest
// acknowledged checkpoint loads, or a newer one.

import Testing

@testable import Training

struct CheckpointCrashTests {
  @Test(arguments: [0, 300])
  func noCrashLosesAnAcknowledgedCheckpoint(milestoneImages: Int) throws {
    let fileSystem = MemoryFileSystem(records: true)
    let store = CheckpointExample.store(fileSystem, milestoneImages: milestoneImages)
    try store.prepare()
    // Calls so far -> the newest checkpoint said to be durable.
    var acknowledged: [(calls: Int, images: Int)] = []
    for images in stride(from: 100, through: 600, by: 100) {
      try store.save(CheckpointExample.contents(images: images))
      acknowledged.append((fileSystem.calls.count, images))
    }

    var states = 0
    for moment in fileSystem.history {
      let promised = acknowledged.last { $0.calls <= moment.calls.count }?.images
      for state in moment.crashStates() {
        states += 1
        let after = CheckpointExample.store(MemoryFileSystem(state))
        try after.prepare()
        // Before the first acknowledgement there may be torn files only, which `latest` refuses.
        let found = promised == nil ? nil : try after.latest()
        #expect(
          (found?.state.images ?? 0) >= (promised ?? 0),
          "after \(moment.calls.count) calls (\(moment.calls.last ?? "none")): \(state.names.keys)")
      }
    }
    #expect(states > 500)
  }

  /// The same over the attempt that follows a failed fsync.
  @Test func noCrashAfterAFailedSyncLosesAnything() throws {
    for call in 1...40 {
      let fileSystem = MemoryFileSystem(records: true)
      fileSystem.put(CheckpointExample.path(100), try CheckpointExample.bytes(images: 100))
      fileSystem.inject(InjectedFault(kind: .errno(5), call: call))
      let saved =
        (try? CheckpointExample.store(fileSystem).save(CheckpointExample.contents(images: 200)))
        != nil
      let end = fileSystem.calls.count
      for moment in fileSystem.history {
        for state in moment.crashStates() {
          let images =
            try CheckpointExample.store(MemoryFileSystem(state)).latest()?.state.images ?? 0
          let promised = saved && moment.calls.count >= end ? 200 : 100
          #expect(images >= promised, "fault at \(call), crash after \(moment.calls.count) calls")
        }
      }
    }
  }
}
