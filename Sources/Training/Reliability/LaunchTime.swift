// When a process began, by the system's own record.

import Foundation
import Reporting

/// When this run was launched, in seconds since 1970: when mpirun began where it launched this process, else when
/// this process began.
func launchTime(
  environment: [String: String] = ProcessInfo.processInfo.environment
) -> Double {
  let isLaunched = environment["OMPI_COMM_WORLD_SIZE"] != nil
  return startTime(ofProcess: isLaunched ? getppid() : getpid()) ?? secondsSince1970()
}

/// When a process of this host began; nil where the system does not say.
private func startTime(ofProcess process: pid_t) -> Double? {
  // proc(5): field 22 is the start in clock ticks since the host's, and field 2, in parentheses, may
  // hold anything.
  guard let data = FileManager.default.contents(atPath: "/proc/\(process)/stat") else { return nil }
  let text = String(decoding: data, as: UTF8.self)
  guard let end = text.lastIndex(of: ")") else { return nil }
  let fields = text[text.index(after: end)...].split(separator: " ")
  guard fields.count > 19, let ticks = Double(fields[19]) else { return nil }
  var sinceBoot = timespec()
  clock_gettime(CLOCK_BOOTTIME, &sinceBoot)
  let now = Double(sinceBoot.tv_sec) + Double(sinceBoot.tv_nsec) * 1e-9
  return secondsSince1970() - now + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
}
