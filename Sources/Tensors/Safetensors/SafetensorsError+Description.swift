// How a bad safetensors file is described to a user.

import Diagnostics
import Foundation

extension SafetensorsError: CustomStringConvertible {
  public var description: String { "\(printable(file)): \(reason.sentence) (\(reason.advice))" }
}

extension SafetensorsError.Reason {
  /// What was found, what was expected, and where.
  var sentence: String {
    switch self {
    case .cannotOpen(let errno):
      "the file cannot be opened: \(message(errno))"
    case .notRegularFile:
      "a regular file was expected, found a folder, pipe, or device"
    case .unreadable(let offset, let errno):
      "reading failed at byte \(offset): \(message(errno))"
    case .shrank(let offset):
      "the file became shorter while it was read: no byte at \(offset)"
    case .tooShort(let bytes):
      "\(bytes) bytes are too few for a safetensors file, which has at least 10"
    case .headerEmpty:
      "the header's length is 0, expected at least 2"
    case .headerTooLong(let length):
      "the header's length is \(length), expected at most \(SafetensorsLimits.headerBytes)"
    case .headerBeyondFile(let length, let fileBytes):
      "the header's length is \(length), but the file has only \(fileBytes) bytes"
    default:
      textSentence ?? contentSentence
    }
  }

  /// Faults of the header's text.
  private var textSentence: String? {
    switch self {
    case .headerStart(let byte):
      "the header starts with \(character(byte)), expected '{'"
    case .unexpected(let found, let expected, let offset):
      "\(found.map(character) ?? "the end of the header") at header byte \(offset), "
        + "expected \(expected)"
    case .badUTF8(let offset):
      "the text that starts at header byte \(offset) is not UTF-8"
    case .badEscape(let offset):
      "an invalid escape sequence at header byte \(offset)"
    case .controlCharacter(let byte, let offset):
      "an unescaped control character \(character(byte)) at header byte \(offset)"
    case .badNumber(let offset):
      "the number at header byte \(offset) is not a plain non-negative integer"
    case .numberTooLarge(let offset):
      "the number at header byte \(offset) does not fit into 63 bits"
    case .trailingHeaderByte(let byte, let offset):
      "\(character(byte)) at header byte \(offset) after the end of the header's object, "
        + "expected only spaces"
    case .tooManyEntries(let limit):
      "the header has more than \(limit) entries"
    default:
      nil
    }
  }

  /// Faults of what the header says.
  private var contentSentence: String {
    switch self {
    case .duplicateTensor(let name):
      "the tensor \(quoted(name)) is listed twice"
    case .duplicateMetadata(let key):
      "the metadata key \(quoted(key)) is listed twice"
    case .metadataNotString(let key, let offset):
      "the metadata value of \(quoted(key)) at header byte \(offset) is not a string"
    case .duplicateField(let tensor, let field):
      "tensor \(quoted(tensor)) has the field \(quoted(field)) twice"
    case .unknownField(let tensor, let field):
      "tensor \(quoted(tensor)) has the unknown field \(quoted(field)), "
        + "expected dtype, shape, data_offsets"
    case .missingField(let tensor, let field):
      "tensor \(quoted(tensor)) has no field \(quoted(field))"
    case .unknownType(let tensor, let type):
      "tensor \(quoted(tensor)) has the unknown type \(quoted(type))"
    case .tooManyDimensions(let tensor, let limit):
      "tensor \(quoted(tensor)) has more than \(limit) dimensions"
    case .shapeOverflow(let tensor):
      "the shape of tensor \(quoted(tensor)) has more elements than fit into 63 bits"
    case .offsetCount(let tensor, let count):
      "tensor \(quoted(tensor)) has \(count) data offsets, expected 2"
    default:
      layoutSentence
    }
  }

  /// Faults of how header and data fit together, or of what was asked for.
  private var layoutSentence: String {
    switch self {
    case .reversedOffsets(let tensor, let begin, let end):
      "the data of tensor \(quoted(tensor)) ends at \(end), before its begin \(begin)"
    case .beyondData(let tensor, let end, let dataBytes):
      "the data of tensor \(quoted(tensor)) ends at \(end), but there are \(dataBytes) data bytes"
    case .sizeMismatch(let tensor, let expected, let found):
      "tensor \(quoted(tensor)) has \(found) data bytes, its type and shape need \(expected)"
    case .gap(let before, let begin, let end):
      "data bytes \(begin)..<\(end) before tensor \(quoted(before)) belong to no tensor"
    case .overlap(let tensor, let other, let offset):
      "tensors \(quoted(other)) and \(quoted(tensor)) overlap at data byte \(offset)"
    case .trailingData(let bytes):
      "\(bytes) bytes after the last tensor belong to no tensor"
    case .noSuchTensor(let name):
      "there is no tensor \(quoted(name))"
    case .wrongType(let tensor, let found, let expected):
      "tensor \(quoted(tensor)) is \(found), expected \(expected)"
    default:
      "unreadable"
    }
  }

  /// What to do about it.
  var advice: String {
    switch self {
    case .cannotOpen: "check the path and its permissions"
    case .notRegularFile: "give the path of a .safetensors file"
    case .noSuchTensor, .wrongType: "check that the file belongs to this model"
    default: "the file is damaged or not a safetensors file; get a new copy"
    }
  }
}

private func quoted(_ text: String) -> String { "\"\(printable(text, limit: 80))\"" }

private func message(_ errno: Int32) -> String { String(cString: strerror(errno)) }

/// A byte as a person can read it: printable ASCII in quotes, anything else in hexadecimal.
private func character(_ byte: UInt8) -> String {
  (0x20..<0x7F).contains(byte)
    ? "'\(Character(UnicodeScalar(byte)))'" : "byte 0x" + String(byte, radix: 16)
}
