// What `sample` is asked for: seeds, grids, interpolations, and what does not fit together.

import Foundation
import Tensors
import Testing

@testable import Training

@Suite struct SamplingRequestTests {
  @Test(
    arguments: [
      ("0-3", [0, 1, 2, 3]), ("1,5,9-12", [1, 5, 9, 10, 11, 12]), ("7", [7]), ("2-2,1", [2, 1]),
      ("18446744073709551614-18446744073709551615", [UInt64.max - 1, UInt64.max]),
    ] as [(String, [UInt64])])
  func readsSeeds(text: String, seeds: [UInt64]) throws {
    #expect(try SeedList(text).seeds == seeds)
  }

  @Test(arguments: [
    "", "5-1", "a", "1,,2", "1,", "-1", "1-", "1-2-3", "0x3", " 1", "1.5", "18446744073709551616",
    "0-1000000", "0-999999,5", "0-18446744073709551615", "١",
  ])
  func refusesOtherSeeds(text: String) {
    let error = #expect(throws: SamplingError.self) { try SeedList(text) }
    #expect(error?.exitCode == .usage)
  }

  @Test func aMillionSeedsAreAllowed() throws {
    #expect(try SeedList("0-999999").seeds.count == 1_000_000)
  }

  @Test(arguments: ["0x3", "3x0", "3", "x", "3x", "3x4x5", "-1x2", "3X3", "9999999x1", "3 x 3"])
  func refusesOtherGrids(text: String) {
    #expect(throws: SamplingError.badGrid(text)) { try GridSize(text) }
  }

  /// The smallest square that has room, without rows that stay empty.
  @Test(arguments: [
    (1, 1, 1), (2, 1, 2), (5, 2, 3), (36, 6, 6), (37, 6, 7), (42, 6, 7), (43, 7, 7),
  ])
  func aGridIsNearlySquare(count: Int, rows: Int, columns: Int) {
    #expect(GridSize(for: count) == GridSize(rows: rows, columns: columns))
  }

  @Test(arguments: ["3:7", "3:7:1", "3:7:x", ":7:8", "3:7:8:9", "-3:7:8", "3:7:1000001"])
  func refusesOtherInterpolations(text: String) {
    #expect(throws: SamplingError.badInterpolation(text)) { try LatentInterpolation(text) }
  }

  @Test func fillsInWhatIsNotSaid() throws {
    let plain = try SampleRequest()
    #expect(plain.pictures == .seeds(Array(0...35)))
    #expect(plain.output == .grid(path: "samples.png", GridSize(rows: 6, columns: 6)))
    #expect(plain.scale == 2)
    let way = try SampleRequest(interpolate: "3:7:8", output: "a.png")
    #expect(way.output == .grid(path: "a.png", GridSize(rows: 1, columns: 8)))
    let files = try SampleRequest(count: 3, output: "folder.d")
    #expect(files.pictures == .seeds([0, 1, 2]) && files.output == .folder(path: "folder.d"))
    #expect(files.scale == 1)
    #expect(try SampleRequest(count: 3, output: "a.npy").output == .array(path: "a.npy"))
  }

  @Test func refusesWhatDoesNotFit() {
    #expect(throws: SamplingError.gridMismatch(rows: 2, columns: 3, pictures: 5)) {
      try SampleRequest(seeds: "0-4", grid: "2x3")
    }
    for request in [
      { try SampleRequest(seeds: "1", count: 1) },
      { try SampleRequest(count: 2, interpolate: "1:2:3") },
      { try SampleRequest(count: 0) },
      { try SampleRequest(count: -1) },
      { try SampleRequest(count: 1_000_001, output: "folder") },
      { try SampleRequest(count: 2049) },
      { try SampleRequest(scale: 0) },
      { try SampleRequest(scale: 9) },
      { try SampleRequest(output: "a.npy", scale: 2) },
      { try SampleRequest(grid: "6x6", output: "folder") },
      { try SampleRequest(output: "") },
    ] as [() throws -> SampleRequest] {
      let error = #expect(throws: SamplingError.self) { try request() }
      #expect(error?.exitCode == .usage)
    }
  }

  /// On the unit circle, a third of the way from (1, 0) to (0, 1) is (cos 30, sin 30).
  @Test func interpolatesOnTheCircle() {
    let (start, end) = (Tensor([1, 2], [1, 0]), Tensor([1, 2], [0, 1]))
    for (t, degrees) in [(0.0, 0.0), (1.0 / 3, 30), (0.5, 45), (1, 90)] {
      let found = LatentInterpolation.latent(at: t, from: start, to: end).elements
      let angle = degrees * Double.pi / 180
      #expect(abs(Double(found[0]) - cos(angle)) < 1e-7, "\(t): \(found)")
      #expect(abs(Double(found[1]) - sin(angle)) < 1e-7, "\(t): \(found)")
    }
  }

  @Test func endsAreTheLatentsThemselves() throws {
    let random = RandomSource(seed: 3)
    let latents = (0..<2).map { sample in
      Tensor([1, 64]) { random.fillNormal($0, RandomStream(rawValue: 1300), sample: sample) }
    }
    let way = try LatentInterpolation("0:1:5")
    let frames = (0..<5).map { way.latent(frame: $0, from: latents[0], to: latents[1]).elements }
    #expect(frames[0] == latents[0].elements && frames[4] == latents[1].elements)
    // The same latent at both ends: no direction to turn in.
    #expect(way.latent(frame: 2, from: latents[0], to: latents[0]).elements == frames[0])
  }

  @Test func theArrayHeaderFollowsTheFormat() {
    let header = NumPyFile.header(shape: [70, 32, 32, 3])
    #expect(Array(header[..<8]) == [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0])
    #expect(header.count % 64 == 0 && Int(header[8]) + 256 * Int(header[9]) == header.count - 10)
    let text = String(decoding: header[10...], as: UTF8.self)
    #expect(
      text.hasPrefix("{'descr': '|u1', 'fortran_order': False, 'shape': (70, 32, 32, 3), }"))
    #expect(text.hasSuffix(" \n"))
  }
}
