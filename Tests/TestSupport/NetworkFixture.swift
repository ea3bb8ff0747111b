// A fixture that holds a network: configuration from the metadata, weights under `param/` or another prefix.

import Autodiff
import Foundation
import Tensors
import TransGAN

/// The networks that a fixture's metadata describes.
public struct NetworkFixture: Sendable {
  public let file: SafetensorsFile
  public let generator: Generator
  public let discriminator: Discriminator

  /// Opens the fixture `name`.
  public init(_ name: String) throws {
    file = try Fixture.load(name)
    let configuration = try JSONDecoder().decode(
      Sizes.self, from: Data((file.metadata["config"] ?? "").utf8))
    let (g, d) = (configuration.generator, configuration.discriminator)
    generator = Generator(
      GeneratorConfiguration(
        latent: g.latentDim, channels: g.dim, depths: g.depths, heads: g.heads,
        mlpRatio: g.mlpRatio, bottom: g.bottom))
    discriminator = Discriminator(
      DiscriminatorConfiguration(
        channels: d.dim, depth: d.depth, heads: d.heads, mlpRatio: d.mlpRatio, patch: d.patch,
        imageSide: d.image))
  }

  private struct Sizes: Decodable {
    struct GeneratorSizes: Decodable {
      let latentDim, dim, heads, mlpRatio, bottom: Int
      let depths: [Int]
      enum CodingKeys: String, CodingKey {
        case latentDim = "latent_dim"
        case dim, heads, bottom, depths
        case mlpRatio = "mlp_ratio"
      }
    }
    struct DiscriminatorSizes: Decodable {
      let dim, depth, heads, mlpRatio, patch, image: Int
      enum CodingKeys: String, CodingKey {
        case dim, depth, heads, patch, image
        case mlpRatio = "mlp_ratio"
      }
    }
    let generator: GeneratorSizes
    let discriminator: DiscriminatorSizes
  }

  /// The tensors `PREFIX/NAME` of a table's parameters.
  public func parameters(
    _ table: ParameterTable, prefix: String = "param", recorded: Bool = true
  ) throws -> ParameterValues {
    try ParameterValues(table, recorded: recorded) {
      try file.tensor(named: "\(prefix)/\($0.name)")
    }
  }

  public func tensor(_ name: String) throws -> Tensor { try file.tensor(named: name) }

  /// A number in the metadata.
  public func number(_ key: String) throws -> Double {
    guard let number = file.metadata[key].flatMap(Double.init) else {
      throw MissingMetadata(key: key)
    }
    return number
  }

  public struct MissingMetadata: Error { let key: String }

  /// The choices `PREFIX/shift`, `/cutout`, `/brightness`, ... of the recipe's augmentation.
  public func augmentation(_ prefix: String) throws -> BlockAugmentation {
    return BlockAugmentation(
      order: [.translation, .cutout, .color], cutoutSide: discriminator.configuration.imageSide / 2,
      images: try ImageAugmentation.load(file, prefix))
  }
}

extension ImageAugmentation {
  /// The choices `PREFIX/shift`, `/cutout`, `/brightness`, `/saturation`, `/contrast`, one row an image.
  public static func load(_ file: SafetensorsFile, _ prefix: String) throws -> [ImageAugmentation] {
    let brightness = try file.tensor(named: "\(prefix)/brightness").elements
    let saturation = try file.tensor(named: "\(prefix)/saturation").elements
    let contrast = try file.tensor(named: "\(prefix)/contrast").elements
    let shift = try file.int32(named: "\(prefix)/shift").map(Int.init)
    let cutout = try file.int32(named: "\(prefix)/cutout").map(Int.init)
    return brightness.indices.map { index in
      var image = ImageAugmentation()
      image.brightness = brightness[index]
      image.saturation = saturation[index]
      image.contrast = contrast[index]
      image.shift = (shift[2 * index], shift[2 * index + 1])
      image.cutout = (cutout[2 * index], cutout[2 * index + 1])
      return image
    }
  }
}
