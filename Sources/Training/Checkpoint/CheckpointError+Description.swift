// How faults of checkpoints are described to a user.

import Diagnostics
import Foundation

extension CheckpointError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .damaged(let path, let damage):
      "\(printable(path)): \(damage.sentence); the checkpoint must not be used, "
        + "resume from an older one"
    case .noneUsable(let directory, let count):
      "\(printable(directory)): none of the \(count) checkpoints can be read; restore one from a "
        + "copy, or remove them to start anew"
    case .cannotList(let path, let failure):
      "\(printable(path)): the folder of checkpoints cannot be read (\(failure.text)); "
        + "check its permissions"
    case .otherConfiguration(let path, let differences):
      "\(printable(path)) was made under another configuration: "
        + differences.map { printable($0) }.joined(separator: "; ")
        + "; use the run's own configuration or another run directory"
    case .otherModel(let path, let detail):
      "\(printable(path)) belongs to another network: \(detail.sentence); use the run's own "
        + "configuration or another run directory"
    case .cannotPrepare(let path, let failure):
      "\(printable(path)): no checkpoints can be written there (\(failure.text)); "
        + "choose another run directory or check its permissions"
    default:
      writingSentence
    }
  }

  private var writingSentence: String {
    switch self {
    case .noSpace(let path, let need, let free):
      "\(printable(path)): a checkpoint needs \(need) bytes (a tenth of them spare), \(free) are "
        + "free; free some space, older checkpoints are untouched"
    case .cannotWrite(let path, let failure, let offset, let need, let free):
      "\(printable(path)): \(failure.text) at byte \(offset) of \(need) "
        + "(\(free.map(String.init) ?? "unknown") bytes free); the checkpoint was not saved, older "
        + "ones are untouched; check the disk"
    case .readBackDiffers(let path, let detail):
      "\(printable(path)): what was read back is not what was written: \(detail); the checkpoint "
        + "was not saved, older ones are untouched; check the disk"
    case .nonFinite(let path, let tensor, let index, let value):
      "\(printable(path)): element \(index) of \(printable(tensor)) is \(value), expected a finite "
        + "value; the checkpoint was not saved, resume from the newest one"
    default:
      "checkpoint error"
    }
  }
}

extension CheckpointDamage {
  var sentence: String {
    switch self {
    case .notCheckpoint:
      "the file is a safetensors file but not a checkpoint of this program"
    case .otherVersion(let version):
      "the checkpoint's format has version \(printable(version, limit: 20)), this program reads "
        + CheckpointEncoding.version
    case .headerDigest:
      "the header does not have the SHA-256 that it names"
    case .missingMetadata(let key):
      "the metadata has no key \(printable(key))"
    case .badMetadata(let key, let value):
      "the metadata value of \(printable(key)) is \(printable(value, limit: 40))"
    case .tensorType(let name, let type):
      "tensor \(printable(name)) has the type \(printable(type)), expected F32"
    case .tensorDigest(let name):
      "tensor \(printable(name)) does not have the SHA-256 that the header names"
    case .weightsDigest:
      "the weights together do not have the SHA-256 that the header names"
    case .nameDiffers(let images):
      "the file holds the state after \(images) images, which its name does not say"
    }
  }
}

extension ModelDifference {
  var sentence: String {
    switch self {
    case .missing(let name): "it has no tensor \(printable(name))"
    case .unexpected(let name): "it has a tensor \(printable(name)) that is not expected"
    case .shape(let name, let found, let expected):
      "tensor \(printable(name)) has the shape \(found), expected \(expected)"
    case .order(let section): "the tensors of \(printable(section)) are in another order"
    }
  }
}

extension SystemCallFailure {
  /// The call and the system's words for the error.
  var text: String { "\(call): \(String(cString: strerror(errno)))" }
}
