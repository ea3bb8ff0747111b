// The processor that a figure was measured on.

import Diagnostics
import Foundation

/// This machine's processor.
enum Processor {
  /// Its own name for itself, as Linux tells it.
  static var name: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    guard let value = line?.split(separator: ":", maxSplits: 1).last else {
      return "unknown processor"
    }
    return printable(value.trimmingCharacters(in: .whitespaces))
  }
}
