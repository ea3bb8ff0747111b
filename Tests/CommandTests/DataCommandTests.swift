// The built program's `data` on sound and damaged files.
import Foundation
import TestSupport
import Testing

@Suite struct DataCommandTests {
  private let program = productsDirectory.appendingPathComponent("transgan-dist").path

  /// Writes five files of `count` records of one value; record i of each has label i % 10.
  private func writeSet(in folder: String, count: Int = 20) throws {
    var bytes: [UInt8] = []
    for record in 0..<count {
      bytes.append(UInt8(record % 10))
      bytes += [UInt8](repeating: 255, count: 3072)
    }
    for file in 1...5 {
      try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/data_batch_\(file).bin"))
    }
  }

  @Test func countsAndDraws() throws {
    try withTemporaryFolder { folder in
      try writeSet(in: folder)
      let preview = folder + "/preview.png"
      let result = try run(program, ["data", folder, "--preview", preview])
      #expect(result.exitCode == 0, "\(result.transcript)")
      #expect(result.stdout.contains("pictures     100\n"), "\(result.transcript)")
      // Byte 255 is 255 / 127.5 - 1 = 1 everywhere.
      #expect(result.stdout.contains("1.0000, 1.0000, 1.0000"), "\(result.transcript)")
      #expect(result.stdout.contains("0.0000, 0.0000, 0.0000"), "\(result.transcript)")
      let png = try Data(contentsOf: URL(fileURLWithPath: preview))
      #expect(png.prefix(8) == Data([137, 80, 78, 71, 13, 10, 26, 10]))
    }
  }

  @Test func damageIsNamed() throws {
    try withTemporaryFolder { folder in
      try writeSet(in: folder)
      let path = folder + "/data_batch_3.bin"
      var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      bytes[2 * 3073] = 11
      try bytes.write(to: URL(fileURLWithPath: path))
      let label = try run(program, ["data", folder])
      #expect(label.exitCode == 65, "\(label.transcript)")
      #expect(label.stderr.contains("data_batch_3.bin"), "\(label.transcript)")
      try Data(bytes.dropLast()).write(to: URL(fileURLWithPath: path))
      #expect(try run(program, ["data", folder]).exitCode == 65)
      try FileManager.default.removeItem(atPath: path)
      #expect(try run(program, ["data", folder]).exitCode == 66)
    }
  }

  @Test func aPreviewThatCannotBeWrittenIsRefused() throws {
    try withTemporaryFolder { folder in
      try writeSet(in: folder)
      let result = try run(program, ["data", folder, "--preview", folder + "/none/x.png"])
      #expect(result.exitCode == 73 || result.exitCode == 74, "\(result.transcript)")
      #expect(result.stderr.split(separator: "\n").count == 1, "\(result.transcript)")
    }
  }
}
