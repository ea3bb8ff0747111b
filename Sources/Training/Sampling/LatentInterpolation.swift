// The way from one latent to another.

import Foundation
import Tensors

/// Spherical interpolation between the latents of two seeds.
///
/// z(t) = sin((1 - t) a) / sin(a) z_0 + sin(t a) / sin(a) z_1, where a is the angle between z_0 and z_1
/// (Shoemake 1985; for latents White 2016, arXiv 1609.04468); z(t) = (1 - t) z_0 + t z_1 where sin(a)
/// is below 1e-6.  In between, latents keep the length that normal latents have; on the straight line
/// they would be shorter than any that the generator was trained on.
public struct LatentInterpolation: Sendable, Equatable {
  public let first: UInt64
  public let last: UInt64
  /// Pictures, both ends included; frame i is at t = i / (frames - 1).
  public let frames: Int

  /// A text such as `3:7:8`.
  ///
  /// - Throws: `SamplingError.badInterpolation` (64).
  public init(_ text: String) throws(SamplingError) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, let first = UInt64(parts[0]), let last = UInt64(parts[1]),
      let frames = Int(parts[2]), (2...SeedList.limit).contains(frames)
    else { throw .badInterpolation(text) }
    self.first = first
    self.last = last
    self.frames = frames
  }

  /// The latent of a frame between two latents of one shape; computed in float64.
  public func latent(frame: Int, from start: Tensor, to end: Tensor) -> Tensor {
    Self.latent(at: Double(frame) / Double(frames - 1), from: start, to: end)
  }

  static func latent(at t: Double, from start: Tensor, to end: Tensor) -> Tensor {
    let a = start.elements.map(Double.init)
    let b = end.elements.map(Double.init)
    let product = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    let lengths = [a, b].map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    let cosine = lengths[0] * lengths[1] > 0 ? product / (lengths[0] * lengths[1]) : 1
    let angle = acos(min(max(cosine, -1), 1))
    let isStraight = sin(angle) < 1e-6
    let startWeight = isStraight ? 1 - t : sin((1 - t) * angle) / sin(angle)
    let endWeight = isStraight ? t : sin(t * angle) / sin(angle)
    return Tensor(start.shape, zip(a, b).map { Float(startWeight * $0 + endWeight * $1) })
  }
}
