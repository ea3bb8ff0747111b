// Every fixture, written by the format's reference implementation, must be readable.

import Foundation
import TestSupport
import Testing

@testable import Tensors

struct SafetensorsFixtureTests {
  static let files: [String] =
    (try? FileManager.default.contentsOfDirectory(atPath: Fixture.folder.path))?
    .filter { $0.hasSuffix(".safetensors") }.sorted() ?? []

  @Test func thereAreFixtures() { #expect(Self.files.count >= 15) }

  @Test(arguments: files)
  func everyTensorOfEveryFixtureIsRead(file: String) throws {
    let fixture = try Fixture.load(String(file.dropLast(".safetensors".count)))
    #expect(!fixture.names.isEmpty)
    for entry in fixture.entries {
      let count: Int
      switch entry.type {
      case .f32: count = try fixture.tensor(named: entry.name).count
      case .i32: count = try fixture.int32(named: entry.name).count
      case .i64: count = try fixture.int64(named: entry.name).count
      case .u8: count = try fixture.uint8(named: entry.name).count
      case .f64: count = try fixture.float64(named: entry.name).count
      default:
        Issue.record("\(file): \(entry.name) is \(entry.type)")
        return
      }
      #expect(count == entry.shape.count, "\(file): \(entry.name)")
    }
  }
}
