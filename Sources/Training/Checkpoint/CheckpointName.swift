// How checkpoint files are named: kimg-000100.250.safetensors holds the state after 100 250 images.
//
// Three decimals of a kimg are exactly one image, and every step sees at least one, so names are unique
// at any cadence, mean what users count progress in, and sort by progress as text (up to a billion
// images; the longest recipe sees 160 million).

import Foundation

enum CheckpointName {
  static let suffix = ".safetensors"
  private static let prefix = "kimg-"

  /// Thousands of images with three decimals, padded to sort: "000100.250".
  static func kimg(images: Int) -> String {
    padded(images / 1000, digits: 6) + "." + padded(images % 1000, digits: 3)
  }

  static func file(images: Int) -> String { prefix + kimg(images: images) + suffix }

  /// The images that a file's name says, nil where it is not the name of a checkpoint.
  static func images(file: String) -> Int? {
    guard file.hasPrefix(prefix), file.hasSuffix(suffix) else { return nil }
    let parts = file.dropFirst(prefix.count).dropLast(suffix.count)
      .split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let thousands = Int(parts[0]), let rest = Int(parts[1]) else {
      return nil
    }
    let (product, overflow) = thousands.multipliedReportingOverflow(by: 1000)
    guard !overflow, product >= 0, (0..<1000).contains(rest), product <= Int.max - rest else {
      return nil
    }
    let images = product + rest
    return self.file(images: images) == file ? images : nil
  }

  /// The hidden name under which a file is written.
  static func temporary(for file: String, attempt: Int) -> String {
    ".\(file).tmp.\(getpid()).\(attempt)"
  }

  /// Whether a name is one that `temporary` makes, in this process or another.
  static func isTemporary(_ name: String) -> Bool {
    name.hasPrefix("." + prefix) && name.contains(suffix + ".tmp.")
  }

  private static func padded(_ value: Int, digits: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
