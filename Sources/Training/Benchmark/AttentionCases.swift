// The attention kernels of `bench kernels`: every stage of G, and D.

import Tensors
import TransGAN

/// Attention of one image beside its plain loop.
struct AttentionCases {
  private let shape: AttentionShape
  private let qkv, gy: Tensor

  static func all(_ configuration: Configuration) -> [KernelCase] {
    let (g, d) = (configuration.model.generatorSizes, configuration.model.discriminatorSizes)
    let stages = g.widths.enumerated().map { stage, width in
      AttentionCases(side: g.bottom << stage, extra: 0, heads: g.heads, channels: width)
    }
    let critic = AttentionCases(
      side: d.imageSide / d.patch, extra: 1, heads: d.heads, channels: d.channels)
    return (stages + [critic]).flatMap { [$0.forward, $0.backward] } + [critic.classToken]
  }

  private init(side: Int, extra: Int, heads: Int, channels: Int) {
    shape = AttentionShape(
      batch: 1, tokens: side * side + extra, heads: heads, headWidth: channels / heads)
    qkv = KernelCase.normal([1, shape.tokens, 3 * channels], 20)
    gy = KernelCase.normal([1, shape.tokens, channels], 21)
  }

  private var text: String {
    "\(shape.tokens) tokens, \(shape.heads) x \(shape.headWidth)"
  }

  private var products: Int { 2 * shape.tokens * shape.tokens * shape.channels }

  private var forward: KernelCase {
    KernelCase(
      name: "attention", shape: text, work: .operations(2 * products), tolerance: 1e-5,
      fast: { [run().y] },
      plain: {
        [tensor(gy.shape, PlainAttention.forward(shape, qkv: doubles(qkv)).y)]
      })
  }

  private var backward: KernelCase {
    let (y, statistics) = run()
    return KernelCase(
      name: "attention, gradient", shape: text, work: .operations(4 * products), tolerance: 1e-5,
      fast: {
        [
          Tensor(qkv.shape) { out in
            withAddresses(of: [qkv, y, statistics, gy]) { inputs in
              guard let out = out.baseAddress else { return }
              AttentionKernels.backward(
                shape, qkv: inputs[0], y: inputs[1], logSumExp: inputs[2], gy: inputs[3], gqkv: out)
            }
          }
        ]
      },
      plain: {
        [tensor(qkv.shape, PlainAttention.backward(shape, qkv: doubles(qkv), gy: doubles(gy)))]
      })
  }

  /// One query for all keys: the last block of D.
  private var classToken: KernelCase {
    let q0 = KernelCase.normal([1, shape.channels], 22)
    let kv = KernelCase.normal([1, shape.tokens, 2 * shape.channels], 23)
    return KernelCase(
      name: "[cls] attention", shape: text, work: .operations(2 * products / shape.tokens),
      tolerance: 1e-5,
      fast: {
        [
          Tensor(q0.shape) { y in
            withAddresses(of: [q0, kv]) { inputs in
              guard let y = y.baseAddress else { return }
              AttentionKernels.classTokenForward(shape, q0: inputs[0], kv: inputs[1], y0: y)
            }
          }
        ]
      },
      plain: {
        [
          tensor(
            q0.shape,
            PlainAttention.classTokenForward(shape, q0: doubles(q0), kv: doubles(kv)))
        ]
      })
  }

  private func run() -> (y: Tensor, logSumExp: Tensor) {
    var statistics = Tensor([0], [])
    let y = Tensor(gy.shape) { y in
      statistics = Tensor([1, shape.heads, shape.tokens]) { logSumExp in
        withAddresses(of: [qkv]) { inputs in
          guard let y = y.baseAddress, let logSumExp = logSumExp.baseAddress else { return }
          AttentionKernels.forward(shape, qkv: inputs[0], y: y, logSumExp: logSumExp)
        }
      }
    }
    return (y, statistics)
  }

  private func doubles(_ x: Tensor) -> [Double] { x.elements.map(Double.init) }

  private func tensor(_ shape: Shape, _ values: [Double]) -> Tensor {
    Tensor(shape, values.map { Float($0) })
  }
}

/// Calls `body` with the addresses of the elements of some tensors.
private func withAddresses(of tensors: [Tensor], _ body: ([UnsafePointer<Float>]) -> Void) {
  func add(_ index: Int, _ addresses: [UnsafePointer<Float>]) {
    guard index < tensors.count else { return body(addresses) }
    tensors[index].withUnsafeBuffer { elements in
      guard let address = elements.baseAddress else { return }
      add(index + 1, addresses + [address])
    }
  }
  add(0, [])
}
