// libFuzzer's entries for configurations: an input is the text of a file, or `--set KEY=VALUE`, or
// `VARIABLE=VALUE` of the environment, told apart by how it begins.

import FuzzSupport
import Training

@_cdecl("LLVMFuzzerInitialize")
public func initialize(_ count: UnsafePointer<CInt>, _ arguments: UnsafeRawPointer) -> CInt {
  Limits.start()
  return 0
}

private let start = Configuration()

/// Reads the text; every key that it changes is written and read back equal, and for one input in 64 the
/// whole configuration, which takes twenty times as long as most inputs.
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
    guard found != start else { return }
    var lines = found.changedKeys(from: start).map { key in
      key.name.split(separator: ".").reversed().reduce(key.text(in: found)) { "{\($1): \($0)}" }
    }
    let sum = UnsafeBufferPointer(start: data, count: count).reduce(0 as UInt8, &+)
    if sum % 64 == 0 { lines = [found.yaml()] }
    var again = ConfigurationLoader()
    for line in lines {
      do {
        try again.add(yaml: line, path: "copy.yaml")
      } catch {
        preconditionFailure("what was written is refused: \(error)\n\(line)")
      }
    }
    precondition(again.configuration == found, "read back otherwise:\n\(lines)")
    _ = try loader.validated()
  }
}
