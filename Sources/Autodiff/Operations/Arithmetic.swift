// Arithmetic, element by element.  Not here: broadcasting; see `Reductions.swift`.

import Tensors

extension Variable {
  public static func + (a: Variable, b: Variable) -> Variable {
    recording("addition", Kernels.add(a.value, b.value), inputs: [a, b], keepsInputs: false) {
      [$0.upstream, $0.upstream]
    }
  }

  public static func - (a: Variable, b: Variable) -> Variable {
    recording(
      "subtraction", Kernels.subtract(a.value, b.value), inputs: [a, b], keepsInputs: false
    ) {
      [$0.upstream, $0.wants[1] ? -1 * $0.upstream : nil]
    }
  }

  public static func * (a: Variable, b: Variable) -> Variable {
    recording("multiplication", Kernels.multiply(a.value, b.value), inputs: [a, b]) {
      [
        $0.wants[0] ? $0.upstream * $0.inputs[1] : nil,
        $0.wants[1] ? $0.upstream * $0.inputs[0] : nil,
      ]
    }
  }

  public static func * (factor: Float, a: Variable) -> Variable {
    recording("scaling", Kernels.scale(a.value, by: factor), inputs: [a], keepsInputs: false) {
      [factor * $0.upstream]
    }
  }

  public static func + (a: Variable, term: Float) -> Variable {
    recording(
      "addition of a constant", Kernels.addScalar(a.value, term), inputs: [a], keepsInputs: false
    ) {
      [$0.upstream]
    }
  }

  public static func - (a: Variable, term: Float) -> Variable { a + -term }

  public static func - (term: Float, a: Variable) -> Variable { -1 * a + term }

  public static prefix func - (a: Variable) -> Variable { -1 * a }

  /// The square, element by element.
  public var squared: Variable { self * self }

  /// The square root, element by element; its derivative at 0 is taken as 0, as that of a norm is.
  public var squareRoot: Variable {
    Self.recording(
      "square root", Kernels.squareRoot(value), inputs: [self], keepsInputs: false,
      keepsResult: true
    ) {
      [0.5 * ($0.upstream * $0.output.reciprocalOrZero)]
    }
  }

  /// 1 / x, and 0 where x is 0, with a derivative of 0 there.
  var reciprocalOrZero: Variable {
    let value = Kernels.reciprocalOrZero(value)
    return Self.recording(
      "reciprocal", value, inputs: [self], keepsInputs: false, keepsResult: true
    ) {
      [-1 * ($0.upstream * $0.output.squared)]
    }
  }
}
