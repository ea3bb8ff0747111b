// What can be wrong with a safetensors file.  How it is said is in `SafetensorsError+Description.swift`.

import Diagnostics

/// A safetensors file that cannot be read: which file, and what is wrong with it.
public struct SafetensorsError: DiagnosableError, Equatable {
  /// What is wrong with the file.  Offsets count bytes from the start of the JSON header where they
  /// belong to the header's text, and from the start of the data where they belong to a tensor.
  public enum Reason: Error, Equatable, Sendable {
    // The file itself.
    case cannotOpen(errno: Int32)
    case notRegularFile
    case unreadable(fileOffset: Int, errno: Int32)
    case shrank(fileOffset: Int)

    // The eight bytes before the header.
    case tooShort(bytes: Int)
    case headerEmpty
    case headerTooLong(length: UInt64)
    case headerBeyondFile(length: UInt64, fileBytes: Int)

    // The text of the header.
    case headerStart(byte: UInt8)
    case unexpected(found: UInt8?, expected: String, offset: Int)
    case badUTF8(offset: Int)
    case badEscape(offset: Int)
    case controlCharacter(byte: UInt8, offset: Int)
    case badNumber(offset: Int)
    case numberTooLarge(offset: Int)
    case trailingHeaderByte(byte: UInt8, offset: Int)
    case tooManyEntries(limit: Int)

    // What the header says.
    case duplicateTensor(String)
    case duplicateMetadata(key: String)
    case metadataNotString(key: String, offset: Int)
    case duplicateField(tensor: String, field: String)
    case unknownField(tensor: String, field: String)
    case missingField(tensor: String, field: String)
    case unknownType(tensor: String, type: String)
    case tooManyDimensions(tensor: String, limit: Int)
    case shapeOverflow(tensor: String)
    case offsetCount(tensor: String, count: Int)

    // How the header fits the data.
    case reversedOffsets(tensor: String, begin: Int, end: Int)
    case beyondData(tensor: String, end: Int, dataBytes: Int)
    case sizeMismatch(tensor: String, expectedBytes: Int, foundBytes: Int)
    case gap(before: String, begin: Int, end: Int)
    case overlap(tensor: String, other: String, offset: Int)
    case trailingData(bytes: Int)

    // What the reader asked for.
    case noSuchTensor(String)
    case wrongType(tensor: String, found: String, expected: String)
  }

  /// The path, or another name of the source.
  public let file: String
  public let reason: Reason

  public init(file: String, reason: Reason) {
    self.file = file
    self.reason = reason
  }

  /// 66 where the file cannot be opened, 65 for everything else.
  public var exitCode: ExitCode {
    if case .cannotOpen = reason { return .missingInput }
    return .damagedInput
  }
}
