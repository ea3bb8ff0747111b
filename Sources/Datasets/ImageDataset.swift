// What training needs to know of a set of labelled 32 x 32 pictures, and how one record is laid out.
// Not here: the order in which records are drawn (`EpochOrder`) and their conversion to floats
// (`ShardLoader`).

import Checksums

/// A fixed, numbered set of labelled pictures.
///
/// A record is `ImageRecord.byteCount` bytes: a label, then 1024 red, 1024 green, 1024 blue values, row
/// by row (CIFAR-10's binary layout).
public protocol ImageDataset: Sendable {
  /// What the set is called in logs: `CIFAR-10 files`, `synthetic shapes`.
  var name: String { get }

  /// Where the records come from: a path, or the definition of a drawn set.
  var source: String { get }

  /// The number of records.
  var count: Int { get }

  /// The names of the classes; a label is an index into them.
  var classNames: [String] { get }

  /// 64 hexadecimal digits that differ when any training byte differs.
  var digest: String { get }

  /// The digests of the files that the records come from, so that ranks which differ can name the file;
  /// empty for a drawn set.
  var fileDigests: [FileDigest] { get }

  /// Writes the records with the given indices into `target`, one after another in the order of
  /// `indices`, reading every underlying file at most once.
  ///
  /// - Parameters:
  ///   - indices: each in 0..<count, in any order.
  ///   - target: `indices.count * ImageRecord.byteCount` bytes.
  /// - Throws: `DatasetError` if a file cannot be read or is no longer what was checked at the start.
  func loadRecords(_ indices: [Int], into target: UnsafeMutableRawBufferPointer) throws

  /// Calls `body` once with every record's index and bytes, in the order in which they lie; needs no more
  /// memory than a few hundred records.
  func forEachRecord(_ body: (Int, UnsafeRawBufferPointer) throws -> Void) throws
}

extension ImageDataset {
  public var fileDigests: [FileDigest] { [] }
}

/// The SHA-256 of one file of a data set.
public struct FileDigest: Hashable, Sendable {
  /// The file's name, without a folder.
  public let name: String
  public let digest: SHA256Digest
}

/// The layout of one record.
public enum ImageRecord {
  public static let channels = 3
  /// Height and width in pixels.
  public static let side = 32
  /// The bytes of a picture.
  public static let pixelBytes = channels * side * side
  /// The bytes of a record: a label and a picture.
  public static let byteCount = 1 + pixelBytes
  /// Labels are 0..<classCount.
  public static let classCount = 10
}
