// The built-in data set: ten classes of drawn 32 x 32 pictures, for a first run without any file and for
// tests.  Not here: how a picture is drawn; see `ShapeScene` and `ShapeFigure`.

import Checksums
import Tensors

extension RandomStream {
  /// The scene of a synthetic picture: sample = record index.
  static let shapeScene = RandomStream(rawValue: 3)
}

/// Drawn pictures of ten classes; record i is a function of the seed and i, of class i % 10.
///
/// Only additions, multiplications, divisions and square roots of float32 are used, so that a picture has
/// the same bytes on every machine.
public struct SyntheticShapes: ImageDataset {
  public let name = "synthetic shapes"
  public let count: Int
  public let seed: UInt64

  /// Raised whenever the same seed and index give other bytes than before.
  static let version = 1

  /// - Parameter count: 1..<2^31.
  public init(seed: UInt64, count: Int = 50_000) {
    precondition(count > 0 && count <= Int(Int32.max), "no set of \(count) pictures")
    self.seed = seed
    self.count = count
  }

  public var source: String { "drawn, version \(Self.version), seed \(seed), \(count) pictures" }

  public var classNames: [String] { ShapeFigure.Kind.allCases.map(\.rawValue) }

  /// SHA-256 of `source`, which defines every byte.
  public var digest: String { SHA256.hash("transgan-dist \(name), \(source)").hex }

  public func loadRecords(
    _ indices: [Int], into target: UnsafeMutableRawBufferPointer
  ) throws {
    precondition(
      target.count == indices.count * ImageRecord.byteCount,
      "\(target.count) bytes for \(indices.count) records")
    for (slot, index) in indices.enumerated() {
      draw(
        index,
        into: UnsafeMutableRawBufferPointer(
          rebasing: target[slot * ImageRecord.byteCount..<(slot + 1) * ImageRecord.byteCount]))
    }
  }

  public func forEachRecord(_ body: (Int, UnsafeRawBufferPointer) throws -> Void) throws {
    let record = UnsafeMutableRawBufferPointer.allocate(
      byteCount: ImageRecord.byteCount, alignment: 64)
    defer { record.deallocate() }
    for index in 0..<count {
      draw(index, into: record)
      try body(index, UnsafeRawBufferPointer(record))
    }
  }

  private func draw(_ index: Int, into record: UnsafeMutableRawBufferPointer) {
    precondition(0 <= index && index < count, "no picture \(index) of \(count)")
    let label = index % ShapeFigure.Kind.allCases.count
    record[0] = UInt8(label)
    ShapeScene(
      kind: ShapeFigure.Kind.allCases[label], index: index, random: RandomSource(seed: seed)
    )
    .draw(into: UnsafeMutableRawBufferPointer(rebasing: record[1...]))
  }
}
