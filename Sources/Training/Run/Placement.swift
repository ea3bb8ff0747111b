// Where the ranks run: hosts, cores that each may use, threads that each wants.
// Not here: binding anything; that is the launcher's.

import DataParallel
import Foundation

/// The placement of all ranks, as each rank's own system tells it.
struct Placement: Sendable {
  /// One rank's place.
  struct Rank: Sendable, Equatable {
    let host: String
    /// The cores that the rank may run on.
    let cores: Set<Int>
    /// The lanes that it computes with.
    let threads: Int
  }

  let ranks: [Rank]

  init(ranks: [Rank]) { self.ranks = ranks }

  /// Gathers the ranks' places; all ranks call it.
  init(_ group: ProcessGroup, threads: Int) throws {
    let host = ProcessInfo.processInfo.hostName
    let own = "\(threads)\n\(Self.allowedCores())\n\(host)"
    ranks = try group.allGather(Array(own.utf8), phase: "placement").map { bytes in
      let parts = String(decoding: bytes, as: UTF8.self)
        .split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
      return Rank(
        host: parts.count > 2 ? String(parts[2]) : "",
        cores: parts.count > 1 ? Self.cores(in: parts[1]) : [],
        threads: parts.first.flatMap { Int($0) } ?? 1)
    }
  }

  /// The kernel's list of cores that this process may use, as `0-3,8`; empty where it does not say.
  private static func allowedCores() -> String {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    return line.map { $0.dropFirst("Cpus_allowed_list:".count).filter { !$0.isWhitespace } } ?? ""
  }

  /// The numbers of a list like `0-3,8`.
  static func cores(in list: some StringProtocol) -> Set<Int> {
    var cores: Set<Int> = []
    for part in list.split(separator: ",") {
      let bounds = part.split(separator: "-").compactMap { Int($0) }
      guard let first = bounds.first, let last = bounds.last, first <= last else { continue }
      cores.formUnion(first...last)
    }
    return cores
  }

  /// The hosts in the order of their first rank, with their ranks.
  private var hosts: [(name: String, ranks: [Int])] {
    var hosts: [(name: String, ranks: [Int])] = []
    for (rank, place) in ranks.enumerated() {
      if let index = hosts.firstIndex(where: { $0.name == place.host }) {
        hosts[index].ranks.append(rank)
      } else {
        hosts.append((place.host, [rank]))
      }
    }
    return hosts
  }

  /// One line: `2 ranks on node7 (16 cores), 1 thread each; ...`.
  var summary: String {
    hosts.map { host in
      let cores = host.ranks.reduce(into: Set<Int>()) { $0.formUnion(ranks[$1].cores) }.count
      let threads = Set(host.ranks.map { ranks[$0].threads }).sorted().map(String.init)
      return "\(counted(host.ranks.count, "rank")) on \(host.name) (\(counted(cores, "core"))), "
        + "\(threads.joined(separator: " to ")) \(threads == ["1"] ? "thread" : "threads") each"
    }.joined(separator: "; ")
  }

  /// What is likely to make the run slow, each with what to do.
  var warnings: [String] {
    hosts.flatMap { host in crowdedRanks(host.ranks) + sharedCores(host.name, host.ranks) }
  }

  /// Ranks with more threads than cores: Open MPI binds one or two ranks to a core each.
  private func crowdedRanks(_ own: [Int]) -> [String] {
    own.filter { !ranks[$0].cores.isEmpty && ranks[$0].cores.count < ranks[$0].threads }.map {
      "rank \($0) computes on \(ranks[$0].threads) threads but may use "
        + "\(counted(ranks[$0].cores.count, "core")): start mpirun with "
        + "--map-by slot:PE=\(ranks[$0].threads) or --bind-to none"
    }
  }

  /// A host on which fewer cores are allowed than threads want to run.
  private func sharedCores(_ name: String, _ own: [Int]) -> [String] {
    let cores = own.reduce(into: Set<Int>()) { $0.formUnion(ranks[$1].cores) }.count
    let threads = own.reduce(0) { $0 + ranks[$1].threads }
    guard own.count > 1, cores > 0, threads > cores else { return [] }
    return [
      "\(counted(own.count, "rank")) with \(threads) threads share \(counted(cores, "core")) of \(name), "
        + "so each step waits for them to take turns: start at most as many ranks times threads as cores"
    ]
  }

  private func counted(_ count: Int, _ noun: String) -> String {
    count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
  }
}
