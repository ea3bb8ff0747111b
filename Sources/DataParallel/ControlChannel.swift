// Small messages of the collectives: one buffer and one transfer for each peer and direction.
// Not here: gradients (see ReproducibleReducer.swift).
import MPI

/// The tags of messages; within one, messages between two ranks stay in order.
enum MessageTag {
  static let control = 1
  static func partialSums(slot: Int) -> Int { 16 + 2 * slot }
  static func result(slot: Int) -> Int { 17 + 2 * slot }
}

/// The places for control messages to and from every peer.
final class ControlChannel {
  /// The most bytes of a piece; longer values travel in pieces.
  static let pieceBytes = 1 << 18

  struct Peer {
    let rank: Int
    let incoming: MessageBuffer
    let receive: any Transfer
    let send: any Transfer
    /// The bytes that this peer announced in its first piece, nil before.
    var announced: Int?
    var isReceiving = false
    var isSending = false
  }

  let outgoing = MessageBuffer(capacity: MessageHeader.byteCount + pieceBytes)
  var peers: [Peer]

  init(_ transport: any Transport) {
    peers = (0..<transport.size).filter { $0 != transport.rank }.map { rank in
      Peer(
        rank: rank, incoming: MessageBuffer(capacity: MessageHeader.byteCount + Self.pieceBytes),
        receive: transport.makeTransfer(), send: transport.makeTransfer())
    }
  }

  /// The number of pieces in which `total` bytes travel: one at least, which announces the total.
  static func pieces(_ total: Int) -> Int { max((total + pieceBytes - 1) / pieceBytes, 1) }

  /// The bytes of a piece, among `total`.
  static func range(ofPiece piece: Int, of total: Int) -> Range<Int> {
    piece * pieceBytes..<min((piece + 1) * pieceBytes, total)
  }
}
