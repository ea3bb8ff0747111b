// The name that somebody probably meant.  Not here: what names there are.

/// How many single edits (insert, delete, replace, swap of neighbours) lie between two texts:
/// the optimal string alignment distance.
func editDistance(_ first: String, _ second: String) -> Int {
  editDistance(Array(first.unicodeScalars), Array(second.unicodeScalars))
}

private func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
  var beforeLast = [Int](repeating: 0, count: b.count + 1)
  var last = Array(0...b.count)
  var row = beforeLast
  for i in a.indices {
    row[0] = i + 1
    for j in b.indices {
      var best = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        best = min(best, beforeLast[j - 1] + 1)
      }
      row[j + 1] = best
    }
    swap(&beforeLast, &last)
    swap(&last, &row)
  }
  return last[b.count]
}

/// The candidate nearest to a name, where it is near enough to be meant: by spelling, else by its
/// last part alone (`learning_rate` for `optimizer.generator.learning_rate`).
func nearestName(to name: String, among candidates: [String]) -> String? {
  guard name.utf8.count <= 200 else { return nil }
  return nearest(to: name, among: candidates) { $0 }
    ?? nearest(to: lastPart(name), among: candidates, by: lastPart)
}

/// The first of the candidates whose parts are nearest, within an edit for each four letters.
private func nearest(
  to name: String, among candidates: [String], by part: (String) -> String
) -> String? {
  guard !name.isEmpty else { return nil }
  let scalars = Array(name.unicodeScalars)
  let limit = max(1, scalars.count / 4)
  var best: (candidate: String, distance: Int)?
  for candidate in candidates {
    let other = Array(part(candidate).unicodeScalars)
    // Texts are at least as far apart as their lengths.
    guard abs(other.count - scalars.count) <= limit else { continue }
    let distance = editDistance(scalars, other)
    if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
  }
  return best?.candidate
}

private func lastPart(_ name: String) -> String {
  String(name.split(separator: ".").last ?? "")
}
