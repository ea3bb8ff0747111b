// Written files: the exact bytes of the format, and everything read back as it was.

import TestSupport
import Testing

@testable import Tensors

struct SafetensorsWriterTests {
  /// Written by hand from the format's description.
  @Test func theBytesAreThoseOfTheFormat() {
    let bytes = SafetensorsFile.encode([("a", Tensor([2], [1, -2]))], metadata: ["k": "v"])
    let json =
      #"{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
    let padded = json + String(repeating: " ", count: (8 - json.utf8.count % 8) % 8)
    #expect(padded.utf8.count % 8 == 0)
    let expected =
      [UInt8(padded.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(padded.utf8)
      + [0x00, 0x00, 0x80, 0x3F, 0x00, 0x00, 0x00, 0xC0]
    #expect(bytes == expected)
  }

  @Test func anEmptyFileIsTheSmallestOne() throws {
    let bytes = SafetensorsFile.encode([])
    #expect(bytes == [8, 0, 0, 0, 0, 0, 0, 0] + Array("{}      ".utf8))
    let file = try SafetensorsFile(bytes: bytes)
    #expect(file.names.isEmpty && file.metadata.isEmpty)
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let tensors: [(name: String, tensor: Tensor)] = [
      ("z last in the alphabet", Tensor([2, 3], [0, 1, 2, 3, 4, 5])),
      ("scalar", Tensor(.pi)),
      ("empty", Tensor([0, 7], [])),
      ("a/b.weight", Tensor([1, 1, 1, 2], [-.greatestFiniteMagnitude, .leastNonzeroMagnitude])),
      ("\u{0}\u{1B}\"\\\u{7F}\u{2028} \u{1F600}", Tensor([1], [-0.0])),
      ("", Tensor([1], [.infinity])),
    ]
    let metadata = ["": "empty", "text": "a\nb\t\"\\\u{0}\u{1F}\u{E9}", "yaml": "a: 1\nb: [2]\n"]
    let bytes = SafetensorsFile.encode(tensors, metadata: metadata)
    let file = try SafetensorsFile(bytes: bytes)
    #expect(file.names == tensors.map(\.name))
    #expect(file.metadata == metadata)
    #expect(file.byteCount == bytes.count)
    for (name, tensor) in tensors {
      let read = try file.tensor(named: name)
      #expect(read.shape == tensor.shape)
      #expect(read.elements.map(\.bitPattern) == tensor.elements.map(\.bitPattern))
    }
    #expect(try file.headerBytes() == Array(bytes.prefix(file.byteCount - 4 * (6 + 1 + 2 + 1 + 1))))
  }

  @Test func streamingGivesTheSameBytes() throws {
    let tensors: [(name: String, tensor: Tensor)] = [
      ("b", Tensor([3], [1, 2, 3])), ("a", Tensor([1, 1], [4])),
    ]
    let layout = SafetensorsLayout(
      tensors: tensors.map { .init(name: $0.name, shape: $0.tensor.shape) },
      metadata: ["y": "2", "x": "1"])
    var writer = try SafetensorsWriter(layout, to: MemorySink())
    for (_, tensor) in tensors { try writer.append(tensor) }
    let bytes = writer.finish().bytes
    #expect(bytes == SafetensorsFile.encode(tensors, metadata: ["x": "1", "y": "2"]))
    #expect(bytes.count == layout.byteCount)
  }

  @Test func piecesOfAnySizeAddUpToTheTensor() throws {
    let values = (0..<100).map(Float.init)
    let file = try SafetensorsFile(bytes: SafetensorsFile.encode([("a", Tensor([100], values))]))
    for size in [1, 7, 64, 399, 400, 401] {
      var bytes: [UInt8] = []
      try file.withBytes(ofTensor: "a", pieceBytes: size) { piece in
        #expect(piece.count <= size)
        bytes.append(contentsOf: piece)
      }
      #expect(bytes == values.withUnsafeBytes { Array($0) }, "pieces of \(size)")
    }
  }

  @Test func askingForTheWrongThingIsAnError() throws {
    let file = try SafetensorsFile(bytes: SafetensorsFile.encode([("a", Tensor(1))]), name: "f")
    #expect(throws: SafetensorsError(file: "f", reason: .noSuchTensor("b"))) {
      _ = try file.tensor(named: "b")
    }
    let wrong = SafetensorsError(
      file: "f", reason: .wrongType(tensor: "a", found: "F32", expected: "F64"))
    #expect(throws: wrong) { _ = try file.float64(named: "a") }
  }
}
