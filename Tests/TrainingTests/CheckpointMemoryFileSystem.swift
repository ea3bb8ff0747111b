// A file system in memory for tests: it fails where it is told to, and it knows what a crash may lose.
//
// The model is the weakest that the calls promise: content is durable after `sync` of the file, names
// after `syncDirectory`; before that any subset of the changes may be on the disk.  A failed `sync`
// forgets the content: later ones of the same file succeed and do nothing, as on Linux.

import Foundation
import Synchronization

@testable import Training

/// What goes wrong, and when.
struct InjectedFault: Sendable, CustomStringConvertible {
  enum Kind: Sendable, Equatable {
    case errno(Int32)
    /// Reads and writes do half of what was asked.
    case short
    /// Writes report success and do half: a lying disk.
    case lie
  }
  let kind: Kind
  /// The number of the call, from 1.
  let call: Int
  /// Whether all later calls fail, too.
  var persists = false

  var description: String { "\(kind) at call \(call)\(persists ? " and after" : "")" }
}

final class MemoryFileSystem: FileSystem {
  struct Inode: Sendable {
    var content: [UInt8] = []
    /// What a crash leaves for certain.
    var durable: [UInt8] = []
    var syncFailed = false
    var mode: UInt32 = 0
  }

  /// A change of names, which a crash keeps or loses as a whole; nil removes the name.
  typealias NameChange = [String: Int?]

  struct State: Sendable {
    var inodes: [Int: Inode] = [:]
    var names: [String: Int] = [:]
    var durableNames: [String: Int] = [:]
    var pending: [NameChange] = []
    var open: [Int32: Int] = [:]
    var nextDescriptor: Int32 = 3
    var calls: [String] = []
    var fault: InjectedFault?
    var free = 1 << 30
  }

  private let state: Mutex<State>
  /// The state before each call, and after the last one.
  private let recorded = Mutex<[State]>([])
  private let records: Bool

  init(_ state: State = State(), records: Bool = false) {
    self.state = Mutex(state)
    self.records = records
  }

  var snapshot: State { state.withLock { $0 } }
  var history: [State] { recorded.withLock { $0 } + [snapshot] }
  var calls: [String] { snapshot.calls }
  var names: [String] { snapshot.names.keys.sorted() }
  var openFiles: Int { snapshot.open.count }

  func inject(_ fault: InjectedFault?) {
    state.withLock {
      $0.fault = fault
      $0.calls = []
    }
  }
  func setFree(_ bytes: Int) { state.withLock { $0.free = bytes } }

  /// Puts a file there, durably.
  func put(_ path: String, _ bytes: [UInt8]) {
    state.withLock { state in
      let inode = (state.inodes.keys.max() ?? 0) + 1
      state.inodes[inode] = Inode(content: bytes, durable: bytes)
      state.names[path] = inode
      state.durableNames[path] = inode
    }
  }

  func content(_ path: String) -> [UInt8]? {
    state.withLock { state in state.names[path].flatMap { state.inodes[$0]?.content } }
  }

  func mode(_ path: String) -> UInt32? {
    state.withLock { state in state.names[path].flatMap { state.inodes[$0]?.mode } }
  }

