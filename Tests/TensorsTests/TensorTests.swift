// Tensors, shapes, the storage pool and flat buffers: who shares memory, who copies, what is reused.

import Testing

@testable import Tensors

@Suite struct TensorTests {
  @Test func shapes() {
    let shape: Shape = [2, 3, 5]
    #expect(shape.rank == 3 && shape.count == 30 && shape.innermost == 5 && shape.rows == 6)
    #expect(shape.replacingInnermost(7) == [2, 3, 7])
    #expect(shape.description == "(2, 3, 5)")
    let scalar: Shape = []
    #expect(scalar.rank == 0 && scalar.count == 1 && scalar.innermost == 1 && scalar.rows == 1)
    let empty: Shape = [4, 0]
    #expect(empty.count == 0 && empty.innermost == 0 && empty.rows == 4)
  }

  private func address(_ tensor: Tensor) -> UnsafePointer<Float>? {
    tensor.withUnsafeBuffer { $0.baseAddress }
  }

  @Test func reshapesAndSlicesShareMemory() {
    let tensor = Tensor([4, 3], (0..<12).map(Float.init))
    let reshaped = tensor.reshaped([2, 6])
    #expect(address(reshaped) == address(tensor) && reshaped.elements == tensor.elements)
    let slice = tensor.slice(1..<3)
    #expect(slice.shape == [2, 3] && slice.elements == [3, 4, 5, 6, 7, 8])
    #expect(address(slice) == address(tensor).map { $0 + 3 })
    #expect(slice.slice(1..<2).elements == [6, 7, 8])
    #expect(tensor.slice(2..<2).shape == [0, 3])
  }

  @Test func writingCopiesWhatIsShared() {
    let tensor = Tensor([4, 3], (0..<12).map(Float.init))
    var slice = tensor.slice(1..<3)
    slice.withUnsafeMutableBuffer { $0[0] = 100 }
    #expect(slice.elements == [100, 4, 5, 6, 7, 8])
    #expect(tensor.elements == (0..<12).map(Float.init))
    let owned = slice.isUniquelyReferenced()
    #expect(owned)
  }

  @Test func writingDoesNotCopyWhatIsOwned() {
    var tensor = Tensor.zeros([9])
    let before = address(tensor)
    tensor.withUnsafeMutableBuffer { $0[8] = 1 }
    #expect(address(tensor) == before && tensor.elements.last == 1)
    var copy = tensor
    let owned = copy.isUniquelyReferenced()
    #expect(!owned)
    withExtendedLifetime(tensor) {}
  }

  @Test func scalars() {
    #expect(Tensor(3).shape == [] && Tensor(3).scalar == 3)
    #expect(Tensor([1, 1], [4]).scalar == 4)
  }

  @Test func flatBuffersShareMemoryWithTheirViews() {
    let buffer = FlatBuffer(count: 10)
    #expect(buffer.elements.allSatisfy { $0 == 0 })
    var view = buffer.view(at: 4, shape: [2, 3])
    buffer.elements[5] = 7
    #expect(view.elements == [0, 7, 0, 0, 0, 0])
    view.withUnsafeMutableBuffer { $0[0] = 1 }
    #expect(buffer.elements[4] == 0, "a view is a value")
    let other = FlatBuffer(count: 10)
    other.copy(from: buffer)
    #expect(Array(other.elements) == Array(buffer.elements))
  }

  @Test func aViewKeepsItsBufferAlive() {
    var view = Tensor(0)
    do {
      let buffer = FlatBuffer(count: 4)
      buffer.elements[3] = 5
      view = buffer.view(at: 2, shape: [2])
    }
    #expect(view.elements == [0, 5])
  }
}
