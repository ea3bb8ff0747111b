// A tensor that knows how it was computed.
//
// Recording is define-by-run: an operation on variables computes its value at once and, where an input
// is itself recorded, keeps its inputs and a pullback.  The record is held by the variables alone; it
// belongs to the thread that makes it, and goes with the last variable that needs it.
// Not here: the reverse pass; see `Gradient.swift`.

import Tensors

/// A tensor in a recorded computation.
public struct Variable {
  public private(set) var value: Tensor
  let node: Node?
  /// How to compute the value again, for operations that need it in their pullbacks: nil where it is kept.
  let recompute: (() -> Tensor)?

  init(_ value: Tensor, node: Node?, recompute: (() -> Tensor)? = nil) {
    self.value = value
    self.node = node
    self.recompute = recompute
  }

  /// A constant: no gradient flows to it.
  public init(_ value: Tensor) { self.init(value, node: nil) }

  /// An independent variable with respect to which gradients can be asked.
  public static func independent(_ value: Tensor) -> Variable {
    Variable(value, node: Node(operation: "independent", inputs: [], pullback: nil))
  }

  public var shape: Shape { value.shape }

  /// Adds to a constant, in place where nobody else holds its value.
  mutating func accumulate(_ term: Tensor) { Kernels.accumulate(&value, term) }

  /// The same value as a constant.
  public var detached: Variable { Variable(value) }

  /// Whether gradients can flow through it.
  public var isRecorded: Bool { node != nil }
}

/// What a pullback is given.
public struct PullbackContext {
  /// The gradient of the final scalar with respect to the operation's result.
  public let upstream: Variable
  /// The operation's inputs: recorded where the gradient is to be differentiated again, else constants;
  /// kept unless the operation said that it does not read them.
  public var inputs: [Variable] { keptInputs.indices.map { input($0) } }
  /// One of the inputs, which is computed again where that is cheaper than keeping it.
  public func input(_ number: Int) -> Variable { keptInputs[number].variable(recorded: recorded) }
  /// The shape of an input, without its value.
  public func inputShape(_ number: Int) -> Shape { keptInputs[number].shape }
  /// The operation's result, recorded or not like the inputs; kept for operations that ask for it.
  public var output: Variable {
    guard let kept else {
      preconditionFailure("a pullback reads a result that was recorded without keepsResult")
    }
    return kept
  }
  /// Which inputs' gradients are needed; the others may be nil.
  public let wants: [Bool]
  /// The result, where the operation keeps it.
  let kept: Variable?
  let keptInputs: [Node.Input]
  /// Whether the inputs are recorded.
  let recorded: Bool
  /// See `takeSum`.
  let sums: (Int) -> Tensor?

  /// What other operations have contributed to input `index`'s gradient so far, handed over to be added to:
  /// the pullback then gives the sum instead of its own contribution.  nil where there is nothing yet, or
  /// where the gradient is to be differentiated again.
  ///
  /// It saves a pass over memory where a kernel can add to its result, as a matrix product can.
  public func takeSum(_ index: Int) -> Tensor? { sums(index) }
}

/// From the gradient with respect to an operation's result to those with respect to its inputs.
///
/// Written with the same public operations that are recorded, so that its own derivative exists.
public typealias Pullback = (PullbackContext) throws -> [Variable?]

/// One recorded operation.
final class Node {
  /// An operand, whose value is kept only where the pullback reads it and cannot compute it again.
  struct Input {
    enum Value {
      case kept(Tensor)
      case computed(() -> Tensor)
      case none
    }

    let node: Node?
    let shape: Shape
    let value: Value

    init(_ variable: Variable, keepsValue: Bool) {
      node = variable.node
      shape = variable.shape
      value =
        !keepsValue
        ? .none : variable.recompute.map { .computed($0) } ?? .kept(variable.value)
    }

    /// The operand as a pullback reads it.
    func variable(recorded: Bool) -> Variable {
      let node = recorded ? node : nil
      switch value {
      case .kept(let value): return Variable(value, node: node)
      case .computed(let compute): return Variable(compute(), node: node, recompute: compute)
      case .none:
        preconditionFailure("a pullback reads inputs that were recorded with keepsInputs: false")
      }
    }
  }

  let operation: StaticString
  /// 1 more than the largest level of an input: a node comes before all that use it.
  let level: Int
  private(set) var inputs: [Input]
  private(set) var pullback: Pullback?
  private var result: Tensor?

  init(
    operation: StaticString, inputs: [Variable], keepsInputs: Bool = true, pullback: Pullback?,
    result: Tensor? = nil
  ) {
    self.operation = operation
    self.inputs = inputs.map { Input($0, keepsValue: keepsInputs) }
    self.pullback = pullback
    self.result = result
    level = (inputs.compactMap { $0.node?.level }.max() ?? -1) + 1
  }

  private(set) var released = false

  /// The result, for pullbacks that use it; nil where it is not kept.
  func output(recorded: Bool) -> Variable? {
    result.map { Variable($0, node: recorded ? self : nil) }
  }

  /// Lets go of what the reverse pass has used.
  func release() {
    inputs = []
    pullback = nil
    result = nil
    released = true
  }

  /// Frees a record of any length without recursion: were each node to free its inputs in its own
  /// deinitialiser, a chain of some ten thousand operations would overflow the stack.
  deinit {
    var pending = inputs.compactMap(\.node)
    inputs = []
    while var node = pending.popLast() {
      guard isKnownUniquelyReferenced(&node) else { continue }
      pending += node.inputs.compactMap(\.node)
      node.release()
    }
  }
}

extension Variable {
  /// The result of an operation, recorded if an input is.
  ///
  /// - Parameters:
  ///   - operation: its name, for messages.
  ///   - keepsInputs: whether the pullback reads `PullbackContext.inputs`; a linear map need not.
  ///   - keepsResult: whether the pullback reads `PullbackContext.output`.
  ///   - recompute: gives the value once more.  Operations that read the result in their pullbacks then call
  ///     it instead of keeping the value: for results that cost little, of inputs that are kept anyway.
  public static func recording(
    _ operation: StaticString, _ value: Tensor, inputs: [Variable], keepsInputs: Bool = true,
    keepsResult: Bool = false, recompute: (() -> Tensor)? = nil, pullback: @escaping Pullback
  ) -> Variable {
    OperationClock.book(operation)
    guard inputs.contains(where: \.isRecorded) else { return Variable(value) }
    let node = Node(
      operation: operation, inputs: inputs, keepsInputs: keepsInputs, pullback: pullback,
      result: keepsResult ? value : nil)
    return Variable(value, node: node, recompute: recompute)
  }
}
