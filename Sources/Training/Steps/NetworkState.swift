// What a rank knows of one network: weights and Adam's moments, in flat buffers of one order.

import Tensors
import TransGAN

/// The replica of a network, the same bits on every rank.
///
/// Written only between phases, by the thread that runs the loop; see `FlatBuffer`.
public final class NetworkState: Sendable {
  public let table: ParameterTable
  public let weights: FlatBuffer
  /// Adam's m and v.
  public let firstMoment: FlatBuffer
  public let secondMoment: FlatBuffer

  public init(table: ParameterTable, weights: FlatBuffer) {
    precondition(table.count == weights.count, "weights of another network")
    self.table = table
    self.weights = weights
    firstMoment = FlatBuffer(count: weights.count)
    secondMoment = FlatBuffer(count: weights.count)
  }

  func restart(_ initial: FlatBuffer) {
    weights.copy(from: initial)
    firstMoment.elements.update(repeating: 0)
    secondMoment.elements.update(repeating: 0)
  }

  /// An average that follows the weights, and its decay in this update.
  typealias Average = (weights: FlatBuffer, decay: Double)

  /// Floats of each buffer that are updated at a time; five such pieces stay in the second-level cache.
  private static let piece = 16_384

  /// Clips the summed gradient, whose norm is `norm`, to `clipNorm`, takes update number `update`, and
  /// moves the average.
  ///
  /// Piece by piece, so that the average reads weights that are still in the cache: the ranks of a node
  /// update at the same time and share the memory, which is what this waits for.
  func step(
    _ adam: Adam, gradient: UnsafeMutableBufferPointer<Float>, norm: Double, clipNorm: Double,
    update: Int, average: Average? = nil
  ) {
    let scale = GradientNorm.clippingFactor(norm: norm, limit: clipNorm)
    for start in stride(from: 0, to: weights.count, by: Self.piece) {
      let range = start..<min(start + Self.piece, weights.count)
      let weights = Self.part(weights.elements, range)
      adam.update(
        weights, gradient: UnsafeBufferPointer(Self.part(gradient, range)), scale: scale,
        first: Self.part(firstMoment.elements, range),
        second: Self.part(secondMoment.elements, range), update: update)
      if let average {
        MovingAverage.update(
          Self.part(average.weights.elements, range), towards: UnsafeBufferPointer(weights),
          decay: average.decay)
      }
    }
  }

  private static func part(
    _ floats: UnsafeMutableBufferPointer<Float>, _ range: Range<Int>
  ) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(rebasing: floats[range])
  }
}

/// Everything that training changes; with the step it decides all that follows.
public final class TrainingState {
  public let generator: NetworkState
  public let discriminator: NetworkState
  /// The moving average of the generator's weights.
  public let average: FlatBuffer
  /// The gradients that a generator step left in the discriminator: `fidelity: published` only.
  public let leftover: FlatBuffer?
  /// Discriminator steps done.
  public internal(set) var step = 0
  /// How often the run went back because a value was not finite: with the step it decides which data
  /// follow (`DrawnInputs`).
  public internal(set) var rollbacks = 0

  /// The initial state of a seed.
  public init(
    generator: Generator, discriminator: Discriminator, seed: UInt64, keepsLeftover: Bool
  ) {
    self.generator = NetworkState(
      table: generator.table, weights: generator.initialParameters(seed: seed))
    self.discriminator = NetworkState(
      table: discriminator.table, weights: discriminator.initialParameters(seed: seed))
    average = FlatBuffer(count: generator.table.count)
    average.copy(from: self.generator.weights)
    leftover = keepsLeftover ? FlatBuffer(count: discriminator.table.count) : nil
  }

  /// Goes back to the initial state of a recipe's seed; `rollbacks` stays.
  func restart(_ recipe: Recipe) {
    let seed = recipe.configuration.seed
    generator.restart(recipe.generator.initialParameters(seed: seed))
    discriminator.restart(recipe.discriminator.initialParameters(seed: seed))
    average.copy(from: generator.weights)
    leftover?.elements.update(repeating: 0)
    step = 0
  }
}
