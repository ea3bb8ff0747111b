// Both networks against float64 PyTorch: outputs, and gradients with respect to every parameter and input.

import Autodiff
import Tensors
import TestSupport
import Testing
import TransGAN

@Suite struct GoldenNetworkTests {
  @Test func generator() throws {
    let fixture = try NetworkFixture("generator")
    let parameters = try fixture.parameters(fixture.generator.table)
    let z = Variable.independent(try fixture.tensor("in/z"))
    let image = fixture.generator(z, parameters)
    try expectImageAndGradients(fixture, image, parameters, inputs: ["z": z])
  }

  @Test(arguments: ["generator_local", "generator_local_sequence"])
  func localGenerator(name: String) throws {
    let fixture = try NetworkFixture(name)
    let parameters = try fixture.parameters(fixture.generator.table)
    let z = Variable.independent(try fixture.tensor("in/z"))
    let image = fixture.generator(z, parameters, locality: try windows(fixture))
    try expectImageAndGradients(fixture, image, parameters, inputs: ["z": z])
  }

  private func windows(_ fixture: NetworkFixture) throws -> LocalityWindows {
    let metadata = fixture.file.metadata
    let list = try #require(metadata["windows"]).filter { $0 != "[" && $0 != "]" && $0 != " " }
    let metric = try #require(metadata["metric"])
    return LocalityWindows(
      metric: try #require(.init(rawValue: metric)),
      windows: list.split(separator: ",").map { Int($0) })
  }

  @Test func superResolution() throws {
    let fixture = try NetworkFixture("super_resolution")
    let parameters = try fixture.parameters(fixture.generator.table)
    let image = fixture.generator.superResolve(
      Variable(try fixture.tensor("in/low")), parameters)
    expectClose(image.value, try fixture.tensor("out/image"), tolerance: 1e-5, "image")
    let real = Variable(try fixture.tensor("in/real"))
    let loss = (1 / Float(real.shape.count)) * (image - real).squared.sum
    expectClose(
      loss.value.elements, try fixture.tensor("out/loss").elements, tolerance: 1e-5, "loss")
    try expectGradients(fixture, loss, fixture.generator.table, parameters)
  }

  @Test func areaAverage() throws {
    let fixture = try NetworkFixture("super_resolution")
    let low = downsampled(
      try fixture.tensor("in/real"), to: fixture.generator.configuration.bottom)
    expectClose(low, try fixture.tensor("in/low"), tolerance: 1e-6, "low")
  }

  @Test func discriminator() throws {
    let fixture = try NetworkFixture("discriminator")
    let parameters = try fixture.parameters(fixture.discriminator.table)
    let image = Variable.independent(try fixture.tensor("in/image"))
    let logit = fixture.discriminator(image, parameters)
    expectClose(logit.value, try fixture.tensor("out/logit"), tolerance: 1e-5, "logit")
    let objective = (Variable(try fixture.tensor("in/u")) * logit).sum
    try expectGradients(
      fixture, objective, fixture.discriminator.table, parameters, inputs: ["image": image])
  }

  private func expectImageAndGradients(
    _ fixture: NetworkFixture, _ image: Variable, _ parameters: ParameterValues,
    inputs: [String: Variable]
  ) throws {
    expectClose(image.value, try fixture.tensor("out/image"), tolerance: 1e-5, "image")
    guard fixture.file.contains("in/u") else { return }
    let objective = (Variable(try fixture.tensor("in/u")) * image).sum
    try expectGradients(fixture, objective, fixture.generator.table, parameters, inputs: inputs)
  }
}

/// Every `grad/NAME` of the fixture against ours, and no parameter that it has and we leave out.
func expectGradients(
  _ fixture: NetworkFixture, _ objective: Variable, _ table: ParameterTable,
  _ parameters: ParameterValues, inputs: [String: Variable] = [:], tolerance: Double = 2e-5
) throws {
  let named = inputs.sorted { $0.key < $1.key }
  let names = table.entries.map(\.name) + named.map(\.key)
  let found = try gradients(
    of: objective, withRespectTo: parameters.variables + named.map(\.value))
  var compared = 0
  for (name, gradient) in zip(names, found) {
    guard fixture.file.contains("grad/\(name)") else {
      #expect(gradient == nil, "\(name) has a gradient that the reference does not have")
      continue
    }
    compared += 1
    let expected = try fixture.tensor("grad/\(name)")
    expectClose(
      gradient?.value ?? .zeros(expected.shape), expected, tolerance: tolerance, "grad/\(name)")
  }
  let expectedCount = fixture.file.names.filter { $0.hasPrefix("grad/") }.count
  #expect(compared == expectedCount, "\(compared) of \(expectedCount) gradients were compared")
}
