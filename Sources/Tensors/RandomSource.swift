// Random numbers that depend on nothing but their address.
//
// A number is addressed by (seed, stream, step, sample, position).  There is no generator state: who
// draws a number, when, and in which order does not matter, so results cannot depend on the number of
// ranks or threads, and a resumed run needs only its step.
// Not here: which streams exist; each target that draws declares its own, and their raw values differ.

/// A named, independent sequence of random numbers.
public struct RandomStream: RawRepresentable, Hashable, Sendable {
  /// Less than 65536; unique in the package.
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }
}

/// Addressed random numbers of one seed.
public struct RandomSource: Sendable {
  public let seed: UInt64

  public init(seed: UInt64) { self.seed = seed }

  /// Four words of random bits.
  ///
  /// - Parameters:
  ///   - step: 0..<2^48, a training step, an epoch, or 0.
  ///   - sample: 0..<2^32, the global index of a sample.
  ///   - block: 0..<2^32; positions 4 block ... 4 block + 3 of the sample's sequence.
  @inline(__always)
  public func bits(
    _ stream: RandomStream, step: Int = 0, sample: Int = 0, block: Int
  ) -> SIMD4<UInt32> {
    precondition(step >= 0 && step < 1 << 48, "step \(step) is outside 0..<2^48")
    let step = UInt64(step)
    let counter = SIMD4(
      UInt32(block), UInt32(sample), UInt32(truncatingIfNeeded: step),
      UInt32(step >> 32) << 16 | UInt32(stream.rawValue))
    return Philox4x32.block(
      counter: counter,
      key: SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
  }

  /// One word of random bits.
  public func word(
    _ stream: RandomStream, step: Int = 0, sample: Int = 0, position: Int
  ) -> UInt32 {
    bits(stream, step: step, sample: sample, block: position >> 2)[position & 3]
  }

  /// A number in [0, 1), a multiple of 2^-24, each equally likely.
  public func uniform(
    _ stream: RandomStream, step: Int = 0, sample: Int = 0, position: Int
  ) -> Float {
    Float(word(stream, step: step, sample: sample, position: position) >> 8) * 0x1p-24
  }

  /// An integer in 0..<bound, by the high half of a product (bias below bound / 2^32).
  public func integer(
    below bound: Int, _ stream: RandomStream, step: Int = 0, sample: Int = 0, position: Int
  ) -> Int {
    precondition(bound > 0 && bound <= Int(UInt32.max), "no integers below \(bound)")
    let word = word(stream, step: step, sample: sample, position: position)
    return Int(word.multipliedFullWidth(by: UInt32(bound)).high)
  }

  /// A standard normal number: the inverse distribution function at (word + 1/2) / 2^32.
  ///
  /// Its tails end at +-6.34, where a normal variable lies with a probability of 2.3e-10.
  public func normal(
    _ stream: RandomStream, step: Int = 0, sample: Int = 0, position: Int
  ) -> Float {
    let word = word(stream, step: step, sample: sample, position: position)
    return Float(inverseNormalDistribution((Double(word) + 0.5) * 0x1p-32))
  }

  /// Fills a buffer with the numbers at positions 0, 1, ... of a sample, each mapped by `transform`.
  @inline(__always)
  public func fill(
    _ target: UnsafeMutableBufferPointer<Float>, _ stream: RandomStream, step: Int = 0,
    sample: Int = 0, transform: (UInt32) -> Float
  ) {
    guard let elements = target.baseAddress else { return }
    let count = target.count
    var (position, block) = (0, 0)
    while position &+ 4 <= count {
      let words = bits(stream, step: step, sample: sample, block: block)
      let next = elements + position
      next.initialize(to: transform(words.x))
      (next + 1).initialize(to: transform(words.y))
      (next + 2).initialize(to: transform(words.z))
      (next + 3).initialize(to: transform(words.w))
      position &+= 4
      block &+= 1
    }
    guard position < count else { return }
    let words = bits(stream, step: step, sample: sample, block: block)
    for lane in 0..<(count - position) {
      (elements + position + lane).initialize(to: transform(words[lane]))
    }
  }

  /// Fills a buffer with standard normal numbers; see `normal`.
  public func fillNormal(
    _ target: UnsafeMutableBufferPointer<Float>, _ stream: RandomStream, step: Int = 0,
    sample: Int = 0
  ) {
    fill(target, stream, step: step, sample: sample) {
      Float(inverseNormalDistribution((Double($0) + 0.5) * 0x1p-32))
    }
  }

  /// Fills a buffer with numbers in [0, 1); see `uniform`.
  public func fillUniform(
    _ target: UnsafeMutableBufferPointer<Float>, _ stream: RandomStream, step: Int = 0,
    sample: Int = 0
  ) {
    fill(target, stream, step: step, sample: sample) { Float($0 >> 8) * 0x1p-24 }
  }
}
