// The reverse pass.
//
// Nodes are taken from the result back, level by level, so a node's gradient is complete when its pullback
// runs; contributions are added in that fixed order.  Nodes right above the leaves, among them views of
// parameters, do not wait for their level: they run as soon as their gradients are complete, so that a
// parameter's gradient can be used while the pass goes on.  Only nodes that lead from the result to something
// asked for are visited, and only the inputs on such a path have their gradients computed.

import Tensors

/// What can go wrong in a reverse pass; each is a mistake of the caller.
public enum AutodiffError: Error, CustomStringConvertible {
  /// The record was consumed by an earlier reverse pass that did not keep it.
  case consumed(operation: String)
  /// The operation is itself a second derivative, and its own is not defined.
  case thirdDerivative(operation: String)
  /// A gradient was asked with respect to a constant.
  case constant(index: Int)
  /// The upstream gradient's shape is not the result's.
  case upstreamShape(found: Shape, expected: Shape)

  public var description: String {
    switch self {
    case .consumed(let operation):
      "the record of \(operation) was consumed by an earlier gradient; "
        + "ask that one with differentiable: true"
    case .thirdDerivative(let operation):
      "\(operation) has no derivative: gradients are defined to second order only"
    case .constant(let index):
      "a gradient was asked with respect to target \(index), which is a constant"
    case .upstreamShape(let found, let expected):
      "the upstream gradient has the shape \(found), the result \(expected)"
    }
  }
}

/// The gradients of `result` with respect to `targets`, nil where `result` does not depend on one.
///
/// - Parameters:
///   - upstream: the gradient with respect to `result`, of its shape; 1 by default.
///   - differentiable: whether the gradients are themselves recorded, so that they can be
///     differentiated again; otherwise the record is consumed as the pass goes, and its memory freed.
/// - Throws: `AutodiffError`.
public func gradients(
  of result: Variable, withRespectTo targets: [Variable], upstream: Tensor? = nil,
  differentiable: Bool = false
) throws -> [Variable?] {
  var found = [Variable?](repeating: nil, count: targets.count)
  try pullBack(
    from: result, to: targets, upstream: upstream, differentiable: differentiable
  ) { found[$0] = $1 }
  return found
}

/// Hands the gradients of `result` to `deliver`, each with its target's index, as soon as it is final.
///
/// The record is consumed; a target on which `result` does not depend is not delivered.  Targets are
/// delivered in an order that depends on the record alone.
/// - Throws: `AutodiffError`, and what `deliver` throws.
public func backpropagate(
  from result: Variable, to targets: [Variable], upstream: Tensor? = nil,
  deliver: (_ index: Int, _ gradient: Tensor) throws -> Void
) throws {
  try pullBack(from: result, to: targets, upstream: upstream, differentiable: false) {
    try deliver($0, $1.value)
  }
}

private func pullBack(
  from result: Variable, to targets: [Variable], upstream: Tensor?, differentiable: Bool,
  deliver: (Int, Variable) throws -> Void
) throws {
  if let upstream, upstream.shape != result.shape {
    throw AutodiffError.upstreamShape(found: upstream.shape, expected: result.shape)
  }
  if let index = targets.firstIndex(where: { !$0.isRecorded }) {
    throw AutodiffError.constant(index: index)
  }
  guard let root = result.node else { return }
  var pass = try ReversePass(root: root, targets: targets)
  let seed = Variable(upstream ?? Tensor(repeating: 1, result.shape))
  try pass.run(seed: seed, differentiable: differentiable, deliver: deliver)
}

/// The state of one reverse pass.
private struct ReversePass {
  private struct Entry {
    let node: Node
    /// Uses of the node's result, by needed nodes, whose contributions are still to come.
    var pendingUses: Int
    var hasRun = false
  }

  /// The gradients so far, by entry; a class, so that a pullback can be handed one to add to.
  private final class Sums {
    var gradients: [Variable?] = []

    /// The gradient so far, which is then nobody else's.
    func take(_ index: Int) -> Tensor? {
      let sum = gradients[index]
      gradients[index] = nil
      return sum?.value
    }
  }

  private let sums = Sums()

  private var entries: [Entry] = []
  /// Nodes right above the leaves whose gradients are complete.
  private var completeViews: [Int] = []
  private var indices: [ObjectIdentifier: Int] = [:]
  private var targetsOfNode: [ObjectIdentifier: [Int]] = [:]
  private let rootNeeded: Bool

  init(root: Node, targets: [Variable]) throws {
    for (index, target) in targets.enumerated() {
      if let node = target.node { targetsOfNode[ObjectIdentifier(node), default: []].append(index) }
    }
    let needed = try Self.nodesBetween(root, targetsOfNode)
    rootNeeded = !needed.isEmpty
    for node in needed {
      indices[ObjectIdentifier(node)] = entries.count
      entries.append(Entry(node: node, pendingUses: 0))
    }
    sums.gradients = Array(repeating: nil, count: entries.count)
    for node in needed {
      for input in node.inputs {
        if let used = input.node.flatMap({ indices[ObjectIdentifier($0)] }) {
          entries[used].pendingUses += 1
        }
      }
    }
  }

