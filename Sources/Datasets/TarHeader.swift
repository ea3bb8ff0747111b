// The 512-byte header block of a ustar entry.

/// What a header block says.
struct TarHeader {
  let name: String
  /// The bytes that follow; 0 for a directory.
  let size: Int
  /// False for a directory.
  let isFile: Bool

  /// What is wrong with a header; the reader knows where the block lies.
  enum Fault: Error {
    case checksum
    case field(String)
    case kind(UInt8, name: String)

    func fault(at offset: Int) -> ArchiveFault {
      switch self {
      case .checksum: .headerChecksum(offset: offset)
      case .field(let field): .headerField(field, offset: offset)
      case .kind(let kind, let name): .entryKind(kind, name: name, offset: offset)
      }
    }
  }

  /// - Parameter block: 512 bytes, not all zero.
  init(_ block: [UInt8]) throws(Fault) {
    guard Self.octal(block[148..<156]) == Self.checksum(block) else { throw .checksum }
    let magic = block[257..<265]
    let isPOSIX = magic.elementsEqual(Array("ustar\0".utf8) + Array("00".utf8))
    guard isPOSIX || magic.elementsEqual(Array("ustar  \0".utf8)) else { throw .field("magic") }
    let prefix = isPOSIX ? Self.text(block[345..<500]) : ""
    let base = Self.text(block[0..<100])
    guard !base.isEmpty else { throw .field("name") }
    name = prefix.isEmpty ? base : prefix + "/" + base
    guard let size = Self.octal(block[124..<136]) else { throw .field("size") }
    self.size = size
    switch block[156] {
    case 0, UInt8(ascii: "0"): isFile = true
    case UInt8(ascii: "5"):
      isFile = false
      guard size == 0 else { throw .field("size") }
    default: throw .kind(block[156], name: name)
    }
  }

  /// The sum of all bytes, the checksum's own field taken as eight spaces.
  static func checksum(_ block: [UInt8]) -> Int {
    var sum = 8 * 32
    for (index, byte) in block.enumerated() where !(148..<156).contains(index) { sum += Int(byte) }
    return sum
  }

  /// Optional spaces, at least one octal digit, then only spaces or NULs; at most 12 digits, so it fits.
  static func octal(_ field: ArraySlice<UInt8>) -> Int? {
    let digits = field.drop { $0 == 0x20 }.prefix { (0x30...0x37).contains($0) }
    guard !digits.isEmpty, field[digits.endIndex...].allSatisfy({ $0 == 0 || $0 == 0x20 }) else {
      return nil
    }
    return digits.reduce(0) { $0 << 3 | Int($1 & 7) }
  }

  /// The bytes before the first NUL.
  private static func text(_ field: ArraySlice<UInt8>) -> String {
    String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
  }
}
