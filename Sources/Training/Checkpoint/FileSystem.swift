// The system calls that writing and reading checkpoints need, one method each, so that tests can put a
// file system in their place that fails at any call or loses what was not synced.
// Not here: loops over short and interrupted calls (`FileSystem+Loops.swift`).

/// A system call that failed.
public struct SystemCallFailure: Error, Equatable, Sendable {
  /// The name of the call, such as "fsync".
  public let call: String
  public let errno: Int32

  public init(_ call: String, errno: Int32) {
    self.call = call
    self.errno = errno
  }
}

/// Files and folders by single system calls; every method may be interrupted, `write` and `read` may
/// do less than asked.
public protocol FileSystem: Sendable {
  /// Opens a file for reading, without waiting if it is a pipe.
  func openForReading(
    _ path: String, followLinks: Bool
  ) throws(SystemCallFailure) -> Int32
  /// Creates a file for writing; fails where anything has that name, a link included.
  func createExclusively(_ path: String, mode: UInt32) throws(SystemCallFailure) -> Int32
  /// The size of an open file, nil where it is not a regular one.
  func regularFileSize(_ descriptor: Int32) throws(SystemCallFailure) -> Int?
  /// Reads at a position; 0 at the end.
  func read(
    _ descriptor: Int32, into target: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(SystemCallFailure) -> Int
  /// Appends bytes and returns how many were taken.
  func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(SystemCallFailure) -> Int
  /// Changes the permission bits of an open file.
  func setMode(_ descriptor: Int32, _ mode: UInt32) throws(SystemCallFailure)
  /// Makes the contents of an open file durable.
  func sync(_ descriptor: Int32) throws(SystemCallFailure)
  /// Closes a file; it is closed afterwards even where this fails.
  func close(_ descriptor: Int32) throws(SystemCallFailure)
  /// Advises that cached pages be dropped, so that a later read comes from the device.
  func dropCache(_ descriptor: Int32)
  /// Gives a file another name, replacing what had that name.
  func rename(_ source: String, to target: String) throws(SystemCallFailure)
  /// Removes a name.
  func remove(_ path: String) throws(SystemCallFailure)
  /// Makes the names in a folder durable.
  func syncDirectory(_ path: String) throws(SystemCallFailure)
  /// The bytes that this process may still write to the file system of a path.
  func freeBytes(_ path: String) throws(SystemCallFailure) -> Int
  /// The names in a folder, in no particular order.
  func list(_ path: String) throws(SystemCallFailure) -> [String]
  /// Creates a folder and those above it; succeeds where it exists.
  func createDirectories(_ path: String) throws(SystemCallFailure)
}