  /// The nodes on a path from `root` to a target, highest level first, ties in order of discovery.
  private static func nodesBetween(
    _ root: Node, _ targets: [ObjectIdentifier: [Int]]
  ) throws -> [Node] {
    var leads: [ObjectIdentifier: Bool] = [:]
    var found: [Node] = []
    // Depth first without recursion: a node is settled after all its inputs are.
    var stack: [(node: Node, next: Int)] = [(root, 0)]
    while let (node, next) = stack.last {
      if next < node.inputs.count {
        stack[stack.count - 1].next += 1
        if let input = node.inputs[next].node, leads[ObjectIdentifier(input)] == nil {
          leads[ObjectIdentifier(input)] = false
          stack.append((input, 0))
        }
        continue
      }
      stack.removeLast()
      let isTarget = targets[ObjectIdentifier(node)] != nil
      // What lay behind a consumed node is gone: its targets would silently have no gradient.
      if node.released {
        throw AutodiffError.consumed(operation: "\(node.operation)")
      }
      let viaInput = node.inputs.contains { input in
        input.node.map { leads[ObjectIdentifier($0)] == true } ?? false
      }
      leads[ObjectIdentifier(node)] = isTarget || viaInput
      if isTarget || viaInput { found.append(node) }
    }
    let order = found.indices.sorted {
      (found[$0].level, $0) > (found[$1].level, $1)
    }
    return order.map { found[$0] }
  }

  mutating func run(
    seed: Variable, differentiable: Bool, deliver: (Int, Variable) throws -> Void
  ) throws {
    guard rootNeeded else { return }
    sums.gradients[0] = seed
    try deliverIfFinal(0, deliver)
    for position in entries.indices where !entries[position].hasRun {
      try runNode(at: position, differentiable, deliver)
      while !completeViews.isEmpty {
        try runNode(at: completeViews.removeFirst(), differentiable, deliver)
      }
    }
  }

  /// Runs a node's pullback and adds what it gives to its inputs' gradients.
  private mutating func runNode(
    at position: Int, _ differentiable: Bool, _ deliver: (Int, Variable) throws -> Void
  ) throws {
    entries[position].hasRun = true
    let node = entries[position].node
    let inputs = node.inputs
    let wants = inputs.map { isNeeded($0) }
    guard wants.contains(true) else { return }
    guard let upstream = sums.gradients[position] else {
      // No gradient reached this node, so it contributes none; its inputs must not wait for it.
      let none = [Variable?](repeating: nil, count: inputs.count)
      return try add(none, of: node, inputs: inputs, wants: wants, differentiable, deliver)
    }
    sums.gradients[position] = nil
    guard let pullback = node.pullback else {
      throw AutodiffError.consumed(operation: "\(node.operation)")
    }
    let context = PullbackContext(
      upstream: differentiable ? upstream : upstream.detached,
      wants: wants, kept: node.output(recorded: differentiable),
      keptInputs: inputs, recorded: differentiable,
      sums: differentiable ? { _ in nil } : sumsOfInputs(inputs))
    if !differentiable { node.release() }
    let contributions = try pullback(context)
    OperationClock.book(node.operation)
    try add(contributions, of: node, inputs: inputs, wants: wants, differentiable, deliver)
  }

  /// Hands over the gradient so far of an input by its number.
  private func sumsOfInputs(_ inputs: [Node.Input]) -> (Int) -> Tensor? {
    let used = inputs.map { $0.node.flatMap { indices[ObjectIdentifier($0)] } }
    let sums = sums
    return { number in used[number].flatMap { sums.take($0) } }
  }

  private func isNeeded(_ input: Node.Input) -> Bool {
    input.node.map { indices[ObjectIdentifier($0)] != nil } ?? false
  }

  private mutating func add(
    _ contributions: [Variable?], of node: Node, inputs: [Node.Input], wants: [Bool],
    _ differentiable: Bool, _ deliver: (Int, Variable) throws -> Void
  ) throws {
    precondition(
      contributions.count == inputs.count,
      "the pullback of \(node.operation) gave \(contributions.count) gradients for \(inputs.count)")
    for (index, input) in inputs.enumerated() where wants[index] {
      guard let used = input.node.flatMap({ indices[ObjectIdentifier($0)] }) else { continue }
      entries[used].pendingUses -= 1
      if let contribution = contributions[index] {
        precondition(
          contribution.shape == input.shape,
          "the pullback of \(node.operation) gave \(contribution.shape) for \(input.shape)")
        accumulate(contribution, into: used, differentiable)
      }
      try deliverIfFinal(used, deliver)
      if entries[used].pendingUses == 0 && entries[used].node.level == 1 {
        completeViews.append(used)
      }
    }
  }

  private mutating func accumulate(
    _ contribution: Variable, into index: Int, _ differentiable: Bool
  ) {
    if differentiable {
      sums.gradients[index] = sums.gradients[index].map { $0 + contribution } ?? contribution
    } else if sums.gradients[index]?.accumulate(contribution.value) == nil {
      sums.gradients[index] = contribution
    } else {
      OperationClock.book("addition")
    }
  }

  private mutating func deliverIfFinal(
    _ index: Int, _ deliver: (Int, Variable) throws -> Void
  ) throws {
    let entry = entries[index]
    guard entry.pendingUses == 0, let gradient = sums.gradients[index],
      let targets = targetsOfNode[ObjectIdentifier(entry.node)]
    else { return }
    // A gradient that goes no further is let go of here, not at the end of the pass.
    if !entry.node.inputs.contains(where: { isNeeded($0) }) { sums.gradients[index] = nil }
    for target in targets { try deliver(target, gradient) }
  }
}
