// Small data sets for the tests, made on the spot: records by a formula, folders, tar and gzip files.

import CZlib
import Datasets
import Foundation

/// Records whose every byte is a known function of the record's index.
enum TestRecords {
  static func label(_ index: Int) -> UInt8 { UInt8(index * 7 % 10) }

  static func pixel(_ index: Int, _ offset: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: index &* 131 &+ offset &* 17 &+ (offset >> 5) &* 29)
  }

  static func record(_ index: Int) -> [UInt8] {
    [label(index)] + (0..<3072).map { pixel(index, $0) }
  }

  /// The records of file 0...4 when each holds `perFile`.
  static func file(_ file: Int, perFile: Int) -> [UInt8] {
    (file * perFile..<(file + 1) * perFile).flatMap(record)
  }

  static let fileNames = (1...5).map { "data_batch_\($0).bin" }
}

/// A folder that is deleted with the last reference.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "datasets-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    let url = URL(fileURLWithPath: path + "/" + name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: path + "/" + name)
  }

  /// Five sound files.
  static func sound(perFile: Int = 3, prefix: String = "") throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (file, name) in TestRecords.fileNames.enumerated() {
      try folder.write(prefix + name, TestRecords.file(file, perFile: perFile))
    }
    return folder
  }
}

/// Five sound files in memory, one of which a test may damage.
func memoryFiles(perFile: Int = 2, damage: (Int, [UInt8])? = nil) -> [any ByteSource] {
  TestRecords.fileNames.enumerated().map { file, name in
    let bytes = damage?.0 == file ? damage?.1 : nil
    return MemoryByteSource(
      path: "set/" + name, bytes ?? TestRecords.file(file, perFile: perFile))
  }
}

/// Writes tar archives field by field, so that each field can be wrong.
struct TestTar {
  var bytes: [UInt8] = []

  struct Options {
    var kind = UInt8(ascii: "0")
    var magic = Array("ustar\u{0}00".utf8)
    var size: [UInt8]?
    var prefix = ""
    var checksumOffset = 0
  }

  static func header(_ name: String, size: Int, _ options: Options = Options()) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: 512)
    func put(_ text: [UInt8], at offset: Int) {
      block.replaceSubrange(offset..<offset + text.count, with: text)
    }
    func octal(_ value: Int, _ digits: Int) -> [UInt8] {
      Array(String(format: "%0\(digits)lo", value).utf8)
    }
    put(Array(name.utf8), at: 0)
    put(octal(0o644, 7), at: 100)
    put(octal(0, 7), at: 108)
    put(octal(0, 7), at: 116)
    put(options.size ?? octal(size, 11), at: 124)
    put(octal(0, 11), at: 136)
    put([UInt8](repeating: 0x20, count: 8), at: 148)
    block[156] = options.kind
    put(options.magic, at: 257)
    put(Array(options.prefix.utf8), at: 345)
    let sum = block.reduce(0) { $0 + Int($1) } + options.checksumOffset
    put(octal(sum, 6) + [0, 0x20], at: 148)
    return block
  }

  mutating func add(_ name: String, _ content: [UInt8], _ options: Options = Options()) {
    bytes += Self.header(name, size: content.count, options) + content
    bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
  }

  mutating func end(blocks: Int = 2) { bytes += [UInt8](repeating: 0, count: 512 * blocks) }

  /// The five files in an unusual order, with a folder entry and other files between them.
  static func sound(perFile: Int = 1, folder: String = "cifar-10-batches-bin/") -> TestTar {
    var tar = TestTar()
    if !folder.isEmpty {
      tar.add(folder, [], Options(kind: UInt8(ascii: "5")))
    }
    for file in [0, 2, 3, 4, 1] {
      tar.add(folder + TestRecords.fileNames[file], TestRecords.file(file, perFile: perFile))
      if file == 3 { tar.add(folder + "readme.html", Array("<p>read me</p>".utf8)) }
    }
    tar.end()
    return tar
  }

  func source(_ path: String = "set.tar.gz", level: Int32 = 6) -> MemoryByteSource {
    MemoryByteSource(path: path, gzip(bytes, level: level))
  }
}

/// One gzip member.
func gzip(_ bytes: [UInt8], level: Int32 = 6) -> [UInt8] {
  var stream = z_stream()
  deflateInit2_(
    &stream, level, Z_DEFLATED, 16 + 15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
    Int32(MemoryLayout<z_stream>.size))
  defer { deflateEnd(&stream) }
  let bound = Int(deflateBound(&stream, UInt(bytes.count)))
  var input = bytes
  return [UInt8](unsafeUninitializedCapacity: bound) { output, count in
    input.withUnsafeMutableBufferPointer { input in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(input.count)
      stream.next_out = output.baseAddress
      stream.avail_out = UInt32(bound)
      let status = deflate(&stream, Z_FINISH)
      precondition(status == Z_STREAM_END, "deflate: \(status)")
      count = bound - Int(stream.avail_out)
    }
  }
}

extension ImageDataset {
  /// The records with the given indices, each as an array.
  func records(_ indices: [Int]) throws -> [[UInt8]] {
    var bytes = [UInt8](repeating: 0xAA, count: indices.count * 3073)
    try bytes.withUnsafeMutableBytes { try loadRecords(indices, into: $0) }
    return indices.indices.map { Array(bytes[$0 * 3073..<($0 + 1) * 3073]) }
  }
}

/// A data set in memory whose records follow `TestRecords`.
struct FormulaDataset: ImageDataset {
  let name = "formula"
  let source = "memory"
  let count: Int
  let classNames = (0..<10).map { "class \($0)" }
  let digest = ""

  func loadRecords(_ indices: [Int], into target: UnsafeMutableRawBufferPointer) {
    for (slot, index) in indices.enumerated() {
      for (offset, byte) in TestRecords.record(index).enumerated() {
        target[slot * 3073 + offset] = byte
      }
    }
  }

  func forEachRecord(_ body: (Int, UnsafeRawBufferPointer) throws -> Void) throws {
    for index in 0..<count {
      try TestRecords.record(index).withUnsafeBytes { try body(index, $0) }
    }
  }
}

extension EpochOrder {
  /// The record at a place of an epoch.
  func recordIndex(epoch: Int, position: Int) -> Int {
    Int(permutation(epoch: epoch)[position])
  }
}
