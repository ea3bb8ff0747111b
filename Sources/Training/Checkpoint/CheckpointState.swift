// What a checkpoint says about itself besides its tensors, as the strings of a safetensors metadata.

import Checksums

/// Where a run stands, and under which conditions it got there.
public struct CheckpointState: Sendable, Equatable {
  /// Discriminator updates so far.
  public var step: Int
  /// Real images seen so far; names the file.
  public var images: Int
  public var seed: UInt64
  /// Micro-blocks of the global batch, which fix the order of every sum.
  public var blocks: Int
  /// The resolved configuration as YAML.
  public var configuration: String
  /// SHA-256 of the data set, in hexadecimal.
  public var datasetDigest: String
  /// Whatever else the trainer needs, by keys of its own.
  public var additional: [String: String]

  public init(
    step: Int, images: Int, seed: UInt64, blocks: Int, configuration: String,
    datasetDigest: String, additional: [String: String] = [:]
  ) {
    self.step = step
    self.images = images
    self.seed = seed
    self.blocks = blocks
    self.configuration = configuration
    self.datasetDigest = datasetDigest
    self.additional = additional
  }

  private static let additionalPrefix = "additional/"

  var metadata: [String: String] {
    var result = [
      "step": "\(step)", "images": "\(images)", "kimg": CheckpointName.kimg(images: images),
      "seed": "\(seed)", "blocks": "\(blocks)", "configuration": configuration,
      "dataset_sha256": datasetDigest,
    ]
    for (key, value) in additional { result[Self.additionalPrefix + key] = value }
    return result
  }

  init(metadata: [String: String]) throws(CheckpointDamage) {
    func text(_ key: String) throws(CheckpointDamage) -> String {
      guard let value = metadata[key] else { throw .missingMetadata(key: key) }
      return value
    }
    func number<Value: FixedWidthInteger>(_ key: String) throws(CheckpointDamage) -> Value {
      let text = try text(key)
      guard let value = Value(text), value >= 0 else {
        throw .badMetadata(key: key, value: text)
      }
      return value
    }
    step = try number("step")
    images = try number("images")
    seed = try number("seed")
    blocks = try number("blocks")
    configuration = try text("configuration")
    datasetDigest = try text("dataset_sha256")
    additional = [:]
    for (key, value) in metadata where key.hasPrefix(Self.additionalPrefix) {
      additional[String(key.dropFirst(Self.additionalPrefix.count))] = value
    }
  }
}
