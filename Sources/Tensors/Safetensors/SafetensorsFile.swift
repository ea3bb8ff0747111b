// Reading a safetensors file: the header when it is opened, each tensor when it is asked for.
// The format: a 64-bit little-endian length, a JSON header of that length, the data
// (https://huggingface.co/docs/safetensors).

import Diagnostics

/// An open safetensors file.
///
/// Memory is bounded by the file: the header's length is checked against the file's before it is
/// read, and a tensor's bytes lie inside the file before they are allocated.
public struct SafetensorsFile: Sendable {
  private let source: any RandomAccessSource
  private let header: SafetensorsHeader
  private let index: [String: Int]
  private let dataOffset: Int

  /// Opens a file and checks its header.
  ///
  /// - Throws: `SafetensorsError`.
  public init(path: String) throws {
    do {
      try self.init(source: FileSource(path: path))
    } catch let reason as SafetensorsError.Reason {
      throw SafetensorsError(file: path, reason: reason)
    }
  }

  /// Reads a file that is in memory.
  public init(bytes: [UInt8], name: String = "memory") throws {
    try self.init(source: MemorySource(bytes, name: name))
  }

  /// Reads a file of another kind.
  public init(source: any RandomAccessSource) throws {
    do {
      (header, dataOffset) = try Self.readHeader(source)
    } catch {
      throw SafetensorsError(file: source.name, reason: error)
    }
    self.source = source
    index = Dictionary(
      uniqueKeysWithValues: zip(header.entries.map(\.name), header.entries.indices))
  }

  /// The bytes before the data, as they are in the file: the length and the JSON text.
  public func headerBytes() throws -> [UInt8] {
    do {
      return try Self.array(of: UInt8.self, count: dataOffset, from: source, at: 0)
    } catch {
      throw self.error(error)
    }
  }

  private static func readHeader(
    _ source: any RandomAccessSource
  ) throws(SafetensorsError.Reason) -> (SafetensorsHeader, dataOffset: Int) {
    guard source.byteCount >= 8 else { throw .tooShort(bytes: source.byteCount) }
    var word: UInt64 = 0
    try fill(&word, from: source, at: 0)
    let length = UInt64(littleEndian: word)
    guard length > 0 else { throw .headerEmpty }
    guard length <= UInt64(SafetensorsLimits.headerBytes) else {
      throw .headerTooLong(length: length)
    }
    guard length <= UInt64(source.byteCount - 8) else {
      throw .headerBeyondFile(length: length, fileBytes: source.byteCount)
    }
    let json = try array(of: UInt8.self, count: Int(length), from: source, at: 8)
    let dataOffset = 8 + Int(length)
    return (
      try SafetensorsHeader(json: json, dataBytes: source.byteCount - dataOffset), dataOffset
    )
  }

  /// The names of the tensors, in the order of their data.
  public var names: [String] { header.entries.map(\.name) }

  /// The tensors' descriptions, in the order of their data.
  public var entries: [SafetensorsEntry] { header.entries }

  /// The strings of `__metadata__`.
  public var metadata: [String: String] { header.metadata }

  /// The path, or the source's other name.
  public var name: String { source.name }

  /// The bytes of the whole file.
  public var byteCount: Int { source.byteCount }

  /// The description of a tensor.
  public func entry(named name: String) throws -> SafetensorsEntry {
    guard let position = index[name] else { throw error(.noSuchTensor(name)) }
    return header.entries[position]
  }

  public func contains(_ name: String) -> Bool { index[name] != nil }

  /// The float32 tensor of a name.
  public func tensor(named name: String) throws -> Tensor {
    let entry = try entry(named: name, of: .f32)
    var failure: SafetensorsError.Reason?
    let tensor = Tensor(entry.shape) { target in
      do throws(SafetensorsError.Reason) {
        try source.read(
          into: UnsafeMutableRawBufferPointer(target), at: dataOffset + entry.bytes.lowerBound)
      } catch {
        failure = error
      }
    }
    if let failure { throw error(failure) }
    return tensor
  }

  /// The elements of an I32 tensor, in row-major order.
  public func int32(named name: String) throws -> [Int32] { try elements(name, .i32) }

  /// The elements of an I64 tensor, in row-major order.
  public func int64(named name: String) throws -> [Int64] { try elements(name, .i64) }

  /// The elements of a U8 tensor, in row-major order.
  public func uint8(named name: String) throws -> [UInt8] { try elements(name, .u8) }

  /// The elements of an F64 tensor, in row-major order.
  public func float64(named name: String) throws -> [Double] { try elements(name, .f64) }

  /// Calls `body` with the bytes of a tensor of any type, a piece of at most `pieceBytes` at a time.
  public func withBytes(
    ofTensor name: String, pieceBytes: Int = 1 << 20,
    _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let range = try entry(named: name).bytes
    let piece = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(1, min(pieceBytes, range.count)), alignment: 64)
    defer { piece.deallocate() }
    var begin = range.lowerBound
    while begin < range.upperBound {
      let part = UnsafeMutableRawBufferPointer(
        rebasing: piece[..<min(piece.count, range.upperBound - begin)])
      do throws(SafetensorsError.Reason) {
        try source.read(into: part, at: dataOffset + begin)
      } catch {
        throw self.error(error)
      }
      try body(UnsafeRawBufferPointer(part))
      begin += part.count
    }
  }

  private func elements<Element: BitwiseCopyable>(
    _ name: String, _ type: SafetensorsType
  ) throws -> [Element] {
    let entry = try entry(named: name, of: type)
    do {
      return try Self.array(
        of: Element.self, count: entry.shape.count, from: source,
        at: dataOffset + entry.bytes.lowerBound)
    } catch {
      throw self.error(error)
    }
  }

  private func entry(named name: String, of type: SafetensorsType) throws -> SafetensorsEntry {
    let entry = try entry(named: name)
    guard entry.type == type else {
      throw error(
        .wrongType(tensor: name, found: entry.type.rawValue, expected: type.rawValue))
    }
    return entry
  }

  private func error(_ reason: SafetensorsError.Reason) -> SafetensorsError {
    SafetensorsError(file: source.name, reason: reason)
  }

  private static func fill<Value: BitwiseCopyable>(
    _ value: inout Value, from source: any RandomAccessSource, at offset: Int
  ) throws(SafetensorsError.Reason) {
    try withUnsafeMutableBytes(of: &value) { bytes throws(SafetensorsError.Reason) in
      try source.read(into: bytes, at: offset)
    }
  }

  /// `count` elements; files and processor are both little-endian.
  private static func array<Element: BitwiseCopyable>(
    of type: Element.Type, count: Int, from source: any RandomAccessSource, at offset: Int
  ) throws(SafetensorsError.Reason) -> [Element] {
    var failure: SafetensorsError.Reason?
    let result = [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(SafetensorsError.Reason) {
        let bytes = UnsafeMutableRawBufferPointer(buffer)
        try source.read(
          into: .init(rebasing: bytes[..<(count * MemoryLayout<Element>.stride)]), at: offset)
        initialized = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return result
  }
}
