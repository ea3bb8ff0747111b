// libFuzzer's entries for a folder of CIFAR-10's binary files: an input describes the five files and the
// list of class names.  Six little-endian 16-bit sizes come first; what follows, repeated without end,
// fills the files one after the other, so that a short input makes files of several records.

import Datasets
import FuzzSupport
import Glibc

@_cdecl("LLVMFuzzerInitialize")
public func initialize(_ count: UnsafePointer<CInt>, _ arguments: UnsafeRawPointer) -> CInt {
  Limits.start()
  return 0
}

/// Opens the set; it must be accepted exactly if the sizes and labels are right, and give back its bytes.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard count > 12 else { return -1 }
  let files = files(Array(UnsafeBufferPointer(start: data, count: count)))
  let records = files[..<5]
  let size = records[0].count
  return execute(data, count) { _ in
    let isSound =
      size > 0 && size % 3073 == 0
      && records.allSatisfy { file in
        file.count == size && stride(from: 0, to: size, by: 3073).allSatisfy { file[$0] < 10 }
      }
    let names = files[5].isEmpty ? nil : MemoryByteSource(path: "batches.meta.txt", files[5])
    return try open(records, classNames: names, isSound: isSound)
  } check: { set in
    var position = 0
    try set.forEachRecord { index, record in
      let (file, place) = index.quotientAndRemainder(dividingBy: size / 3073)
      precondition(index == position, "record \(index) in place of \(position)")
      let expected = records[file][place * 3073..<(place + 1) * 3073]
      let isEqual = expected.withUnsafeBytes { bytes in
        guard let found = record.baseAddress, let sound = bytes.baseAddress else { return false }
        return record.count == bytes.count && memcmp(found, sound, bytes.count) == 0
      }
      precondition(isEqual, "other bytes in record \(index)")
      position += 1
    }
    precondition(position == set.count && set.count == 5 * size / 3073, "\(position) records")
    precondition(set.classNames.count == 10, "\(set.classNames.count) class names")
  }
}

/// The six files that an input describes, each of at most 16 383 bytes.
private func files(_ input: [UInt8]) -> [[UInt8]] {
  let period = input.count - 12
  var pattern = Array(input[12...])
  while pattern.count < period + 0x4000 { pattern += pattern }
  var position = 0
  return (0..<6).map { file in
    let size = (Int(input[2 * file]) | Int(input[2 * file + 1]) << 8) & 0x3FFF
    defer { position = (position + size) % period }
    return Array(pattern[position..<position + size])
  }
}

private func open(
  _ files: ArraySlice<[UInt8]>, classNames: MemoryByteSource?, isSound: Bool
) throws -> CIFAR10 {
  let sources = files.enumerated().map { MemoryByteSource(path: "set/\($0)", $1) }
  do {
    let set = try CIFAR10(files: sources, classNames: classNames)
    precondition(isSound, "accepted")
    return set
  } catch let error as DatasetError {
    var isAboutNames = false
    if case .badClassNames = error { isAboutNames = true }
    precondition(!isSound || isAboutNames, "refused: \(error)")
    throw error
  }
}
