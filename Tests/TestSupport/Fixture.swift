// Golden values of the plain PyTorch reference, from `Tests/Fixtures/NAME.safetensors`.

import Foundation
import Tensors

public enum Fixture {
  /// The folder of the fixtures: the environment's TRANSGAN_FIXTURES, else the repository's own.
  public static var folder: URL {
    if let path = ProcessInfo.processInfo.environment["TRANSGAN_FIXTURES"] {
      return URL(fileURLWithPath: path)
    }
    return repository.appendingPathComponent("Tests/Fixtures")
  }

  /// The folder of the package; this file lies in Tests/TestSupport.
  public static var repository: URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
  }

  /// Opens the fixture `name`, without its suffix.
  public static func load(_ name: String) throws -> SafetensorsFile {
    try SafetensorsFile(path: folder.appendingPathComponent(name + ".safetensors").path)
  }
}
