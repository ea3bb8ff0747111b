// Files of tests as the seeds from which `launch/fuzz` starts.  Not here: the files.

import Foundation

/// Where `launch/fuzz` wants seeds, nil in other runs of the tests.
public let fuzzSeedFolder = ProcessInfo.processInfo.environment["TRANSGAN_FUZZ_SEEDS"]

/// Writes files of at most `longest` bytes to the parser's folder of seeds.
public func writeFuzzSeeds(
  _ parser: String, longest: Int, _ files: [(name: String, bytes: [UInt8])]
) throws {
  let folder = URL(fileURLWithPath: fuzzSeedFolder ?? "").appendingPathComponent(parser)
  for (index, file) in files.enumerated() where file.bytes.count <= longest {
    let letters = file.name.map { $0.isLetter || $0.isNumber ? $0 : "-" }.prefix(60)
    try Data(file.bytes).write(to: folder.appendingPathComponent("\(index)-\(String(letters))"))
  }
}
