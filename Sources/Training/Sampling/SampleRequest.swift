// What a user asks `sample` for: which pictures, and in which form.  Not here: drawing and writing them.

import Tensors

/// The pictures and the output of a `sample` command, checked against each other.
public struct SampleRequest: Sendable, Equatable {
  /// Which pictures.
  public enum Pictures: Sendable, Equatable {
    case seeds([UInt64])
    case interpolation(LatentInterpolation)

    public var count: Int {
      switch self {
      case .seeds(let seeds): seeds.count
      case .interpolation(let interpolation): interpolation.frames
      }
    }
  }

  /// What is written.
  public enum Output: Sendable, Equatable {
    /// One PNG file with all pictures.
    case grid(path: String, GridSize)
    /// A NumPy array of bytes, (count, S, S, 3).
    case array(path: String)
    /// A folder of PNG files 000000.png, 000001.png, ...
    case folder(path: String)

    public var path: String {
      switch self {
      case .grid(let path, _), .array(let path), .folder(let path): path
      }
    }
  }

  /// The most pictures of a grid.
  public static let gridLimit = 2048
  /// The most pixels of the picture that a pixel becomes, along a side.
  public static let scaleLimit = 8

  public let pictures: Pictures
  public let output: Output
  /// Each pixel becomes a square of this side; 1 for arrays.
  public let scale: Int

  /// - Parameters:
  ///   - output: ends with .png for a grid, with .npy for an array, else names a folder; nil for
  ///     `samples.png`.
  ///   - count: seeds 0 ..< count; without seeds, count and interpolation: seeds 0-35.
  ///   - grid: as many places as pictures; by default nearly square, a row for an interpolation.
  ///   - scale: by default 2 for a grid, 1 for files.
  /// - Throws: `SamplingError` (64).
  public init(
    seeds: String? = nil, count: Int? = nil, interpolate: String? = nil, grid: String? = nil,
    output: String? = nil, scale: Int? = nil
  ) throws(SamplingError) {
    pictures = try Self.pictures(seeds: seeds, count: count, interpolate: interpolate)
    let size = try grid.map { (text) throws(SamplingError) in try GridSize(text) }
    self.output = try Self.output(output ?? "samples.png", pictures, size)
    switch self.output {
    case .grid: self.scale = scale ?? 2
    case .array, .folder: self.scale = scale ?? 1
    }
    guard (1...Self.scaleLimit).contains(self.scale) else {
      throw .badNumber(option: "--scale", value: self.scale, expected: "1 to \(Self.scaleLimit)")
    }
    if case .array = self.output, self.scale != 1 {
      throw .conflict("--scale is for pictures, and a .npy array keeps the pixels as they are")
    }
  }

  private static func pictures(
    seeds: String?, count: Int?, interpolate: String?
  ) throws(SamplingError) -> Pictures {
    let given =
      [seeds.map { _ in "--seeds" }, count.map { _ in "--count" }]
      + [interpolate.map { _ in "--interpolate" }]
    let names = given.compactMap { $0 }
    guard names.count <= 1 else {
      throw .conflict("\(names.joined(separator: " and ")) each say which pictures, expected one")
    }
    if let interpolate { return .interpolation(try LatentInterpolation(interpolate)) }
    guard let count else { return .seeds(try SeedList(seeds ?? "0-35").seeds) }
    guard (1...SeedList.limit).contains(count) else {
      throw .badNumber(option: "--count", value: count, expected: "1 to \(SeedList.limit)")
    }
    return .seeds((0..<count).map(UInt64.init))
  }

  private static func output(
    _ path: String, _ pictures: Pictures, _ size: GridSize?
  ) throws(SamplingError) -> Output {
    guard !path.isEmpty else { throw .conflict("the output is empty, expected a file or a folder") }
    guard path.hasSuffix(".png") else {
      guard size == nil else {
        throw .conflict("--grid is for a .png file, and a folder or .npy array has no grid")
      }
      return path.hasSuffix(".npy") ? .array(path: path) : .folder(path: path)
    }
    let count = pictures.count
    guard count <= gridLimit else {
      throw .conflict(
        "\(count) pictures are too many for one grid of at most \(gridLimit): name a folder or a .npy "
          + "file with --out")
    }
    var grid = size ?? GridSize(for: count)
    if size == nil, case .interpolation = pictures { grid = GridSize(rows: 1, columns: count) }
    if let size, size.rows * size.columns != count {
      throw .gridMismatch(rows: size.rows, columns: size.columns, pictures: count)
    }
    return .grid(path: path, grid)
  }
}
