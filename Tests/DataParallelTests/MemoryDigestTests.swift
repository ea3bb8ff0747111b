// The digest of memory against its definition said word by word, and that no changed word is overlooked.

import Checksums
import Testing

@Suite struct MemoryDigestTests {
  private static func digest(_ words: [UInt32]) -> UInt64 {
    words.map(Float.init(bitPattern:)).withUnsafeBufferPointer { MemoryDigest.digest($0) }
  }

  /// Words that are numbers of no particular kind.
  private static func words(_ count: Int) -> [UInt32] {
    (0..<count).map { UInt32(truncatingIfNeeded: $0 &* 2_654_435_761 &+ 12345) }
  }

  /// 128 lanes; word i goes to lane i mod 128; missing words of the last round are 0.
  private static func plain(_ words: [UInt32]) -> UInt64 {
    var lanes = (1...128).map { UInt32($0) &* 0x85EB_CA77 }
    let padded = words + Array(repeating: 0, count: (128 - words.count % 128) % 128)
    for (index, word) in padded.enumerated() {
      let mixed = lanes[index % 128] ^ word
      lanes[index % 128] = (mixed << 13 | mixed >> 19) &* 0x85EB_CA77
    }
    var digest = UInt64(words.count) &* 0x9E37_79B1_85EB_CA87
    for lane in lanes {
      digest = (digest ^ UInt64(lane)) &* 0x9E37_79B1_85EB_CA87
      digest = digest << 31 | digest >> 33
    }
    return digest
  }

  @Test(arguments: [0, 1, 2, 15, 16, 17, 127, 128, 129, 255, 256, 1000, 4099])
  func isItsDefinition(count: Int) {
    let words = Self.words(count)
    #expect(Self.digest(words) == Self.plain(words))
  }

  /// Every bit of every word, whole rounds and an incomplete one: as the head of the file proves.
  @Test func everyBitCounts() {
    var words = Self.words(300)
    let sound = Self.digest(words)
    for index in words.indices {
      for bit in 0..<32 {
        words[index] ^= 1 << bit
        #expect(Self.digest(words) != sound, "bit \(bit) of word \(index)")
        words[index] ^= 1 << bit
      }
    }
  }

  /// Two sign bits in one lane, words that change places, and zeros at the end.
  @Test func changesThatSimpleSumsOverlook() {
    let words = Self.words(600)
    let sound = Self.digest(words)
    for distance in [1, 128, 256] {
      var signs = words
      signs[5] ^= 1 << 31
      signs[5 + distance] ^= 1 << 31
      #expect(Self.digest(signs) != sound, "signs of words 5 and \(5 + distance)")
      var swapped = words
      swapped.swapAt(5, 5 + distance)
      #expect(Self.digest(swapped) != sound, "words 5 and \(5 + distance) swapped")
    }
    #expect(Self.digest(words + [0]) != sound)
  }
}
