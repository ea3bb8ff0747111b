// A network's parameters as variables, for one forward pass and its reverse pass.

import Autodiff
import Tensors

/// The values of all parameters of a table.
public struct ParameterValues {
  /// In the table's order.
  public let variables: [Variable]
  private let table: ParameterTable

  /// Views of a flat buffer, recorded where gradients with respect to the parameters are wanted.
  public init(_ buffer: FlatBuffer, _ table: ParameterTable, recorded: Bool) {
    precondition(
      buffer.count == table.count, "\(buffer.count) values for \(table.count) parameters")
    self.init(table, recorded: recorded) { buffer.view(at: $0.offset, shape: $0.shape) }
  }

  /// Values given one by one.
  public init(
    _ table: ParameterTable, recorded: Bool, value: (ParameterTable.Entry) throws -> Tensor
  ) rethrows {
    self.table = table
    variables = try table.entries.map { entry in
      let value = try value(entry)
      precondition(value.shape == entry.shape, "\(entry.name): \(value.shape), not \(entry.shape)")
      return recorded ? .independent(value) : Variable(value)
    }
  }

  subscript(id: ParameterID) -> Variable { variables[table.index(of: id)] }
}
