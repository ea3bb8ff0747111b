// What can go wrong with checkpoints.  How it is said is in `CheckpointError+Description.swift`.

import Diagnostics
import Tensors

/// What is wrong with a file that is a readable safetensors file but not a good checkpoint.
public enum CheckpointDamage: Error, Equatable, Sendable {
  case notCheckpoint
  case otherVersion(String)
  case headerDigest
  case missingMetadata(key: String)
  case badMetadata(key: String, value: String)
  case tensorType(String, String)
  case tensorDigest(String)
  case weightsDigest
  case nameDiffers(images: Int)
}

/// How a checkpoint's tensors differ from the networks that are to be filled.
public enum ModelDifference: Equatable, Sendable {
  case missing(String)
  case unexpected(String)
  case shape(String, found: Shape, expected: Shape)
  case order(String)
}

/// A fault of writing, reading, or choosing a checkpoint.
public enum CheckpointError: DiagnosableError, Equatable {
  // Reading.
  case damaged(path: String, CheckpointDamage)
  case noneUsable(directory: String, count: Int)
  case cannotList(path: String, SystemCallFailure)
  case otherConfiguration(path: String, differences: [String])
  case otherModel(path: String, detail: ModelDifference)

  // Writing.
  case cannotPrepare(path: String, SystemCallFailure)
  case noSpace(path: String, needBytes: Int, freeBytes: Int)
  case cannotWrite(
    path: String, SystemCallFailure, byteOffset: Int, needBytes: Int, freeBytes: Int?)
  case readBackDiffers(path: String, detail: String)
  case nonFinite(path: String, tensor: String, index: Int, value: Float)

  public var exitCode: ExitCode {
    switch self {
    case .damaged, .noneUsable, .cannotList: .damagedInput
    case .otherConfiguration, .otherModel: .disagreement
    case .cannotPrepare: .cannotCreate
    case .noSpace, .cannotWrite, .readBackDiffers: .cannotWrite
    case .nonFinite: .nonFinite
    }
  }
}
