// When something that happens every so many images is due.

/// Every `images` real images, counted from the start of the run, however often it was resumed.
struct Cadence: Sendable {
  /// 0: never.
  let images: Int

  init(everyKimg kimg: Double) { images = Configuration.images(kimg: kimg) }

  /// Whether a multiple of `images` lies in (before, after].
  func isDue(before: Int, after: Int) -> Bool {
    images > 0 && after / images > before / images
  }
}
