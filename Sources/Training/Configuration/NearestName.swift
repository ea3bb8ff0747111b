// The name that somebody probably meant.  Not here: what names there are.

/// How many single edits (insert, delete, replace, swap of neighbours) lie between two texts:
/// the optimal string alignment distance.
func editDistance(_ first: String, _ second: String) -> Int {
  let a = Array(first.unicodeScalars)
  let b = Array(second.unicodeScalars)
  var beforeLast: [Int] = []
  var last = Array(0...b.count)
  for i in a.indices {
    var row = [i + 1]
    row.reserveCapacity(b.count + 1)
    for j in b.indices {
      var best = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        best = min(best, beforeLast[j - 1] + 1)
      }
      row.append(best)
    }
    (beforeLast, last) = (last, row)
  }
  return last[b.count]
}

/// The candidate nearest to a name, where it is near enough to be meant: by spelling, else by its
/// last part alone (`learning_rate` for `optimizer.generator.learning_rate`).
func nearestName(to name: String, among candidates: [String]) -> String? {
  guard name.utf8.count <= 200 else { return nil }
  let limit = max(1, name.count / 4)
  let nearest = candidates.map { ($0, editDistance(name, $0)) }.min { $0.1 < $1.1 }
  if let (candidate, distance) = nearest, distance <= limit { return candidate }
  func lastPart(_ name: String) -> Substring { name.split(separator: ".").last ?? "" }
  let part = String(lastPart(name))
  return candidates.map { ($0, editDistance(part, String(lastPart($0)))) }
    .filter { $0.1 <= max(1, part.count / 4) && !part.isEmpty }
    .min { $0.1 < $1.1 }?.0
}
