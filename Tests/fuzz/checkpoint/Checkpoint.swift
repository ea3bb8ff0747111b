// libFuzzer's entries for checkpoints: an input is the bytes of a file.  What a safetensors file may be is
// the business of another program; this one is about format, digests, state and configuration.

import FuzzSupport
import Tensors

@testable import Training

@_cdecl("LLVMFuzzerInitialize")
public func initialize(_ count: UnsafePointer<CInt>, _ arguments: UnsafeRawPointer) -> CInt {
  // The pool of tensors takes its first region once for the whole process, whatever is read.
  _ = Tensor([1], [0])
  Limits.start()
  return 0
}

/// Reads the whole checkpoint; the same bytes are found right a second time, without being kept.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  execute(data, count) { bytes in
    let file = try CheckpointFile(source: MemorySource(bytes, name: "input"))
    return (file, try file.load())
  } check: { file, checkpoint in
    let digest = try file.verify()
    precondition(digest == checkpoint.weightsDigest, "two digests of the same weights")
    for name in checkpoint.names { _ = try checkpoint.tensor(named: name) }
    let state = checkpoint.state
    let again = try CheckpointState(metadata: state.metadata)
    precondition(again == state, "another state after writing: \(again)")
    _ = try Configuration(yaml: state.configuration, source: "input")
  }
}

/// Most mutations have the right length and digests.
@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(
  _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ maximum: Int, _ seed: UInt32
) -> Int {
  mutateInput(data, size, maximum, seed) { file in
    repairHeaderLength(file)
    repairDigests(file)
  }
}
