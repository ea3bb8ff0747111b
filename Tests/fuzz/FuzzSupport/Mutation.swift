// One mutation of an input, and what makes the result get past the checks in front of a parser.

import CFuzzer

/// Mutates an input in place, and three times out of four lets `repair` set lengths and checksums in it right, so
/// that what lies behind them is reached; the fourth time they are wrong.
///
/// - Returns: the new size, at most `maximum`.
public func mutateInput(
  _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ maximum: Int, _ seed: UInt32,
  repair: (UnsafeMutableBufferPointer<UInt8>) -> Void
) -> Int {
  let size = LLVMFuzzerMutate(data, size, maximum)
  if seed % 4 != 0 { repair(UnsafeMutableBufferPointer(start: data, count: size)) }
  return size
}
