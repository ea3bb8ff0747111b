// Samples as files: a grid, a folder of pictures, an array.  Only rank 0 writes.

import Datasets
import Evaluation
import Foundation
import Reporting

/// Writes the pictures of a request as they come.
public struct SampleWriter {
  private let request: SampleRequest
  private var gridPixels: [Float] = []
  private var array: NumPyFile?
  private var written = 0

  /// Makes sure that nothing is overwritten, and makes what the pictures go into.
  ///
  /// - Parameters:
  ///   - side: height and width of the pictures.
  ///   - force: whether what exists is replaced: a file, or the numbered pictures of a folder.
  /// - Throws: `SamplingError` (73).
  public init(_ request: SampleRequest, side: Int, force: Bool) throws {
    self.request = request
    let path = request.output.path
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    switch request.output {
    case .grid, .array:
      guard !exists || (force && !isFolder.boolValue) else {
        throw SamplingError.exists(path: path)
      }
      try Self.requireFolder(of: path)
      if case .array = request.output {
        array = try NumPyFile(path: path, shape: [request.pictures.count, side, side, 3])
      }
    case .folder:
      guard !exists || isFolder.boolValue else { throw SamplingError.exists(path: path) }
      try Self.prepareFolder(path, force: force)
    }
  }

  /// Refuses a file whose folder does not exist before anything is drawn.
  private static func requireFolder(of path: String) throws {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    guard FileManager.default.fileExists(atPath: folder) else {
      throw SamplingError.cannotCreate(path: path, reason: "its folder does not exist")
    }
  }

  /// Makes a folder, or takes one that is empty; with `force`, removes its numbered pictures.
  private static func prepareFolder(_ path: String, force: Bool) throws {
    let files = FileManager.default
    do {
      try files.createDirectory(atPath: path, withIntermediateDirectories: true)
      let names = try files.contentsOfDirectory(atPath: path)
      guard names.isEmpty || force else { throw SamplingError.exists(path: path) }
      for name in names where isPicture(name) { try files.removeItem(atPath: path + "/" + name) }
    } catch let error as SamplingError {
      throw error
    } catch {
      throw SamplingError.cannotCreate(path: path, reason: error.localizedDescription)
    }
  }

  /// The name of a picture of a folder: six digits or more.
  static func fileName(_ index: Int) -> String {
    let digits = String(index)
    return String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".png"
  }

  static func isPicture(_ name: String) -> Bool {
    guard name.hasSuffix(".png"), let index = Int(name.dropLast(4)) else { return false }
    return index >= 0 && fileName(index) == name
  }

  /// Takes the next pictures.
  public mutating func append(_ images: ImageBytes) throws {
    switch request.output {
    case .grid: gridPixels += images.pixels.map(PixelScale.value)
    case .array: try array?.append(Self.interleaved(images))
    case .folder(let path):
      let area = images.side * images.side
      let pixels = Self.interleaved(images)
      for index in 0..<images.count {
        let picture = try PNGImage(
          width: images.side, height: images.side,
          pixels: Array(pixels[3 * area * index..<3 * area * (index + 1)])
        ).enlarged(request.scale)
        try picture.write(to: path + "/" + Self.fileName(written + index))
      }
    }
    written += images.count
  }

  /// Writes what is written at once.
  public mutating func finish(side: Int) throws {
    switch request.output {
    case .folder: break
    case .array: try array?.commit()
    case .grid(let path, let size):
      let grid = ImageGrid(columns: size.columns, scale: request.scale)
      try grid.picture(of: gridPixels, count: written, height: side, width: side).write(to: path)
    }
  }

  /// (count, 3, S, S) -> (count, S, S, 3)
  static func interleaved(_ images: ImageBytes) -> [UInt8] {
    let area = images.side * images.side
    var result = [UInt8](repeating: 0, count: images.pixels.count)
    for image in 0..<images.count {
      for channel in 0..<3 {
        for pixel in 0..<area {
          result[(image * area + pixel) * 3 + channel] =
            images.pixels[(3 * image + channel) * area + pixel]
        }
      }
    }
    return result
  }
}
