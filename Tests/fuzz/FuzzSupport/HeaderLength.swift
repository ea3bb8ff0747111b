// The length field of a safetensors file, so that mutations of the text get past it.

/// Sets the field to the bytes up to the last '}' and the spaces after it.
public func repairHeaderLength(_ file: UnsafeMutableBufferPointer<UInt8>) {
  guard file.count > 8, let brace = file[8...].lastIndex(of: UInt8(ascii: "}")) else { return }
  let end = file[(brace + 1)...].firstIndex { $0 != 0x20 } ?? file.count
  for byte in 0..<8 { file[byte] = UInt8(truncatingIfNeeded: (end - 8) >> (8 * byte)) }
}
