// Random bits against published vectors, and the addresses of random numbers.

import Testing

@testable import Tensors

@Suite struct PhiloxTests {
  static let stream = RandomStream(rawValue: 1020)

  /// Random123's `kat_vectors` for philox4x32, 10 rounds (counter, key, result).
  @Test(arguments: [
    (
      SIMD4<UInt32>(0, 0, 0, 0), SIMD2<UInt32>(0, 0),
      SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
    ),
    (
      SIMD4(.max, .max, .max, .max), SIMD2(.max, .max),
      SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
    ),
    (
      SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), SIMD2(0xa409_3822, 0x299f_31d0),
      SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
    ),
  ])
  func knownAnswers(counter: SIMD4<UInt32>, key: SIMD2<UInt32>, expected: SIMD4<UInt32>) {
    #expect(Philox4x32.block(counter: counter, key: key) == expected)
  }

  /// The counter is (block, sample, low step, high step and stream), the key the seed, low word first.
  @Test func addressing() {
    let random = RandomSource(seed: 0x299f_31d0_a409_3822)
    let bits = random.bits(
      RandomStream(rawValue: 0x7344), step: 0x0370_1319_8a2e, sample: 0x85a3_08d3,
      block: 0x243f_6a88)
    #expect(bits == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  /// Addresses that share parts in every way give blocks that all differ: 12 x 12 x 12 x 12 of them.
  @Test func addressesDoNotCollide() {
    let random = RandomSource(seed: 3)
    let words = [
      0, 1, 2, 3, 255, 256, 65535, 65536, 1 << 24, 1 << 31, (1 << 32) - 2, (1 << 32) - 1,
    ]
    let steps = words.dropLast(2) + [1 << 32, (1 << 48) - 1]
    let streams: [UInt16] = [0, 1, 2, 3, 16, 32, 255, 256, 1000, 4096, 65534, 65535]
    var seen = Set<SIMD4<UInt32>>()
    for stream in streams {
      for step in steps {
        for sample in words {
          for block in words {
            seen.insert(
              random.bits(
                RandomStream(rawValue: stream), step: step, sample: sample, block: block))
          }
        }
      }
    }
    #expect(seen.count == 12 * 12 * 12 * 12)
  }

  @Test func seedsDiffer() {
    let seeds: [UInt64] = [0, 1, 1 << 32, .max, 1 << 63]
    let blocks = seeds.map { RandomSource(seed: $0).bits(Self.stream, block: 0) }
    #expect(Set(blocks).count == seeds.count)
  }

  @Test func positionsAreWordsOfBlocks() {
    let random = RandomSource(seed: 3)
    for position in [0, 1, 2, 3, 4, 4093] {
      let block = random.bits(Self.stream, step: 5, sample: 6, block: position / 4)
      #expect(
        random.word(Self.stream, step: 5, sample: 6, position: position) == block[position % 4])
    }
  }

  @Test(arguments: [0, 1, 2, 3, 4, 5, 7, 8, 1001])
  func fillsAreTheNumbersAtPositions(count: Int) {
    let random = RandomSource(seed: 3)
    let uniform = Tensor([count]) { random.fillUniform($0, Self.stream, step: 1, sample: 2) }
    let normal = Tensor([count]) { random.fillNormal($0, Self.stream, step: 1, sample: 2) }
    for position in 0..<count {
      #expect(
        uniform.elements[position]
          == random.uniform(Self.stream, step: 1, sample: 2, position: position))
      #expect(
        normal.elements[position]
          == random.normal(Self.stream, step: 1, sample: 2, position: position))
    }
  }

  /// Moments of U[0, 1): mean 1/2 (variance 1/12), second moment 1/3 (variance 4/45), within 5
  /// standard deviations of the mean of n numbers.
  @Test func uniformNumbersAreUniform() {
    let count = 1 << 20
    let numbers = Tensor([count]) { RandomSource(seed: 3).fillUniform($0, Self.stream) }.elements
    #expect(numbers.allSatisfy { $0 >= 0 && $0 < 1 && $0 * 0x1p24 == ($0 * 0x1p24).rounded() })
    let n = Double(count)
    let mean = numbers.reduce(0.0) { $0 + Double($1) } / n
    let second = numbers.reduce(0.0) { $0 + Double($1) * Double($1) } / n
    #expect(abs(mean - 1 / 2) < 5 * (1 / 12 / n).squareRoot())
    #expect(abs(second - 1 / 3) < 5 * (4 / 45 / n).squareRoot())
    // Successive numbers are uncorrelated: the mean product of centred ones has variance 1/144 n.
    let products = zip(numbers, numbers.dropFirst()).reduce(0.0) {
      $0 + (Double($1.0) - 0.5) * (Double($1.1) - 0.5)
    }
    #expect(abs(products / n) < 5 / 12 / n.squareRoot())
  }

  @Test func theLargestWordIsBelowOne() {
    #expect(Float(UInt32.max >> 8) * 0x1p-24 < 1)
  }

  /// Counts of integers below a bound: each within 5 standard deviations of n / bound.
  @Test(arguments: [1, 2, 3, 7, 10, 33])
  func integersBelowABound(bound: Int) {
    let (random, count) = (RandomSource(seed: 9), 40_000)
    var counts = [Int](repeating: 0, count: bound)
    for position in 0..<count {
      counts[random.integer(below: bound, Self.stream, position: position)] += 1
    }
    let p = 1 / Double(bound)
    let deviation = (Double(count) * p * (1 - p)).squareRoot()
    for (value, found) in counts.enumerated() {
      #expect(abs(Double(found) - Double(count) * p) <= 5 * deviation, "\(value) of \(bound)")
    }
  }

  @Test func theLargestBoundIsServed() {
    let random = RandomSource(seed: 9)
    for position in 0..<100 {
      let value = random.integer(below: Int(UInt32.max), Self.stream, position: position)
      #expect((0..<Int(UInt32.max)).contains(value))
    }
  }
}
