// The gradient of a weight that is applied to the step's inputs alone, from its factors over the global batch.
//
// With y = z W^T + b for every sample, the gradient of W is dY^T Z: of low rank, as long as the batch is smaller
// than W's extents.  So the ranks exchange dY and Z, the "sufficient factors" of Xie et al. 2015 (arXiv 1511.08486),
// and each computes the product.  For the latent's W, half of the generator's parameters and the last whose
// gradient is final, this is less to send, less to add, and less to wait for.
// Not here: when it is worth it (`Recipe.factorsLatentWeight`).

import BLAS
import DataParallel
import Tensors
import TransGAN

/// Collects the factors of the rank's blocks, exchanges them, and computes the gradient.
///
/// Unchecked: blocks write disjoint rows, and all have before `exchange`.
final class FactoredGradient: @unchecked Sendable {
  /// The weight W (outputs, inputs), by its number in the table.
  let entry: Int
  private let outputs: Int
  private let inputs: Int
  private let cut: BlockCut
  /// dY (batch, outputs), the gradients of y.
  private let outputGradients: FlatBuffer
  /// Z (batch, inputs).
  private let inputRows: FlatBuffer
  private(set) var statistics = ReductionStatistics()

  /// Rows of the gradient that are computed at a time: the same for any number of threads, since OpenBLAS changes
  /// bits with the rows of a product.
  private static let rowsAtATime = 1024

  init(entry: Int, shape: Shape, cut: BlockCut) {
    self.entry = entry
    self.cut = cut
    (outputs, inputs) = (shape[0], shape[1])
    outputGradients = FlatBuffer(count: cut.batch * outputs)
    inputRows = FlatBuffer(count: cut.batch * inputs)
  }

  /// The floats of both factors, for `samples` of the batch.
  static func floats(shape: Shape, samples: Int) -> Int { samples * (shape[0] + shape[1]) }

  /// Takes a block's z (b, inputs).
  func add(block: Int, inputs: Tensor) { write(inputs, block, to: inputRows, width: self.inputs) }

  /// Takes a block's gradient of y (b, outputs).
  ///
  /// - Returns: the first row of W's gradient, by its first element, that is not finite because of it.
  func add(block: Int, outputGradient: Tensor) -> NonFiniteGradient? {
    write(outputGradient, block, to: outputGradients, width: outputs)
    return NonFiniteGradient.first(block: block, entry: entry, in: outputGradient).map {
      NonFiniteGradient(block: block, entry: entry, element: $0.element % outputs * inputs)
    }
  }

  private func write(_ rows: Tensor, _ block: Int, to buffer: FlatBuffer, width: Int) {
    let target = part(cut.samples(ofBlock: block), of: buffer, width: width)
    precondition(rows.count == target.count, "\(rows.shape) for block \(block) of width \(width)")
    rows.withUnsafeBuffer { _ = target.update(fromContentsOf: $0) }
  }

  private func part(
    _ samples: Range<Int>, of buffer: FlatBuffer, width: Int
  ) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(
      rebasing: buffer.elements[samples.lowerBound * width..<samples.upperBound * width])
  }

  /// Gives every rank the factors of all.
  func exchange(_ group: ProcessGroup, tree: BlockTree) throws {
    guard group.size > 1 else { return }
    let start = group.transport.now
    for (buffer, width) in [(outputGradients, outputs), (inputRows, inputs)] {
      let samples = try (0..<group.size).map {
        cut.samples(of: try tree.blocks(ofRank: $0, ranks: group.size))
      }
      let parts = samples.map {
        UnsafeMutableRawBufferPointer(part($0, of: buffer, width: width))
      }
      try group.allGather(into: parts, phase: "G factors")
      statistics.bytesSent += parts[group.rank].count * (group.size - 1)
    }
    statistics.secondsWaiting += group.transport.now - start
  }

  /// Computes dY^T Z (outputs, inputs) over the global batch, the same bits on every rank.
  func write(to gradient: UnsafeMutableBufferPointer<Float>, lanes: Lanes) throws {
    precondition(gradient.count == outputs * inputs, "\(gradient.count) floats for a weight")
    let (outputs, inputs, batch) = (outputs, inputs, cut.batch)
    let target = FloatsOfLanes(gradient)
    _ = try lanes.map(0..<(outputs + Self.rowsAtATime - 1) / Self.rowsAtATime) { piece in
      let first = piece * Self.rowsAtATime
      guard let c = target.floats.baseAddress, let a = self.outputGradients.elements.baseAddress,
        let b = self.inputRows.elements.baseAddress
      else { return }
      BLAS.gemm(
        transposeA: true, m: min(Self.rowsAtATime, outputs - first), n: inputs, k: batch,
        a: a + first, lda: outputs, b: b, ldb: inputs, c: c + first * inputs, ldc: inputs)
    }
  }
}

/// Memory of which each lane writes its own part.
private struct FloatsOfLanes: @unchecked Sendable {
  let floats: UnsafeMutableBufferPointer<Float>
  init(_ floats: UnsafeMutableBufferPointer<Float>) { self.floats = floats }
}
