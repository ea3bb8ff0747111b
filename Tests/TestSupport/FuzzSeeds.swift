// Files of tests as the seeds from which `launch/fuzz` starts.  Not here: the files.

import Foundation

/// Where `launch/fuzz` wants seeds, nil in other runs of the tests.
public let fuzzSeedFolder = ProcessInfo.processInfo.environment["FUZZ_SEEDS"]

/// Writes files to the parser's folder of seeds; those of more than `longest` bytes, which are too long to be
/// mutated, go to a folder of their own, to be run once.
public func writeFuzzSeeds(
  _ parser: String, longest: Int, _ files: [(name: String, bytes: [UInt8])]
) throws {
  let seeds = URL(fileURLWithPath: fuzzSeedFolder ?? "")
  for (index, file) in files.enumerated() {
    let folder = seeds.appendingPathComponent(
      file.bytes.count <= longest ? parser : parser + "-long")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let letters = file.name.map { $0.isLetter || $0.isNumber ? $0 : "-" }.prefix(60)
    try Data(file.bytes).write(to: folder.appendingPathComponent("\(index)-\(String(letters))"))
  }
}
