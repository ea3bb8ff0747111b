// A TensorBoard event as protobuf, and its framing as a TFRecord with masked CRCs.
// Not here: the file and its name (`TensorBoardWriter`).
import Checksums

/// What one record of an event file says; field numbers of tensorboard/compat/proto/event.proto and
/// summary.proto.
enum TensorBoardEvent {
  /// The first record of every file: `file_version` = `brain.Event:2`.
  case fileVersion
  /// `session_log{status: START}`: what older files hold at this step or beyond is void.
  case sessionStart(step: Int)
  /// One number per tag.
  case scalars([(tag: String, value: Float)], step: Int)
  /// One RGB picture.
  case image(tag: String, width: Int, height: Int, png: [UInt8], step: Int)

  /// The `Event` message; `wallTime` in seconds since 1970.
  func message(wallTime: Double) -> [UInt8] {
    var event = ProtobufEncoder()
    event.double(wallTime, field: 1)
    switch self {
    case .fileVersion:
      event.string("brain.Event:2", field: 3)
    case .sessionStart(let step):
      event.integer(Int64(step), field: 2)
      event.message(field: 7) { $0.integer(1, field: 1) }  // status START
    case .scalars(let scalars, let step):
      event.integer(Int64(step), field: 2)
      event.message(field: 5) { summary in
        for (tag, value) in scalars {
          summary.message(field: 1) {
            $0.string(tag, field: 1)
            $0.float(value, field: 2)
          }
        }
      }
    case .image(let tag, let width, let height, let png, let step):
      event.integer(Int64(step), field: 2)
      event.message(field: 5) { summary in
        summary.message(field: 1) {
          $0.string(tag, field: 1)
          $0.message(field: 4) {
            $0.integer(Int64(height), field: 1)
            $0.integer(Int64(width), field: 2)
            $0.integer(3, field: 3)  // colorspace RGB
            $0.data(png, field: 4)
          }
        }
      }
    }
    return event.bytes
  }

  /// The record: length, masked CRC of the length, message, masked CRC of the message.
  func record(wallTime: Double) -> [UInt8] {
    let message = message(wallTime: wallTime)
    let length = littleEndian(UInt64(message.count))
    return length + littleEndian(maskedChecksum(length))
      + message + littleEndian(maskedChecksum(message))
  }
}

/// CRC-32C rotated right by 15 bits plus a constant, as TFRecord files want it: a CRC over data that
/// holds its own CRC would be a poor check.
func maskedChecksum(_ bytes: [UInt8]) -> UInt32 {
  let checksum = CRC32C.checksum(bytes)
  return (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
}
