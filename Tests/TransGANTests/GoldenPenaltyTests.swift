// Augmentation, losses and the gradient penalty against float64 PyTorch.

import Autodiff
import Tensors
import TestSupport
import Testing
import TransGAN

@Suite struct GoldenPenaltyTests {
  @Test func augmentation() throws {
    let fixture = try Fixture.load("augment")
    let x = Variable.independent(try fixture.tensor(named: "in/image"))
    let block = try augmentation(of: fixture, side: x.shape[2])
    let y = augment(x, block)
    expectClose(y.value, try fixture.tensor(named: "out/image"), tolerance: 1e-5, "image")
    let u = Variable(try fixture.tensor(named: "in/u"))
    let gradient = try #require(try gradients(of: (u * y).sum, withRespectTo: [x])[0])
    expectClose(
      gradient.value, try fixture.tensor(named: "grad/image"), tolerance: 1e-5, "grad/image")
  }

  private func augmentation(of file: SafetensorsFile, side: Int) throws -> BlockAugmentation {
    let order = try #require(file.metadata["order"]).split(separator: ",")
    return BlockAugmentation(
      order: try order.map { try #require(AugmentationKind(rawValue: String($0))) },
      cutoutSide: try #require(file.metadata["cutout_size"].flatMap { Int($0) }),
      images: try ImageAugmentation.load(file, "in/augment"))
  }

  @Test func gradientPenalty() throws {
    let fixture = try NetworkFixture("gradient_penalty")
    try expectPenalty(fixture) { $0 }
  }

  @Test func gradientPenaltyThroughAugmentation() throws {
    let fixture = try NetworkFixture("gradient_penalty_augmented")
    let choices = try fixture.augmentation("in/augment")
    try expectPenalty(fixture) { augment($0, choices) }
  }

  private func expectPenalty(
    _ fixture: NetworkFixture, _ before: @escaping (Variable) -> Variable
  ) throws {
    let parameters = try fixture.parameters(fixture.discriminator.table)
    let penalty = GradientPenalty.mixed(weight: 1, phi: 1)
    let images = penalty.images(
      real: try fixture.tensor("in/real"), fake: try fixture.tensor("in/fake"),
      alpha: try fixture.tensor("in/alpha"))
    let (loss, _) = try penalty.penalty(at: images, batch: images.shape[0]) {
      fixture.discriminator(before($0), parameters)
    }
    expectClose(
      loss.value.elements, try fixture.tensor("out/penalty").elements, tolerance: 1e-5, "penalty")
    try expectGradients(fixture, loss, fixture.discriminator.table, parameters)
  }

  @Test(arguments: AdversarialLoss.allCases)
  func losses(kind: AdversarialLoss) throws {
    let file = try Fixture.load("losses")
    let real = Variable.independent(try file.tensor(named: "in/real"))
    let fake = Variable.independent(try file.tensor(named: "in/fake"))
    let batch = real.shape[0]
    func expect(_ found: Variable?, _ name: String) throws {
      let expected = try file.tensor(named: name)
      expectClose(
        (found?.value ?? .zeros(expected.shape)).elements, expected.elements, tolerance: 1e-5,
        name)
    }
    // The drift term's value is drift mean^2, its gradient that of the linear share.
    let drift: Float = 1e-3
    let mean = real.value.elements.reduce(0, +) / Float(batch)
    var objective = kind.discriminatorLoss(real: real, fake: fake, batch: batch)
    var value = objective.value.scalar
    if kind.hasDrift {
      objective = objective + driftShare(real: real, globalMean: mean, drift: drift, batch: batch)
      value += drift * mean * mean
    }
    let d = try gradients(of: objective, withRespectTo: [real, fake])
    try expect(Variable(Tensor(value)), "out/\(kind.rawValue)/d")
    try expect(d[0], "grad/\(kind.rawValue)/real")
    try expect(d[1], "grad/\(kind.rawValue)/fake")
    let generator = kind.generatorLoss(fake: fake, batch: batch)
    try expect(generator, "out/\(kind.rawValue)/g")
    try expect(
      try gradients(of: generator, withRespectTo: [fake])[0], "grad/\(kind.rawValue)/g_fake")
  }
}
