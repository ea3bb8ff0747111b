// Pictures of fixed latents: one picture a seed, whoever draws it.
//
// Each is computed as a batch of one, so that its bits depend on the weights and its seed alone.

import Autodiff
import DataParallel
import Tensors
import TransGAN

/// Draws samples from a generator's weights.
public struct SampleRenderer: Sendable {
  public let generator: Generator
  /// The attention windows in force when the weights were trained.
  public let locality: LocalityWindows

  public init(generator: Generator, locality: LocalityWindows) {
    self.generator = generator
    self.locality = locality
  }

  /// z of a picture's seed, (1, T), standard normal.
  public func latent(seed: UInt64) -> Tensor {
    let random = RandomSource(seed: seed)
    return Tensor([1, generator.configuration.latent]) { random.fillNormal($0, .sampleLatent) }
  }

  /// The picture of a latent: (1, T) -> (1, 3, S, S).
  public func picture(_ latent: Tensor, weights: FlatBuffer) -> Tensor {
    let parameters = ParameterValues(weights, generator.table, recorded: false)
    return generator(Variable(latent), parameters, locality: locality).value
  }

  /// The pictures of latents, (count, 3, S, S), shared over the ranks; on rank 0 all of them, elsewhere nil.
  func pictures(_ latents: [Tensor], weights: FlatBuffer, group: ProcessGroup) throws -> Tensor? {
    var own: [UInt8] = []
    for index in stride(from: group.rank, to: latents.count, by: group.size) {
      picture(latents[index], weights: weights).withUnsafeBuffer {
        own += UnsafeRawBufferPointer($0)
      }
    }
    let all = try group.allGather(own, phase: "samples")
    guard group.isRoot else { return nil }
    let side = generator.configuration.imageSide
    let count = 3 * side * side
    return Tensor([latents.count, 3, side, side]) { target in
      for index in latents.indices {
        let bytes = all[index % group.size]
        let start = index / group.size * count * MemoryLayout<Float>.stride
        bytes[start..<start + count * MemoryLayout<Float>.stride].withUnsafeBytes { source in
          UnsafeMutableRawBufferPointer(
            rebasing: UnsafeMutableRawBufferPointer(target)[
              index * source.count..<(index + 1) * source.count]
          ).copyMemory(from: source)
        }
      }
    }
  }
}
