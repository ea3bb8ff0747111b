// The checkpoints from which `launch/fuzz` starts: sound ones, and ones whose state or tensors are not.
// Not here: damage, which `CheckpointDamageTests` does to every bit.

import TestSupport
import Testing

@testable import Tensors
@testable import Training

struct CheckpointFuzzSeeds {
  @Test(.enabled(if: fuzzSeedFolder != nil)) func fuzzSeeds() throws {
    let sound = try CheckpointExample.bytes(images: 100)
    var small = CheckpointContents(
      state: CheckpointExample.state(images: 0, configuration: ""))
    small.append("generator/a", Tensor([1], [1]))
    let fileSystem = MemoryFileSystem()
    try CheckpointExample.store(fileSystem).save(small)
    let smallest = fileSystem.content(CheckpointExample.path(0)) ?? []
    let metadata = try SafetensorsFile(bytes: smallest).metadata
    // One key of the state missing, or with a value that is none.
    let keys = metadata.keys.sorted()
    let damaged = keys.flatMap { key in
      [nil, "-1", "9223372036854775808"].map { value in
        var changed = metadata
        changed[key] = value
        let bytes = SafetensorsFile.encode([("generator/a", Tensor([1], [1]))], metadata: changed)
        return ("\(key) \(value ?? "missing")", bytes)
      }
    }
    try writeFuzzSeeds(
      "checkpoint", longest: 3072,
      [("sound", sound), ("smallest", smallest)] + damaged)
  }
}
