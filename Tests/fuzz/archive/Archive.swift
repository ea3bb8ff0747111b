// libFuzzer's entries for `cifar-10-binary.tar.gz`: an input is a gzip file, or, where it does not begin
// like one, the tar archive in a gzip file that stores it without compression.

import CZlib
import Datasets
import FuzzSupport

@_cdecl("LLVMFuzzerInitialize")
public func initialize(_ count: UnsafePointer<CInt>, _ arguments: UnsafeRawPointer) -> CInt {
  Limits.start()
  return 0
}

/// Opens the set; what is accepted is for one input in 16 read once more, and every label is one.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  execute(data, count) { input in
    let file = input.starts(with: [0x1F, 0x8B]) ? input : stored(input)
    return try CIFAR10(archive: MemoryByteSource(path: "set.tar.gz", file))
  } check: { set in
    let sum = UnsafeBufferPointer(start: data, count: count).reduce(0 as UInt8, &+)
    guard sum % 16 == 0 else { return }
    var records = 0
    try set.forEachRecord { _, record in
      precondition(record[0] < 10, "label \(record[0])")
      records += 1
    }
    precondition(records == set.count && records > 0 && records % 5 == 0, "\(records) records")
  }
}

/// Most mutations of a tar archive have the right checksums in its headers.
@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(
  _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ maximum: Int, _ seed: UInt32
) -> Int {
  mutateInput(data, size, maximum, seed, repair: repairChecksums)
}

/// A gzip file (RFC 1952) of stored blocks (RFC 1951, 3.2.4).
private func stored(_ bytes: [UInt8]) -> [UInt8] {
  var file: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
  file.reserveCapacity(bytes.count + 64)
  var rest = bytes[...]
  repeat {
    let piece = rest.prefix(0xFFFF)
    rest = rest.dropFirst(piece.count)
    file.append(rest.isEmpty ? 1 : 0)
    append(UInt16(piece.count), to: &file)
    append(~UInt16(piece.count), to: &file)
    file += piece
  } while !rest.isEmpty
  append(UInt32(truncatingIfNeeded: crc32(0, bytes, UInt32(bytes.count))), to: &file)
  append(UInt32(bytes.count), to: &file)
  return file
}

private func append<Number: FixedWidthInteger>(_ number: Number, to bytes: inout [UInt8]) {
  withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
}

/// Walks the archive as its size fields say.
private func repairChecksums(_ tar: UnsafeMutableBufferPointer<UInt8>) {
  var start = 0
  while start + 512 <= tar.count {
    let header = start..<start + 512
    guard tar[header].contains(where: { $0 != 0 }) else { return }
    let field = start + 148..<start + 156
    let sum = header.reduce(8 * 0x20) { field.contains($1) ? $0 : $0 + Int(tar[$1]) }
    // Six octal digits, NUL, space.
    for digit in 0..<6 { tar[field.lowerBound + digit] = UInt8(0x30 + sum >> (15 - 3 * digit) & 7) }
    (tar[field.upperBound - 2], tar[field.upperBound - 1]) = (0, 0x20)
    let digits = tar[start + 124..<start + 136].prefix { (0x30...0x37).contains($0) }
    let size = digits.reduce(0) { $0 << 3 | Int($1 & 7) }
    start += 512 + (size + 511) / 512 * 512
  }
}
