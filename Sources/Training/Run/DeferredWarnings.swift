// Warnings that come before there is a log to write them to.

import Logging
import Synchronization

/// Keeps warnings until a logger exists, then passes them on as they come.
final class DeferredWarnings: Sendable {
  private let state = Mutex<(logger: Logger?, waiting: [String])>((nil, []))

  func warn(_ text: String) {
    let logger = state.withLock { state in
      if state.logger == nil { state.waiting.append(text) }
      return state.logger
    }
    logger?.warning("\(text)")
  }

  func deliver(to logger: Logger) {
    let waiting = state.withLock { state in
      defer { state = (logger, []) }
      return state.waiting
    }
    for text in waiting { logger.warning("\(text)") }
  }
}
