// Which buckets of a flat gradient are final in this rank, so that they can be summed over the ranks while
// the rest is still being computed.

import DataParallel
import Foundation
import Synchronization
import Tensors
import TransGAN

/// Starts buckets in their order, each when its last parameter is complete.
///
/// Unchecked: the reducer belongs to the thread that made this object, and only that thread touches it;
/// other lanes note what has arrived, and the owner starts it at its next own delivery.
final class BucketArrivals: @unchecked Sendable {
  private let reducer: any GradientReducer
  private let table: ParameterTable
  private let owner = pthread_self()
  /// For each bucket, how many of its parameters are still incomplete.
  private let missing: Mutex<[Int]>
  private var started = 0

  init(table: ParameterTable, reducer: any GradientReducer) {
    self.table = table
    self.reducer = reducer
    var missing = Array(repeating: 0, count: reducer.plan.bucketCount)
    for entry in table.entries {
      for bucket in Self.buckets(of: entry, reducer.plan) { missing[bucket] += 1 }
    }
    self.missing = Mutex(missing)
  }

  private static func buckets(
    of entry: ParameterTable.Entry, _ plan: BucketPlan
  ) -> ClosedRange<Int> {
    plan.bucket(of: entry.range.lowerBound)...plan.bucket(of: entry.range.upperBound - 1)
  }

  /// Adds a block's gradient; on the owner's thread, also moves what is ready.
  func add(_ gradients: BlockGradients, block: Int, entry: Int, _ gradient: Tensor) throws {
    if gradients.add(block: block, entry: entry, gradient) {
      let buckets = Self.buckets(of: table.entries[entry], reducer.plan)
      missing.withLock { missing in
        for bucket in buckets { missing[bucket] -= 1 }
      }
    }
    guard pthread_equal(owner, pthread_self()) != 0 else { return }
    while started < reducer.plan.bucketCount, missing.withLock({ $0[started] }) == 0 {
      try reducer.start(bucket: started)
      started += 1
    }
    try reducer.progress()
  }

  /// Starts all buckets that are left; on the owner's thread, when nothing more will be added.
  func startAll() throws {
    while started < reducer.plan.bucketCount {
      try reducer.start(bucket: started)
      started += 1
    }
  }
}
