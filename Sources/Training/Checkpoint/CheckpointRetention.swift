// Which checkpoints stay.  Not here: removing the others (`CheckpointStore`).

/// The newest few, and now and then one for good.
public struct CheckpointRetention: Sendable, Equatable {
  /// How many of the newest stay; at least 3, so that two damaged files in a row lose no run.
  public let keep: Int
  /// Of every so many images the first checkpoint stays for good; 0 for none.
  public let milestoneImages: Int

  public init(keep: Int = 3, milestoneImages: Int = 0) {
    precondition(keep >= 3, "at least 3 checkpoints are kept, not \(keep)")
    precondition(milestoneImages >= 0, "\(milestoneImages) images between milestones")
    self.keep = keep
    self.milestoneImages = milestoneImages
  }

  /// Those of the checkpoints `all` (by images seen) that may go, now that `saved` is durable.
  ///
  /// Newer ones than `saved` neither go nor count: a run that fell back leaves damaged ones ahead of
  /// it, which must not push out the good ones behind.
  func removable(_ all: [Int], saved: Int) -> [Int] {
    let upToSaved = Set(all).filter { $0 <= saved }.sorted()
    var milestones: Set<Int> = []
    if milestoneImages > 0 {
      var lastStretch = 0
      for images in upToSaved where images / milestoneImages > lastStretch {
        lastStretch = images / milestoneImages
        milestones.insert(images)
      }
    }
    return upToSaved.dropLast(keep).filter { !milestones.contains($0) }
  }
}
