// Texts for people against values worked out by hand.
import Reporting
import Testing

@Suite struct HumanTextTests {
  @Test(
    arguments: [
      (0, "0.00 s"), (0.423, "0.42 s"), (0.996, "1.0 s"), (9.94, "9.9 s"), (9.96, "10 s"),
      (59.4, "59 s"),
      (59.6, "1 min"), (200, "3 min 20 s"), (3599.4, "59 min 59 s"), (3599.6, "1 h"),
      (4800, "1 h 20 min"), (86_399, "1 d"), (183_600, "2 d 3 h"), (86_400, "1 d"),
      (-1, "?"), (.nan, "?"), (.infinity, "?"),
    ] as [(Double, String)])
  func durations(seconds: Double, expected: String) {
    #expect(HumanText.duration(seconds: seconds) == expected)
  }

  @Test func durationOfTheStandardLibrary() {
    #expect(HumanText.duration(.milliseconds(1500)) == "1.5 s")
  }

  @Test(arguments: [
    (0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (74_300_000, "74.3 MB"), (999_499, "999 kB"),
    (999_500, "1.00 MB"), (1_200_000_000, "1.20 GB"), (Int.max, "9.22 EB"),
  ])
  func sizes(bytes: Int, expected: String) {
    #expect(HumanText.bytes(bytes) == expected)
  }

  @Test(arguments: [(7, "7"), (18_600_000, "18.6 M"), (50_000, "50.0 k")])
  func counts(count: Int, expected: String) {
    #expect(HumanText.count(count) == expected)
  }

  @Test(
    arguments: [
      (1.0, 0, "1"), (-0.0004, 3, "0.000"), (-1.2345, 2, "-1.23"), (0.05, 1, "0.1"),
      (12.999, 2, "13.00"),
      (.nan, 2, "nan"), (-.infinity, 2, "-inf"),
    ] as [(Double, Int, String)])
  func fixedDigits(value: Double, digits: Int, expected: String) {
    #expect(HumanText.fixed(value, digits) == expected)
  }
}
