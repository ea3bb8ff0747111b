// What one execution may use: 64 MiB and twice the input's bytes of memory, one second of the
// processor.  Beyond either the process ends, which libFuzzer reports with the input.
//
// Memory is what the parser has asked for and not given back, counted by hooks of address sanitizer's
// allocator at each request, before a byte of it is touched.  Time is that of the
// program's own instructions, so that neither a busy machine, nor one that is short of memory, nor a
// process that was stopped for a while looks like a parser that hangs.

import CFuzzer
import Glibc
import Synchronization

/// The limits of an execution, and the most that any execution of this process has used.
public enum Limits {
  static let spareBytes = 64 << 20
  /// The fifth tick within an execution says that it has taken at least a second.
  private static let ticksPerSecond = 4

  /// Starts counting; to be called once, from `LLVMFuzzerInitialize`.
  public static func start() {
    let installed = __sanitizer_install_malloc_and_free_hooks(
      { _, size in Limits.took(size) },
      { pointer in Limits.gave(__sanitizer_get_allocated_size(pointer)) })
    precondition(installed != 0, "the allocator takes no hooks")
    signal(SIGVTALRM) { _ in
      if ticks.add(1, ordering: .relaxed).newValue > Limits.ticksPerSecond {
        Limits.finding("an execution takes more than a second of the processor")
      }
    }
    let period = timeval(tv_sec: 0, tv_usec: suseconds_t(1_000_000 / ticksPerSecond))
    var timer = itimerval(it_interval: period, it_value: period)
    precondition(setitimer(__itimer_which_t(ITIMER_VIRTUAL.rawValue), &timer, nil) == 0, "no timer")
    atexit {
      Limits.say("largest memory of an execution: \(largest.load(ordering: .relaxed)) bytes")
    }
  }

  /// Runs `body` within the limits of an input.
  static func hold<Value>(inputBytes: Int, _ body: () throws -> Value) rethrows -> Value {
    begin(inputBytes: inputBytes)
    defer { end() }
    return try body()
  }

  private static func begin(inputBytes: Int) {
    let now = live.load(ordering: .relaxed)
    base.store(now, ordering: .relaxed)
    peak.store(now, ordering: .relaxed)
    allowed.store(now + 2 * inputBytes + spareBytes, ordering: .relaxed)
    ticks.store(0, ordering: .relaxed)
  }

  private static func end() {
    ticks.store(.min, ordering: .relaxed)
    allowed.store(.max, ordering: .relaxed)
    let used = peak.load(ordering: .relaxed) - base.load(ordering: .relaxed)
    if used > largest.load(ordering: .relaxed) { largest.store(used, ordering: .relaxed) }
  }

  private static func took(_ size: Int) {
    let now = live.add(size, ordering: .relaxed).newValue
    if now > peak.load(ordering: .relaxed) { peak.store(now, ordering: .relaxed) }
    if now > allowed.load(ordering: .relaxed) {
      allowed.store(.max, ordering: .relaxed)
      finding("an execution holds more memory than twice its input and 64 MiB")
    }
  }

  private static func gave(_ size: Int) { live.subtract(size, ordering: .relaxed) }

  /// Ends the process; libFuzzer writes the input to a file.
  private static func finding(_ text: String) {
    say(text)
    abort()
  }

  private static func say(_ text: String) {
    let line = "fuzz: \(text)\n"
    write(2, line, line.utf8.count)
  }
}

// Bytes that are allocated now, and in the current execution: at its begin, at most, and the limit.
private let live = Atomic<Int>(0)
private let base = Atomic<Int>(0)
private let peak = Atomic<Int>(0)
private let allowed = Atomic<Int>(.max)
/// The most that an execution has used.
private let largest = Atomic<Int>(0)
/// Ticks of the timer since the execution began; far below zero between executions.
private let ticks = Atomic<Int>(.min)
