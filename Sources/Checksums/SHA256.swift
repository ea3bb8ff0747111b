// SHA-256 (FIPS 180-4) of bytes that arrive in pieces, computed by libcrypto, which uses the processor's
// SHA instructions.
// Not here: which bytes stand for a data set, a tensor or a checkpoint; their owners say that.

import CLibCrypto

/// The 32 bytes of a SHA-256.
public struct SHA256Digest: Hashable, Sendable, CustomStringConvertible {
  public let bytes: [UInt8]

  /// 64 lowercase hexadecimal digits.
  public var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  public var description: String { hex }
}

/// A running SHA-256: `update` any number of times, then `finalize`.
public struct SHA256: ~Copyable {
  private let context: OpaquePointer

  public init() {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      preconditionFailure("libcrypto offers no SHA-256")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Appends bytes to the message.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    let status = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    precondition(status == 1, "EVP_DigestUpdate failed")
  }

  /// Appends the UTF-8 bytes of a text to the message.
  public mutating func update(_ text: String) {
    var text = text
    text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
  }

  /// The digest of all bytes so far.
  public consuming func finalize() -> SHA256Digest {
    let bytes = [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
      let status = EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
      precondition(status == 1, "EVP_DigestFinal_ex failed")
      count = 32
    }
    return SHA256Digest(bytes: bytes)
  }

  /// The digest of one piece.
  public static func hash(_ bytes: UnsafeRawBufferPointer) -> SHA256Digest {
    var running = SHA256()
    running.update(bytes)
    return running.finalize()
  }

  /// The digest of a text's UTF-8 bytes.
  public static func hash(_ text: String) -> SHA256Digest {
    var running = SHA256()
    running.update(text)
    return running.finalize()
  }
}
