// libFuzzer's entries for safetensors files: an input is the bytes of a file.

import FuzzSupport
import Tensors

@_cdecl("LLVMFuzzerInitialize")
public func initialize(_ count: UnsafePointer<CInt>, _ arguments: UnsafeRawPointer) -> CInt {
  // The pool of tensors takes its first region once for the whole process, whatever is read.
  _ = Tensor([1], [0])
  Limits.start()
  return 0
}

/// Reads every tensor; what was read is written again with the same header's meaning and length of data.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  execute(data, count) { bytes in
    let file = try SafetensorsFile(bytes: bytes, name: "input")
    for entry in file.entries {
      switch entry.type {
      case .f32: _ = try file.tensor(named: entry.name)
      case .f64: _ = try file.float64(named: entry.name)
      case .i64: _ = try file.int64(named: entry.name)
      case .i32: _ = try file.int32(named: entry.name)
      case .u8: _ = try file.uint8(named: entry.name)
      default: try file.withBytes(ofTensor: entry.name, pieceBytes: 16) { _ in }
      }
    }
    return file
  } check: { file in
    let dataBytes = file.entries.reduce(0) { $0 + $1.bytes.count }
    let headerBytes = try file.headerBytes().count
    precondition(headerBytes + dataBytes == count, "bytes of no tensor")
    let again = SafetensorsLayout(
      tensors: file.entries.map { .init(name: $0.name, type: $0.type, shape: $0.shape) },
      metadata: file.metadata)
    let copy = try SafetensorsFile(
      bytes: again.header + [UInt8](repeating: 0, count: dataBytes), name: "copy")
    precondition(copy.metadata == file.metadata && copy.entries == file.entries, "another file")
  }
}

/// Most mutations have the length field that the header's text has.
@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(
  _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ maximum: Int, _ seed: UInt32
) -> Int {
  mutateInput(data, size, maximum, seed, repair: repairHeaderLength)
}
