// The definition of a sum over blocks, written without the code that is tested, and values whose sum
// depends on the order.
import DataParallel
import Tensors

/// The streams of random numbers of these tests.
extension RandomStream {
  static let blockValues = RandomStream(rawValue: 1100)
  static let schedule = RandomStream(rawValue: 1101)
}

/// Values of blocks with magnitudes over six decades: another order of addition gives other bits.
struct BlockValues: Sendable {
  let seed: UInt64
  let blocks: Int

  func value(block: Int, position: Int) -> Float {
    let random = RandomSource(seed: seed)
    let magnitude = random.integer(
      below: 20, .blockValues, step: 1, sample: block, position: position)
    let uniform = random.uniform(.blockValues, step: 2, sample: block, position: position)
    return (uniform - 0.5) * Float(sign: .plus, exponent: magnitude, significand: 1)
  }

  /// Left half plus right half of `width` (a power of two) blocks from `first`; blocks beyond the last
  /// one are left out.
  func sum(first: Int, width: Int, position: Int) -> Float {
    if width == 1 { return value(block: first, position: position) }
    let left = sum(first: first, width: width / 2, position: position)
    if first + width / 2 >= blocks { return left }
    return left + sum(first: first + width / 2, width: width / 2, position: position)
  }

  /// The sum over all blocks.
  func sum(position: Int) -> Float {
    var width = 1
    while width < blocks { width *= 2 }
    return sum(first: 0, width: width, position: position)
  }

  func sum(_ node: TreeNode, position: Int) -> Float {
    sum(first: node.index << node.level, width: 1 << node.level, position: position)
  }
}

/// A cluster whose choices are those of a seed.
func cluster(_ size: Int, seed: UInt64, faults: [SimulatedFault] = []) -> SimulatedCluster {
  let random = RandomSource(seed: seed)
  return SimulatedCluster(size: size, faults: faults) { random.word(.schedule, position: $0) }
}
