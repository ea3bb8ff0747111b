// What can go wrong when pictures are drawn from a checkpoint.

import Diagnostics

/// An error of `sample`.
public enum SamplingError: DiagnosableError, Equatable {
  // The request.
  case badSeeds(String, reason: String)
  case badGrid(String)
  case gridMismatch(rows: Int, columns: Int, pictures: Int)
  case badInterpolation(String)
  case badNumber(option: String, value: Int, expected: String)
  case conflict(String)

  // The checkpoint.
  case missing(path: String)
  case noCheckpoint(path: String)
  case notACheckpoint(path: String)
  case noWeights(path: String, network: String)
  case otherConfiguration(path: String, reason: String)

  // The output.
  case exists(path: String)
  case cannotCreate(path: String, reason: String)
  case cannotWrite(path: String, reason: String)

  public var exitCode: ExitCode {
    switch self {
    case .badSeeds, .badGrid, .gridMismatch, .badInterpolation, .badNumber, .conflict: .usage
    case .missing, .noCheckpoint: .missingInput
    case .notACheckpoint, .noWeights, .otherConfiguration: .damagedInput
    case .exists, .cannotCreate: .cannotCreate
    case .cannotWrite: .cannotWrite
    }
  }

  public var description: String {
    switch self {
    case .badSeeds(let text, let reason):
      "--seeds is '\(printable(text, limit: 60))': \(reason); write seeds and ranges such as 0-35 or "
        + "1,5,9-12"
    case .badGrid(let text):
      "--grid is '\(printable(text, limit: 60))', expected ROWSxCOLUMNS of at least 1 each, such as 6x6"
    case .gridMismatch(let rows, let columns, let pictures):
      "--grid \(rows)x\(columns) has room for \(rows * columns) pictures and \(pictures) are asked for, "
        + "expected the same number: change --grid or the seeds"
    case .badInterpolation(let text):
      "--interpolate is '\(printable(text, limit: 60))', expected SEED:SEED:N with N of at least 2, "
        + "such as 3:7:8"
    case .badNumber(let option, let value, let expected):
      "\(option) is \(value), expected \(expected)"
    case .conflict(let sentence): sentence
    default: inputOrOutputSentence
    }
  }

  private var inputOrOutputSentence: String {
    switch self {
    case .missing(let path):
      "\(printable(path)) does not exist, expected a checkpoint file or a run directory"
    case .noCheckpoint(let path):
      "\(printable(path)) holds no checkpoint, expected a run directory with checkpoints/ in it"
    case .notACheckpoint(let path):
      "\(printable(path)) is a safetensors file but no checkpoint of this program, so neither its "
        + "networks' sizes nor EMA weights are known; give a checkpoint that `train` wrote"
    case .noWeights(let path, let network):
      "\(printable(path)) has no weights of the network '\(network)'; choose the other with --network, "
        + "or give a checkpoint that `train` wrote"
    case .otherConfiguration(let path, let reason):
      "\(printable(path)): this program cannot read the checkpoint's configuration: \(reason)"
    case .exists(let path):
      "\(printable(path)) exists and would be overwritten; choose another output, or add --force"
    case .cannotCreate(let path, let reason):
      "\(printable(path)) cannot be created (\(printable(reason))): choose another output or mend its "
        + "permissions"
    case .cannotWrite(let path, let reason):
      "\(printable(path)) cannot be written (\(printable(reason))): free space or quota on its disk"
    default: "sampling error"
    }
  }
}
