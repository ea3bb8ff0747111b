// Which kind of kernel an operation is booked for.

import Testing

@testable import Training

@Suite struct KernelFamilyTests {
  @Test(arguments: [
    ("linear", KernelFamily.products), ("matrix product", .products),
    ("attention's gradient", .attention), ("[cls] attention", .attention), ("GELU", .gelu),
    ("GELU's gradient", .gelu), ("layer normalisation's weight gradient", .normalisation),
    ("permutation", .movement), ("augmentation's linear part", .movement),
    ("leading sum", .arithmetic), ("softplus", .arithmetic), ("inputs", .inputs),
    ("update", .update),
  ])
  func familyOfAnOperation(name: String, family: KernelFamily) {
    #expect(KernelFamily(operation: name) == family)
  }

  @Test func timesOfOneFamilyAddUpInTheOrderOfFamilies() {
    let parts = KernelFamily.split(["GELU": 1, "linear": 2, "GELU's gradient": 4])
    #expect(parts.map(\.name) == ["matrix products", "GELU"])
    #expect(parts.map(\.seconds) == [2, 5])
  }
}
