// A generator from a checkpoint, on every rank.  Not here: which pictures, and their files.

import DataParallel
import Diagnostics
import Evaluation
import Foundation
import Tensors
import TransGAN

/// The generator of a checkpoint, ready to draw.
public struct SampleSource: Sendable {
  /// Which weights of a checkpoint.
  public enum Network: String, Sendable, CaseIterable {
    /// The moving average of the generator.
    case ema
    /// The generator as it was trained last.
    case g

    var section: CheckpointSection { self == .ema ? .average : .generator }
  }

  /// The checkpoint that was read.
  public let path: String
  /// Thousands of real images seen in the training.
  public let kimg: Double
  private let renderer: SampleRenderer
  private let weights: FlatBuffer

  /// Reads a checkpoint on rank 0, and passes the generator on to the others.
  ///
  /// - Parameters:
  ///   - path: a checkpoint, or a run directory for its newest good one.
  ///   - warn: takes sentences on checkpoints that were passed over, on rank 0.
  /// - Throws: `SamplingError`, `CheckpointError`, `SafetensorsError`: missing (66) or damaged (65).
  public init(
    path: String, network: Network, group: ProcessGroup, warn: @escaping @Sendable (String) -> Void
  ) throws {
    var checkpoint: Checkpoint?
    let head = try group.decideAtRoot {
      let found = try Self.checkpoint(path, warn: warn)
      checkpoint = found
      _ = try Self.recipe(found.path, found.state.configuration)
      let text = [found.path, "\(found.state.step)", found.state.configuration]
      return Array(text.joined(separator: "\0").utf8)
    }
    let parts = String(decoding: head, as: UTF8.self)
      .split(separator: "\0", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    self.path = parts[0]
    let step = Int(parts[1]) ?? 0
    let recipe = try Self.recipe(self.path, parts[2])
    kimg = recipe.kimg(beforeStep: step)
    renderer = SampleRenderer(
      generator: recipe.generator, locality: recipe.localityWindows(step: step))
    weights = FlatBuffer(count: recipe.generator.table.count)
    let bytes = try group.decideAtRoot {
      guard let checkpoint else { return [] }
      return try Self.weightBytes(checkpoint, network, recipe.generator.table)
    }
    UnsafeMutableRawBufferPointer(weights.elements).copyBytes(from: bytes)
  }

  /// The checkpoint that a path means.
  private static func checkpoint(
    _ path: String, warn: @escaping @Sendable (String) -> Void
  ) throws -> Checkpoint {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw SamplingError.missing(path: path)
    }
    if isFolder.boolValue {
      let store = CheckpointStore(directory: RunDirectory(path).checkpoints, warn: warn)
      guard let checkpoint = try store.latest() else {
        throw SamplingError.noCheckpoint(path: path)
      }
      return checkpoint
    }
    do {
      return try Checkpoint(path: path)
    } catch CheckpointError.damaged(let path, .notCheckpoint) {
      throw SamplingError.notACheckpoint(path: path)
    }
  }

  private static func recipe(_ path: String, _ configuration: String) throws -> Recipe {
    do {
      return Recipe(try Configuration(yaml: configuration, source: "its metadata"))
    } catch {
      throw SamplingError.otherConfiguration(path: path, reason: "\(error)")
    }
  }

  private static func weightBytes(
    _ checkpoint: Checkpoint, _ network: Network, _ table: ParameterTable
  ) throws -> [UInt8] {
    let prefix = network.section.rawValue + "/"
    guard checkpoint.names.contains(where: { $0.hasPrefix(prefix) }) else {
      throw SamplingError.noWeights(path: checkpoint.path, network: network.rawValue)
    }
    return try checkpoint.flat(network.section, table: table.namesAndShapes)
      .withUnsafeBuffer { Array(UnsafeRawBufferPointer($0)) }
  }

  /// Height and width of the pictures.
  public var side: Int { renderer.generator.configuration.imageSide }

  /// The latent of a picture, (1, T): z of its seed, or a frame on the way between two.
  public func latent(_ index: Int, of pictures: SampleRequest.Pictures) -> Tensor {
    switch pictures {
    case .seeds(let seeds): renderer.latent(seed: seeds[index])
    case .interpolation(let way):
      way.latent(
        frame: index, from: renderer.latent(seed: way.first), to: renderer.latent(seed: way.last))
    }
  }

  /// Pictures `range`, each drawn by one rank, on every rank.
  ///
  /// - Throws: `EvaluationError.notFinite` (79).
  public func images(
    _ range: Range<Int>, of pictures: SampleRequest.Pictures, group: ProcessGroup, threads: Int
  ) throws -> ImageBytes {
    try ImageBytes.gather(count: range.count, side: side, group: group, threads: threads) { index in
      renderer.picture(latent(range.lowerBound + index, of: pictures), weights: weights)
    }
  }
}
