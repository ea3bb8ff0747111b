// The additions that make the root's value out of the nodes that the ranks hold, in the tree's order.
// Not here: where the operands come from (see BucketSlot.swift).

/// A list of additions over some nodes that together cover all blocks, made once and run for every slice.
struct AdditionPlan {
  enum Operand: Equatable {
    /// A node's value, by its position among the nodes.
    case node(Int)
    /// An intermediate sum.
    case partial(Int)
  }

  struct Addition: Equatable {
    let target: Int
    let left: Operand
    let right: Operand
  }

  let additions: [Addition]
  /// The intermediate sums that are alive at a time.
  let partials: Int

  /// The floats that are added at a time, so that intermediate sums stay in the first-level cache.
  static let chunk = 1024

  /// `nodes` from left to right, together all blocks of `tree`.
  init(tree: BlockTree, nodes: [TreeNode]) {
    let positions = Dictionary(uniqueKeysWithValues: nodes.enumerated().map { ($1, $0) })
    var additions: [Addition] = []
    func value(_ node: TreeNode, depth: Int) -> Operand {
      if let position = positions[node] { return .node(position) }
      precondition(node.level > 0, "block \(node.index) is in no node")
      let left = value(node.left, depth: depth)
      if tree.range(of: node.right).isEmpty { return left }
      let right = value(node.right, depth: depth + 1)
      additions.append(Addition(target: depth, left: left, right: right))
      return .partial(depth)
    }
    _ = value(tree.root, depth: 0)
    self.additions = additions
    partials = (additions.map(\.target).max() ?? 0) + 1
  }

  /// The sum of `count` nodes from left to right, for sums whose order nobody promises.
  init(sequenceOf count: Int) {
    additions = (1..<max(count, 1)).map {
      Addition(target: 0, left: $0 == 1 ? .node(0) : .partial(0), right: .node($0))
    }
    partials = 1
  }

  /// Writes the root's `count` floats to `result`, which may be one of the operands.
  ///
  /// `operands` has the address of every node's floats; `scratch` has `partials * chunk` floats.
  func run(
    _ operands: [UnsafePointer<Float>], count: Int, scratch: UnsafeMutablePointer<Float>,
    into result: UnsafeMutablePointer<Float>
  ) {
    guard let last = additions.last else {
      if UnsafePointer(result) != operands[0] { result.update(from: operands[0], count: count) }
      return
    }
    for offset in stride(from: 0, to: count, by: Self.chunk) {
      let length = min(Self.chunk, count - offset)
      func address(_ operand: Operand) -> UnsafePointer<Float> {
        switch operand {
        case .node(let position): operands[position] + offset
        case .partial(let index): UnsafePointer(scratch + index * Self.chunk)
        }
      }
      for addition in additions.dropLast() {
        add(
          address(addition.left), address(addition.right), count: length,
          into: scratch + addition.target * Self.chunk)
      }
      add(address(last.left), address(last.right), count: length, into: result + offset)
    }
  }
}

/// `result[i] = left[i] + right[i]`; the result may be one of the operands, element for element, which
/// is why the vectors are spelt out: a compiler must assume the worst of a plain loop.
private func add(
  _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, count: Int,
  into result: UnsafeMutablePointer<Float>
) {
  let width = 8
  let vectors = count / width * width
  let leftBytes = UnsafeRawPointer(left)
  let rightBytes = UnsafeRawPointer(right)
  let resultBytes = UnsafeMutableRawPointer(result)
  for index in stride(from: 0, to: vectors, by: width) {
    let offset = index * MemoryLayout<Float>.stride
    let sum =
      leftBytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
      + rightBytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
    resultBytes.storeBytes(of: sum, toByteOffset: offset, as: SIMD8<Float>.self)
  }
  for index in vectors..<count { result[index] = left[index] + right[index] }
}
