// Hand-made safetensors files whose text is in order and whose content must be refused: fields, shapes,
// the layout of the data, metadata.

@testable import Tensors

extension SafetensorsAttack {
  static let fields: [SafetensorsAttack] = [
    .init("no fields", "{\"a\":{}}", .missingField(tensor: "a", field: "dtype")),
    .init(
      "no dtype", "{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}", data: 8,
      .missingField(tensor: "a", field: "dtype")),
    .init(
      "no shape", "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", data: 8,
      .missingField(tensor: "a", field: "shape")),
    .init(
      "no data_offsets", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", data: 8,
      .missingField(tensor: "a", field: "data_offsets")),
    .init(
      "unknown field", "{\"a\":{\"dtype\":\"F32\",\"strides\":[1]}}",
      .unknownField(tensor: "a", field: "strides")),
    .init(
      "field in capitals", "{\"a\":{\"DTYPE\":\"F32\"}}", .unknownField(tensor: "a", field: "DTYPE")
    ),
    .init(
      "dtype twice", "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}",
      .duplicateField(tensor: "a", field: "dtype")),
    .init(
      "shape twice", "{\"a\":{\"shape\":[2],\"shape\":[2]}}",
      .duplicateField(tensor: "a", field: "shape")),
    .init(
      "data_offsets twice, the second through an escape",
      "{\"a\":{\"data_offsets\":[0,8],\"data\\u005foffsets\":[0,8]}}",
      .duplicateField(tensor: "a", field: "data_offsets")),
    .init("tensor twice", "{\(attackEntry()),\(attackEntry())}", data: 8, .duplicateTensor("a")),
    .init(
      "tensor twice, the second through an escape", "{\(attackEntry()),\(attackEntry("\\u0061"))}",
      data: 8,
      .duplicateTensor("a")),
    .init(
      "tensor twice with other fields", "{\(attackEntry()),\(attackEntry(offsets: "[8,16]"))}",
      data: 16,
      .duplicateTensor("a")),
    .init(
      "dtype is a number", "{\(attackEntry(type: "32"))}", data: 8,
      .unexpected(found: 0x33, expected: "a type's name", offset: 14)),
    .init(
      "dtype is null", "{\(attackEntry(type: "null"))}", data: 8,
      .unexpected(found: 0x6E, expected: "a type's name", offset: 14)),
    .init(
      "unknown dtype", "{\(attackEntry(type: "\"F33\""))}", data: 8,
      .unknownType(tensor: "a", type: "F33")),
    .init(
      "dtype in small letters", "{\(attackEntry(type: "\"f32\""))}", data: 8,
      .unknownType(tensor: "a", type: "f32")),
    .init(
      "empty dtype", "{\(attackEntry(type: "\"\""))}", data: 8, .unknownType(tensor: "a", type: "")),
    .init(
      "object dtype", "{\(attackEntry(type: "\"|O\""))}", data: 8,
      .unknownType(tensor: "a", type: "|O")),
    .init(
      "shape is a number", "{\(attackEntry(shape: "2"))}", data: 8,
      .unexpected(found: 0x32, expected: "'['", offset: 28)),
    .init(
      "shape is null", "{\(attackEntry(shape: "null"))}", data: 4,
      .unexpected(found: 0x6E, expected: "'['", offset: 28)),
  ]

  static let shapes: [SafetensorsAttack] = [
    .init(
      "33 dimensions", "{\(attackEntry(shape: "[" + "1,".repeated(32) + "1]", offsets: "[0,4]"))}",
      data: 4, .tooManyDimensions(tensor: "a", limit: 32)),
    .init(
      "a million dimensions", "{\(attackEntry(shape: "[" + "0,".repeated(999_999) + "0]"))}",
      .tooManyDimensions(tensor: "a", limit: 32)),
    .init(
      "product 2^64", "{\(attackEntry(shape: "[4294967296,4294967296]"))}", data: 8,
      .shapeOverflow(tensor: "a")),
    .init(
      "product wraps to 8 bytes", "{\(attackEntry(shape: "[4611686018427387906]"))}", data: 8,
      .shapeOverflow(tensor: "a")),
    .init(
      "bytes 2^63", "{\(attackEntry(type: "\"F64\"", shape: "[1152921504606846976]"))}", data: 8,
      .shapeOverflow(tensor: "a")),
    .init(
      "overflow hidden by a zero",
      "{\(attackEntry(shape: "[0,9223372036854775807,9223372036854775807]", offsets: "[0,0]"))}",
      .shapeOverflow(tensor: "a")),
    .init(
      "shape larger than the data", "{\(attackEntry(shape: "[3]"))}", data: 8,
      .sizeMismatch(tensor: "a", expectedBytes: 12, foundBytes: 8)),
    .init(
      "shape smaller than the data", "{\(attackEntry(shape: "[1]"))}", data: 8,
      .sizeMismatch(tensor: "a", expectedBytes: 4, foundBytes: 8)),
    .init(
      "a scalar of two", "{\(attackEntry(shape: "[]"))}", data: 8,
      .sizeMismatch(tensor: "a", expectedBytes: 4, foundBytes: 8)),
    .init(
      "an empty tensor with data", "{\(attackEntry(shape: "[0]"))}", data: 8,
      .sizeMismatch(tensor: "a", expectedBytes: 0, foundBytes: 8)),
    .init(
      "half an element", "{\(attackEntry(shape: "[2]", offsets: "[0,6]"))}", data: 6,
      .sizeMismatch(tensor: "a", expectedBytes: 8, foundBytes: 6)),
    .init(
      "wider type", "{\(attackEntry(type: "\"F64\""))}", data: 8,
      .sizeMismatch(tensor: "a", expectedBytes: 16, foundBytes: 8)),
  ]

  static let layouts: [SafetensorsAttack] = [
    .init(
      "no offsets", "{\(attackEntry(offsets: "[]"))}", data: 8, .offsetCount(tensor: "a", count: 0)),
    .init(
      "one offset", "{\(attackEntry(offsets: "[8]"))}", data: 8, .offsetCount(tensor: "a", count: 1)
    ),
    .init(
      "three offsets", "{\(attackEntry(offsets: "[0,8,8]"))}", data: 8,
      .offsetCount(tensor: "a", count: 3)),
    .init(
      "reversed offsets", "{\(attackEntry(offsets: "[8,0]"))}", data: 8,
      .reversedOffsets(tensor: "a", begin: 8, end: 0)),
    .init(
      "reversed largest offsets", "{\(attackEntry(offsets: "[9223372036854775807,0]"))}", data: 8,
      .reversedOffsets(tensor: "a", begin: .max, end: 0)),
    .init("no data", "{\(attackEntry())}", .beyondData(tensor: "a", end: 8, dataBytes: 0)),
    .init(
      "a byte too few", "{\(attackEntry())}", data: 7,
      .beyondData(tensor: "a", end: 8, dataBytes: 7)),
    .init(
      "largest end", "{\(attackEntry(offsets: "[9223372036854775799,9223372036854775807]"))}",
      data: 8,
      .beyondData(tensor: "a", end: .max, dataBytes: 8)),
    .init(
      "a gap before the first", "{\(attackEntry(offsets: "[4,12]"))}", data: 12,
      .gap(before: "a", begin: 0, end: 4)),
    .init(
      "a gap between", "{\(attackEntry()),\(attackEntry("b", offsets: "[12,20]"))}", data: 20,
      .gap(before: "b", begin: 8, end: 12)),
    .init(
      "an empty tensor behind a gap",
      "{\(attackEntry()),\(attackEntry("b", shape: "[0]", offsets: "[12,12]"))}", data: 12,
      .gap(before: "b", begin: 8, end: 12)),
    .init(
      "two tensors at one place", "{\(attackEntry()),\(attackEntry("b"))}", data: 8,
      .overlap(tensor: "b", other: "a", offset: 0)),
    .init(
      "overlap by four bytes", "{\(attackEntry()),\(attackEntry("b", offsets: "[4,12]"))}",
      data: 12,
      .overlap(tensor: "b", other: "a", offset: 4)),
    .init(
      "a tensor inside another",
      "{\(attackEntry(shape: "[4]", offsets: "[0,16]")),\(attackEntry("b", offsets: "[4,12]"))}",
      data: 16,
      .overlap(tensor: "b", other: "a", offset: 4)),
    .init(
      "an empty tensor inside another",
      "{\(attackEntry()),\(attackEntry("b", shape: "[0]", offsets: "[4,4]"))}", data: 8,
      .overlap(tensor: "b", other: "a", offset: 4)),
    .init(
      "overlap, listed backwards", "{\(attackEntry("b", offsets: "[4,12]")),\(attackEntry())}",
      data: 12,
      .overlap(tensor: "b", other: "a", offset: 4)),
  ]

  static let metadata: [SafetensorsAttack] = [
    .init(
      "metadata is a string", "{\"__metadata__\":\"x\"}",
      .unexpected(found: 0x22, expected: "'{'", offset: 16)),
    .init(
      "metadata is null", "{\"__metadata__\":null}",
      .unexpected(found: 0x6E, expected: "'{'", offset: 16)),
    .init(
      "a number as value", "{\"__metadata__\":{\"step\":1}}",
      .metadataNotString(key: "step", offset: 24)),
    .init(
      "null as value", "{\"__metadata__\":{\"k\":null}}", .metadataNotString(key: "k", offset: 21)),
    .init(
      "an object as value", "{\"__metadata__\":{\"k\":{}}}",
      .metadataNotString(key: "k", offset: 21)),
    .init(
      "an array as value", "{\"__metadata__\":{\"k\":[\"x\"]}}",
      .metadataNotString(key: "k", offset: 21)),
    .init(
      "true as value", "{\"__metadata__\":{\"k\":true}}", .metadataNotString(key: "k", offset: 21)),
    .init(
      "a key twice", "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", .duplicateMetadata(key: "k")),
    .init(
      "metadata twice", "{\"__metadata__\":{},\"__metadata__\":{}}",
      .duplicateTensor("__metadata__")),
    .init(
      "metadata in the form of a tensor", "{\(attackEntry("__metadata__"))}", data: 8,
      .metadataNotString(key: "shape", offset: 39)),
    .init(
      "100 000 braces in metadata",
      "{\"__metadata__\":{\"k\":" + String(repeating: "{", count: 100_000),
      .metadataNotString(key: "k", offset: 21)),
  ]
}

extension String {
  fileprivate func repeated(_ count: Int) -> String { String(repeating: self, count: count) }
}
