// Layers and their order, origins, round trips, the shipped files, and contradictions.
import Foundation
import TestSupport
import Testing

@testable import Training

@Suite struct ConfigurationLoaderTests {
  private func key(_ name: String) throws -> ConfigurationKey {
    try #require(ConfigurationKey.named(name))
  }

  @Test func laterLayersWin() throws {
    var loader = ConfigurationLoader()
    #expect(loader.origin(of: try key("seed")) == .defaults)
    try loader.add(yaml: "seed: 1\nthreads: 2\nn_critic: 3\n", path: "a.yaml")
    try loader.add(yaml: "# second\nthreads: 4\n", path: "b.yaml")
    try loader.add(environment: [
      "TRANSGAN_N_CRITIC": "5", "TRANSGAN_BATCH__BLOCKS": "16", "TRANSGAN_ARCH": "native",
      "PATH": "/bin", "TRANSGANX": "1",
    ])
    try loader.add(assignment: "batch.blocks=4")
    let result = try loader.validated()
    #expect(result.seed == 1 && result.threads == 4 && result.criticSteps == 5)
    #expect(result.batch.blocks == 4)
    #expect(loader.origin(of: try key("seed")) == .file(path: "a.yaml", line: 1))
    #expect(loader.origin(of: try key("threads")) == .file(path: "b.yaml", line: 2))
    #expect(
      loader.origin(of: try key("n_critic")) == .environment(variable: "TRANSGAN_N_CRITIC"))
    #expect(loader.origin(of: try key("batch.blocks")) == .flag("batch.blocks=4"))
  }

  @Test func aRefusedLayerLeavesNothingBehind() {
    var loader = ConfigurationLoader()
    #expect(throws: ConfigurationError.self) {
      try loader.add(yaml: "seed: 5\nthreads: none\n", path: "a.yaml")
    }
    #expect(throws: ConfigurationError.self) {
      try loader.add(environment: ["TRANSGAN_SEED": "5", "TRANSGAN_THREADS": "x"])
    }
    #expect(loader.configuration == Configuration())
  }

  @Test func assignmentsTakeTextsAndLists() throws {
    var loader = ConfigurationLoader()
    for assignment in [
      "data.path=/a b/c=d: [e", "model.generator.depths=5,4,2",
      "augmentation.policy=[color, cutout]",
      "locality.schedule={until_kimg: 2, windows: [none, 1, 2]}, {until_kimg: 3, windows: [4, 5, 6]}",
      "total_kimg=1e-3",
    ] {
      try loader.add(assignment: assignment)
    }
    let result = loader.configuration
    #expect(result.data.path == "/a b/c=d: [e")
    #expect(result.model.generator.depths == [5, 4, 2])
    #expect(result.augmentation.policy == [.color, .cutout])
    #expect(
      result.locality.schedule == [
        .init(untilKimg: 2, windows: [nil, 1, 2]), .init(untilKimg: 3, windows: [4, 5, 6]),
      ])
    #expect(result.totalKimg == 0.001 && result.totalImages == 1 && result.totalSteps == 1)
    try loader.add(assignment: "augmentation.policy=")
    #expect(loader.configuration.augmentation.policy.isEmpty)
  }

  @Test(arguments: ["seed", "=3", "", "batch=3", "model.generator=[1]", "batch.=3", "-=1"])
  func assignmentsThatAreNoneAreRefused(text: String) {
    var loader = ConfigurationLoader()
    let error = #expect(throws: ConfigurationError.self) { try loader.add(assignment: text) }
    #expect(error?.exitCode == .usage)
  }

  @Test(arguments: [
    ("batch: 3\n", 1), ("seed: 1\nmodel:\n  generator: [1]\n", 3), ("model:\n", 1),
    ("batch.blocks: 3\n", 1),
  ])
  func levelsThatAreMixedUpAreRefused(text: String, line: Int) {
    var loader = ConfigurationLoader()
    let error = #expect(throws: ConfigurationError.self) {
      try loader.add(yaml: text, path: "f.yaml")
    }
    guard case .wrongLevel(_, .file("f.yaml", line), _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func numbersSurviveWriting() throws {
    for value in [
      0.1, 1e-300, Double.leastNonzeroMagnitude, 1 / 3.0, 123_456_789.123, 9e8, 1e-8, 2.5e-7,
    ] {
      var start = Configuration()
      start.totalKimg = value
      start.optimizer.generator.epsilon = min(value, 0.5)
      #expect(try Configuration(yaml: start.yaml(), source: "f") == start, "\(value)")
      #expect(try Configuration(yaml: start.yaml { $0.summary }, source: "f") == start)
    }
  }

  /// Paths may hold what no word of a configuration starts with.
  @Test(arguments: ["/data/a !b", "a &b *c ?d", "x -!y", "a \"!b\" \\ ?", "!a?b&c*d", "{!,&:*[?"])
  func textsSurviveWriting(path: String) throws {
    var start = Configuration()
    start.data.path = path
    #expect(try Configuration(yaml: start.yaml(), source: "f") == start)
  }

  static let recipes = ["quickstart", "cifar10-s", "cifar10-m", "cifar10-l", "cifar10-xl"]

  @Test(arguments: recipes)
  func shippedFilesAreSound(name: String) throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("configs")
    let path = folder.appendingPathComponent(name + ".yaml").path
    var loader = ConfigurationLoader()
    try loader.add(file: path)
    let recipe = try loader.validated()
    #expect(recipe.name == name)
    #expect(try Configuration(yaml: recipe.yaml(), source: "f") == recipe)
    if name == "quickstart" {
      #expect(recipe.changedKeys(from: Configuration()).map(\.name) == [])
    } else {
      #expect(recipe.totalSteps / recipe.criticSteps == 500_000)
      #expect(recipe.model.latent == recipe.model.generator.channels)
    }
  }

  @Test(arguments: [
    (["batch.discriminator=4"], ["batch.discriminator", "batch.blocks"]),
    (["batch.generator=7"], ["batch.generator", "batch.blocks"]),
    (["threads=9"], ["threads", "batch.blocks"]),
    (["data.source=cifar10"], ["data.source", "data.path"]),
    (["model.generator.bottom=8"], ["model.generator.bottom", "model.generator.depths"]),
    (["model.generator.depths=1,1"], ["model.generator.bottom", "model.generator.depths"]),
    (
      ["model.generator.channels=120", "model.generator.widths=[]"],
      ["model.generator.channels", "model.generator.depths"]
    ),
    (
      ["model.generator.widths=128,64"],
      ["model.generator.widths", "model.generator.channels", "model.generator.depths"]
    ),
    (
      ["model.generator.heads=3", "model.generator.widths=128,66,33,33"],
      ["model.generator.heads", "model.generator.channels", "model.generator.widths"]
    ),
    (
      ["model.discriminator.heads=5"],
      ["model.discriminator.heads", "model.discriminator.channels"]
    ),
    (["model.discriminator.patch=5"], ["model.discriminator.patch"]),
    (["augmentation.policy=color,color"], ["augmentation.policy"]),
    (
      ["optimizer.decay.final_factor=0.5"],
      [
        "optimizer.decay.start_kimg", "optimizer.decay.end_kimg", "optimizer.decay.final_factor",
      ]
    ),
    (["locality.schedule=[]"], ["locality.preset", "locality.schedule"]),
    (
      ["locality.preset=paper", "locality.schedule={until_kimg: 1, windows: [1, 1, 1]}"],
      ["locality.preset", "locality.schedule"]
    ),
    (
      ["locality.preset=custom", "locality.schedule={until_kimg: 1, windows: [1, 1]}"],
      ["locality.schedule", "model.generator.depths"]
    ),
  ])
  func contradictionsNameTheirKeys(assignments: [String], keys: [String]) throws {
    var loader = ConfigurationLoader()
    for assignment in assignments { try loader.add(assignment: assignment) }
    let problems = loader.configuration.problems()
    #expect(problems.first?.keys == keys)
    for key in keys where problems.first?.sentence.contains(key) == false {
      // A key that only may be at fault is named by its origin alone.
      #expect(
        key == "model.generator.channels" || key == "model.generator.widths"
          || key == "data.source" || key == "model.generator.depths", "\(key)")
    }
    let error = #expect(throws: ConfigurationError.self) { try loader.validated() }
    #expect(error?.exitCode == .usage)
    #expect(assignments.contains { error?.description.contains("--set \($0)") == true })
  }

  @Test func localityPresetsAreTheKnownSchedules() {
    var locality = Configuration.Locality()
    locality.preset = .none
    #expect(locality.resolved(stages: 3).windows(atKimg: 0) == nil)
    locality.preset = .published
    let published = locality.resolved(stages: 3)
    #expect(published.metric == .sequence && published.lastBlockOnly)
    // Epochs of 50 kimg: 4 until 22, 6 until 32, 8 until 42, 10 until 60.
    for (epoch, window) in [(0, 4), (21, 4), (22, 6), (32, 8), (42, 10), (59, 10)] {
      #expect(published.windows(atKimg: Double(epoch * 50)) == [nil, nil, window])
    }
    #expect(published.windows(atKimg: 3000) == nil)
    locality.preset = .paper
    #expect(locality.resolved(stages: 2).windows(atKimg: 1) == [4, 4])
    #expect(locality.resolved(stages: 2).metric == .grid)
  }

  @Test func decayIsLinear() {
    var decay = Configuration.Optimizer.Decay()
    #expect(decay.factor(atKimg: 5) == 1)
    decay.startKimg = 10
    decay.endKimg = 30
    decay.finalFactor = 0.5
    #expect([0, 10, 20, 30, 99].map { decay.factor(atKimg: $0) } == [1, 1, 0.75, 0.5, 0.5])
  }
}
