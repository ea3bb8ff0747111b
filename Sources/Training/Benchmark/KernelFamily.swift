// The kinds of kernels that a step's time is divided among.
// Not here: how the time of an operation is taken; see `OperationClock`.

/// What kind of work an operation is.
enum KernelFamily: String, CaseIterable {
  case products = "matrix products"
  case attention
  case gelu = "GELU"
  case normalisation = "layer normalisation"
  case movement = "movement of data, augmentation"
  case arithmetic = "sums and element-wise arithmetic"
  case inputs = "inputs"
  case update = "norm, Adam, moving average"

  /// Of an operation, by the name that it is recorded with.
  init(operation name: String) {
    switch name {
    case "linear", "matrix product": self = .products
    case _ where name.contains("attention"): self = .attention
    case _ where name.hasPrefix("GELU"): self = .gelu
    case _ where name.hasPrefix("layer normalisation"): self = .normalisation
    case "reshape", "permutation", "token range", "token padding", "row range": self = .movement
    case _ where name.hasPrefix("augmentation"): self = .movement
    case "\(PhaseSplit.inputs)": self = .inputs
    case "\(PhaseSplit.update)": self = .update
    default: self = .arithmetic
    }
  }

  /// Seconds by family from seconds by operation, in the order of the cases; families without any are left out.
  static func split(_ seconds: [String: Double]) -> [PhaseSplit.Part] {
    var sums: [KernelFamily: Double] = [:]
    for (name, time) in seconds { sums[KernelFamily(operation: name), default: 0] += time }
    return allCases.compactMap { family in
      sums[family].map { PhaseSplit.Part(name: family.rawValue, seconds: $0) }
    }
  }
}
