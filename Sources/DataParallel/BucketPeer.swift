// What one rank contributes to a bucket, and the messages to and from it.
// Not here: when they are sent (see BucketSlot.swift).
import MPI

/// The part of the tree that a rank holds.
struct BlockShare {
  let blocks: Range<Int>
  /// The cover of `blocks`.
  let nodes: [TreeNode]
}

/// The buffers and transfers of one bucket towards one other rank.
struct BucketPeer {
  let rank: Int
  let share: BlockShare
  /// The position of the rank's first node among the nodes of all ranks.
  let firstNode: Int
  let sumsIn: MessageBuffer
  let sumsOut: MessageBuffer
  let resultIn: MessageBuffer
  let receiveSums: any Transfer
  let sendSums: any Transfer
  let receiveResult: any Transfer
  let sendResult: any Transfer
  /// Which of the four messages are under way.
  var sumsDue = false
  var sumsLeaving = false
  var resultDue = false
  var resultLeaving = false
}