  /// Counts the call, fails if it is to fail, and says whether it is to be cut short or to lie.
  private func perform<Result>(
    _ call: String, _ body: (inout State, InjectedFault.Kind?) throws(SystemCallFailure) -> Result
  ) throws(SystemCallFailure) -> Result {
    if records { recorded.withLock { $0.append(snapshot) } }
    let result: Swift.Result<Result, SystemCallFailure> = state.withLock { state in
      state.calls.append(call)
      var kind: InjectedFault.Kind?
      if let fault = state.fault,
        state.calls.count == fault.call || fault.persists && state.calls.count > fault.call
      {
        kind = fault.kind
      }
      do throws(SystemCallFailure) {
        return .success(try body(&state, kind))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private func fail(_ call: String, _ kind: InjectedFault.Kind?) throws(SystemCallFailure) {
    if case .errno(let code) = kind { throw SystemCallFailure(call, errno: code) }
  }

  func openForReading(_ path: String, followLinks: Bool) throws(SystemCallFailure) -> Int32 {
    try perform("open") { state, kind throws(SystemCallFailure) in
      try fail("open", kind)
      guard let inode = state.names[path] else { throw SystemCallFailure("open", errno: ENOENT) }
      state.nextDescriptor += 1
      state.open[state.nextDescriptor] = inode
      return state.nextDescriptor
    }
  }

  func createExclusively(_ path: String, mode: UInt32) throws(SystemCallFailure) -> Int32 {
    try perform("create") { state, kind throws(SystemCallFailure) in
      try fail("open", kind)
      guard state.names[path] == nil else { throw SystemCallFailure("open", errno: EEXIST) }
      let inode = (state.inodes.keys.max() ?? 0) + 1
      state.inodes[inode] = Inode(mode: mode)
      state.names[path] = inode
      state.pending.append([path: inode])
      state.nextDescriptor += 1
      state.open[state.nextDescriptor] = inode
      return state.nextDescriptor
    }
  }

  func regularFileSize(_ descriptor: Int32) throws(SystemCallFailure) -> Int? {
    try perform("fstat") { state, kind throws(SystemCallFailure) in
      try fail("fstat", kind)
      return try inode(descriptor, state).content.count
    }
  }

  func read(
    _ descriptor: Int32, into target: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(SystemCallFailure) -> Int {
    // The buffer's address crosses into the lock's closure as a number.
    let address = UInt(bitPattern: target.baseAddress)
    let capacity = target.count
    return try perform("pread") { state, kind throws(SystemCallFailure) in
      try fail("pread", kind)
      let content = try inode(descriptor, state).content
      let asked = kind == .short ? max(1, capacity / 2) : capacity
      let count = max(0, min(asked, content.count - offset))
      let target = UnsafeMutableRawBufferPointer(
        start: UnsafeMutableRawPointer(bitPattern: address), count: count)
      if count > 0 { target.copyBytes(from: content[offset..<(offset + count)]) }
      return count
    }
  }

  func write(
    _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer
  ) throws(SystemCallFailure) -> Int {
    let bytes = Array(bytes)
    return try perform("write") { state, kind throws(SystemCallFailure) in
      try fail("write", kind)
      let count = kind == nil ? bytes.count : max(1, bytes.count / 2)
      guard let inode = state.open[descriptor] else {
        throw SystemCallFailure("write", errno: EBADF)
      }
      state.inodes[inode]?.content.append(
        contentsOf: bytes.prefix(kind == .lie ? count / 2 : count))
      return kind == .lie ? bytes.count : count
    }
  }

  func setMode(_ descriptor: Int32, _ mode: UInt32) throws(SystemCallFailure) {
    try perform("fchmod") { state, kind throws(SystemCallFailure) in
      try fail("fchmod", kind)
      if let inode = state.open[descriptor] { state.inodes[inode]?.mode = mode }
    }
  }

  func sync(_ descriptor: Int32) throws(SystemCallFailure) {
    try perform("fsync") { state, kind throws(SystemCallFailure) in
      guard let number = state.open[descriptor], var inode = state.inodes[number] else {
        throw SystemCallFailure("fsync", errno: EBADF)
      }
      if case .errno = kind { inode.syncFailed = true }
      if !inode.syncFailed { inode.durable = inode.content }
      state.inodes[number] = inode
      try fail("fsync", kind)
    }
  }

  func close(_ descriptor: Int32) throws(SystemCallFailure) {
    try perform("close") { state, kind throws(SystemCallFailure) in
      guard state.open.removeValue(forKey: descriptor) != nil else {
        throw SystemCallFailure("close", errno: EBADF)
      }
      try fail("close", kind)
    }
  }

  func dropCache(_ descriptor: Int32) {}

  func rename(_ source: String, to target: String) throws(SystemCallFailure) {
    try perform("rename") { state, kind throws(SystemCallFailure) in
      try fail("rename", kind)
      guard let inode = state.names.removeValue(forKey: source) else {
        throw SystemCallFailure("rename", errno: ENOENT)
      }
      state.names[target] = inode
      state.pending.append([source: nil, target: inode])
    }
  }

  func remove(_ path: String) throws(SystemCallFailure) {
    try perform("unlink") { state, kind throws(SystemCallFailure) in
      try fail("unlink", kind)
      guard state.names.removeValue(forKey: path) != nil else {
        throw SystemCallFailure("unlink", errno: ENOENT)
      }
      state.pending.append([path: nil])
    }
  }

  func syncDirectory(_ path: String) throws(SystemCallFailure) {
    try perform("fsync of the folder") { state, kind throws(SystemCallFailure) in
      try fail("fsync", kind)
      state.durableNames = state.names
      state.pending = []
    }
  }

  func freeBytes(_ path: String) throws(SystemCallFailure) -> Int {
    try perform("statvfs") { state, kind throws(SystemCallFailure) in
      try fail("statvfs", kind)
      return state.free
    }
  }

  func list(_ path: String) throws(SystemCallFailure) -> [String] {
    try perform("list") { state, kind throws(SystemCallFailure) in
      try fail("opendir", kind)
      return state.names.keys.filter { $0.hasPrefix(path + "/") }
        .map { String($0.dropFirst(path.count + 1)) }
    }
  }

  func createDirectories(_ path: String) throws(SystemCallFailure) {
    try perform("mkdir") { _, kind throws(SystemCallFailure) in try fail("mkdir", kind) }
  }

  private func inode(_ descriptor: Int32, _ state: State) throws(SystemCallFailure) -> Inode {
    guard let inode = state.open[descriptor].flatMap({ state.inodes[$0] }) else {
      throw SystemCallFailure("fstat", errno: EBADF)
    }
    return inode
  }
}
