// Which states a crash may leave of the file system in memory.

extension MemoryFileSystem.State {
  /// Every state that a crash at this moment may leave: any subset of the pending changes of names, and
  /// for each file that was not synced nothing, half, zeros, or all of what was written.
  func crashStates() -> [MemoryFileSystem.State] {
    var result: [MemoryFileSystem.State] = []
    for subset in 0..<(1 << pending.count) {
      var names = durableNames
      for (index, change) in pending.enumerated() where subset >> index & 1 == 1 {
        for (path, inode) in change { names[path] = inode }
      }
      for damage in 0..<4 {
        var state = MemoryFileSystem.State()
        state.names = names
        state.durableNames = names
        for (number, inode) in inodes {
          let content = inode.content
          let left: [UInt8] =
            content == inode.durable
            ? content
            : [
              inode.durable, Array(content.prefix(content.count / 2)),
              [UInt8](repeating: 0, count: content.count), content,
            ][damage]
          state.inodes[number] = .init(content: left, durable: left, mode: inode.mode)
        }
        result.append(state)
        if inodes.values.allSatisfy({ $0.content == $0.durable }) { break }
      }
    }
    return result
  }
}
