// The sum of gradients over MPI: the bits of the definition, and the library's sum within its tolerance.
import Checksums
import DataParallel
import Foundation

private let blocks = 8
private let count = 1_000_003

/// A value of a block: of mixed sign and magnitude, so that another order of addition gives other bits.
private func value(_ block: Int, _ position: Int) -> Float {
  let hash = (position &* 2_654_435_761 &+ block &* 40_503_001) & 0xFFFFF
  return (Float(hash) - 524_288) / Float(1 + (hash & 1023))
}

/// The definition: left half plus right half.
private func sum(_ first: Int, _ width: Int, _ position: Int) -> Float {
  if width == 1 { return value(first, position) }
  return sum(first, width / 2, position) + sum(first + width / 2, width / 2, position)
}

/// Both sums over eight blocks; rank 0 prints the checksum of the reproducible one's bits.
func checkReduction(_ group: ProcessGroup) throws {
  try group.agreeOnRun()
  let tree = BlockTree(blocks: blocks)
  let plan = BucketPlan(count: count, ranks: group.size, bucketMebibytes: 1)
  let own = try tree.blocks(ofRank: group.rank, ranks: group.size)
  var nodes: [TreeNode: UnsafeMutableBufferPointer<Float>] = [:]
  for node in tree.cover(own) {
    let floats = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
    for position in 0..<count {
      floats[position] = sum(node.index << node.level, 1 << node.level, position)
    }
    nodes[node] = floats
  }
  let expected = (0..<count).map { sum(0, blocks, $0) }
  let magnitude = (0..<count).map { position in
    (0..<blocks).reduce(Float(0)) { $0 + abs(value($1, position)) }
  }
  let result = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
  let reproducible = try ReproducibleReducer(group: group, tree: tree, plan: plan)
  let fast = try FastReducer(group: group, tree: tree, plan: plan)
  for step in 0..<3 {
    result.update(repeating: .nan)
    try reproducible.reduce(
      nodes: nodes, into: result, label: ReductionLabel(step: step, phase: "first"))
    for position in 0..<count where result[position].bitPattern != expected[position].bitPattern {
      throw CheckFailure(
        description: "step \(step), float \(position): \(result[position]), \(expected[position])")
    }
    result.update(repeating: .nan)
    try fast.reduce(nodes: nodes, into: result, label: ReductionLabel(step: step, phase: "second"))
    // Seven additions, each off by half a unit in the last place of a sum of magnitudes.
    for position in 0..<count {
      let error = abs(result[position] - expected[position])
      try require(
        error <= 14 * 0x1p-24 * magnitude[position],
        "the library's sum, float \(position): \(result[position]), \(expected[position])")
    }
  }
  guard group.isRoot else { return }
  try reproducibleChecksum(expected)
}

private func reproducibleChecksum(_ values: [Float]) throws {
  let checksum = values.withUnsafeBytes { CRC32C.checksum($0) }
  FileHandle.standardOutput.write(Data("sum \(String(checksum, radix: 16))\n".utf8))
}
