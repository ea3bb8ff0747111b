// libFuzzer's entries for configurations: an input is the text of a file, or `--set KEY=VALUE`, or
// `VARIABLE=VALUE` of the environment, told apart by how it begins.

import FuzzSupport
import Training

@_cdecl("LLVMFuzzerInitialize")
public func initialize(_ count: UnsafePointer<CInt>, _ arguments: UnsafeRawPointer) -> CInt {
  Limits.start()
  return 0
}

/// Reads the text; what is accepted is written and read back equal.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  execute(data, count) { bytes in
    guard let text = String(validating: bytes, as: UTF8.self) else { return ConfigurationLoader() }
    var loader = ConfigurationLoader()
    if text.hasPrefix("--set ") {
      try loader.add(assignment: String(text.dropFirst(6)))
    } else if text.hasPrefix("TRANSGAN_") {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      try loader.add(environment: [String(parts[0]): parts.count == 2 ? String(parts[1]) : ""])
    } else {
      try loader.add(yaml: text, path: "input.yaml")
    }
    return loader
  } check: { loader in
    let found = loader.configuration
    let copy = found.yaml()
    var again = ConfigurationLoader()
    do {
      try again.add(yaml: copy, path: "copy.yaml")
    } catch {
      preconditionFailure("what was written is refused: \(error)\n\(copy)")
    }
    precondition(again.configuration == found, "read back otherwise:\n\(copy)")
    _ = try loader.validated()
  }
}
