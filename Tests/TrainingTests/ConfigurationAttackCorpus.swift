// Hand-made configurations that must be refused, each with the exact sentence that a user sees.
// Here: what is no YAML, or YAML that is refused, character by character and level by level.

import Testing

/// A text that must be refused, and what is said of it.
struct ConfigurationAttack: Sendable, CustomTestStringConvertible {
  /// How the text reaches the configuration.
  enum Way: Sendable {
    case file
    /// `--set TEXT`
    case flag
    case variable(String)
  }

  let name: String
  let way: Way
  let text: String
  let sentence: String

  var testDescription: String { name }

  /// A file f.yaml; the sentence is what follows its name.
  init(_ name: String, _ text: String, _ sentence: String) {
    (self.name, way, self.text) = (name, .file, text)
    self.sentence = "f.yaml:" + sentence
  }

  init(_ name: String, _ way: Way, _ text: String, _ sentence: String) {
    (self.name, self.way, self.text, self.sentence) = (name, way, text, sentence)
  }
}

/// What is said of a word that only a reader of all of YAML would understand.
private func word(_ mark: Character) -> String {
  "a word that starts with '\(mark)': anchors (&), aliases (*) and tags (!) are refused, write the "
    + "value itself"
}

/// What is said of what the reader of YAML refuses, in its own words.
private func notYAML(_ words: String) -> String {
  "not YAML (\(words)): check indentation, brackets and quotes"
}

private let rest = "text after the end of the values: check indentation, brackets and quotes"
private let deep = "more than 16 levels inside each other"
private let nested = "a key that is a list or a mapping, expected a word"

private func twice(_ key: String) -> String {
  "the key '\(key)' stands here and again in the same mapping: remove one of them"
}

private let question = "a word that starts with '?': write keys as KEY: VALUE"

private func invisible(_ escape: String) -> String {
  "the invisible character \(escape): remove it"
}

extension ConfigurationAttack {
  static let all =
    words + characters + syntax + documents + levels + sizes + keys + values + lists + layers
    + contradictions

  /// Ten times ten times ... elements out of a few hundred bytes, were aliases followed.
  private static let aliasBomb =
    "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    + (1..<9).map { level in
      let names = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      return "a\(level): &a\(level) [\(names)]\n"
    }.joined()

  static let words: [ConfigurationAttack] = [
    .init("alias bomb", aliasBomb, "1: \(word("&"))"),
    .init(
      "alias bomb behind what looks like a comment", "a: [\"x\n# \", &b 1, *b]\n",
      "2: \(word("&"))"),
    .init("alias to itself", "a: &a [*a]\n", "1: \(word("&"))"),
    .init("anchor on a value", "seed: 1\nname: &a x\n", "2: \(word("&"))"),
    .init("anchor on a key", "&a seed: 1\n", "1: \(word("&"))"),
    .init("anchor in a list", "augmentation:\n  policy: [&a color]\n", "2: \(word("&"))"),
    .init("anchor behind a dash", "augmentation:\n  policy:\n    -&a color\n", "3: \(word("&"))"),
    .init("alias without an anchor", "seed: *a\n", "1: \(word("*"))"),
    .init("alias as a key", "*a : 1\n", "1: \(word("*"))"),
    .init("tag", "seed: !!int 3\n", "1: \(word("!"))"),
    .init("tag in full", "seed: !<tag:yaml.org,2002:int> 3\n", "1: \(word("!"))"),
    .init("tag of a program's own", "!ruby/object:Gem::Installer {}\n", "1: \(word("!"))"),
    .init("tag on a key", "!x seed: 3\n", "1: \(word("!"))"),
    .init("tag in a flow mapping", "batch: {!!str blocks: 3}\n", "1: \(word("!"))"),
    .init(
      "merge key", "<<: {seed: 3}\n", "1: a merge key '<<': write the values themselves"),
    .init(
      "merge key inside", "model:\n  <<: [1]\n", "2: a merge key '<<': write the values themselves"),
    .init(
      "merge key in quotes", "model: {\"<<\": {latent: 3}}\n",
      "1: a merge key '<<': write the values themselves"),
    .init(
      "directive of a tag", "%TAG ! tag:example.org,2000:\n---\nseed: 1\n", "1: \(word("!"))"),
  ]

  static let characters: [ConfigurationAttack] = [
    .init(
      "tab as indentation", "batch:\n\tblocks: 2\n", "2: a tab: indent and separate with spaces"),
    .init("tab in a value", "seed:\t1\n", "1: a tab: indent and separate with spaces"),
    .init(
      "byte order mark", "\u{FEFF}seed: 1\n",
      "1: a byte order mark: save the file as UTF-8 without one"),
    .init("byte order mark later", "seed: 1\n\u{FEFF}threads: 1\n", "2: \(invisible("\\u{feff}"))"),
    .init(
      "CRLF", "seed: 1\r\nthreads: 2\r\n",
      "1: a carriage return: save the file with line feeds alone as line ends"),
    .init(
      "CR alone", "seed: 1\rthreads: 2\r",
      "1: a carriage return: save the file with line feeds alone as line ends"),
    .init("NUL", "seed: \u{0}\n", "1: \(invisible("\\u{0}"))"),
    .init("NUL at the end", "seed: 1\n\u{0}", "2: \(invisible("\\u{0}"))"),
    .init(
      "an escape sequence of a terminal", "seed: 1\nname: a\u{1B}[2J\n",
      "2: \(invisible("\\u{1b}"))"
    ),
    .init("a bell in a comment", "# \u{7}\n", "1: \(invisible("\\u{7}"))"),
    .init("DEL", "name: a\u{7F}\n", "1: \(invisible("\\u{7f}"))"),
    .init(
      "next line, which YAML 1.1 takes for a line end", "a: 1\u{85}", "1: \(invisible("\\u{85}"))"),
    .init("line separator", "a: 1\u{2028}", "1: \(invisible("\\u{2028}"))"),
    .init("right-to-left override", "seed: \u{202E}1\n", "1: \(invisible("\\u{202e}"))"),
    .init("zero-width space in a key", "se\u{200B}ed: 1\n", "1: \(invisible("\\u{200b}"))"),
    .init("soft hyphen in a key", "se\u{AD}ed: 1\n", "1: \(invisible("\\u{ad}"))"),
    .init("private use", "name: \u{E000}\n", "1: \(invisible("\\u{e000}"))"),
    .init("a noncharacter", "name: \u{FFFF}\n", "1: \(invisible("\\u{ffff}"))"),
    .init("a tag character", "name: a\u{E0041}\n", "1: \(invisible("\\u{e0041}"))"),
  ]

  static let syntax: [ConfigurationAttack] = [
    .init(
      "open list", "seed: [1\n", "1: \(notYAML("did not find expected ',' or ']'"))"),
    .init(
      "open mapping", "batch: {blocks: 2\n", "1: \(notYAML("did not find expected ',' or '}'"))"),
    .init("open quotation", "seed: \"1\n", "1: \(notYAML("found unexpected end of stream"))"),
    .init("open single quotation", "seed: 'a\n", "1: \(notYAML("found unexpected end of stream"))"),
    .init(
      "closed too often", "augmentation:\n  policy: []]\n",
      "2: \(notYAML("did not find expected key"))"),
    .init(
      "two colons", "batch: blocks: 3\n",
      "1: \(notYAML("mapping values are not allowed in this context"))"),
    .init(
      "reserved character", "seed: @x\n",
      "1: \(notYAML("found character that cannot start any token"))"),
    .init(
      "backtick", "seed: `id`\n", "1: \(notYAML("found character that cannot start any token"))"),
    .init("less indented than the first line", " seed: 1\nthreads: 2\n", "2: \(rest)"),
    .init("unknown escape", "name: \"\\q\"\n", "1: \(notYAML("found unknown escape character"))"),
    .init(
      "half an escape", "name: \"\\x4\"\n",
      "1: \(notYAML("did not find expected hexdecimal number"))"),
    .init(
      "a surrogate", "name: \"\\ud800\"\n",
      "1: \(notYAML("found invalid Unicode character escape code"))"),
    .init(
      "beyond Unicode", "name: \"\\U00110000\"\n",
      "1: \(notYAML("found invalid Unicode character escape code"))"),
    .init(
      "another version", "%YAML 9.9\n---\nseed: 1\n",
      "1: \(notYAML("found incompatible YAML document"))"),
    .init(
      "unknown directive", "%SYSTEM id\n---\nseed: 1\n",
      "1: \(notYAML("found unknown directive name"))"),
    .init(
      "a dash in a line", "seed: - 1\n",
      "1: \(notYAML("block sequence entries are not allowed in this context"))"),
    .init(
      "a block text with a wrong indicator", "name: |0\n  a\n",
      "1: \(notYAML("found an indentation indicator equal to 0"))"),
  ]

  static let documents: [ConfigurationAttack] = [
    .init(
      "two documents", "seed: 1\n---\nseed: 2\n",
      "2: a second document, expected one in a file: remove the lines of '---' between documents"),
    .init("a number alone", "7\n", "1: '7', expected lines of the form KEY: VALUE"),
    .init("a word alone", "seed\n", "1: 'seed', expected lines of the form KEY: VALUE"),
    .init(
      "a text alone", "\"seed: 1\"\n",
      "1: the quoted text 'seed: 1', expected lines of the form KEY: VALUE"),
    .init("a list", "- seed\n", "1: a list, expected lines of the form KEY: VALUE"),
    .init("nothing in a document", "---\n", "1: nothing, expected lines of the form KEY: VALUE"),
    .init("null", "~\n", "1: nothing, expected lines of the form KEY: VALUE"),
    .init("JSON cut off", "{\"seed\": 1", "1: \(notYAML("did not find expected ',' or '}'"))"),
    .init("a list as key", "[1, 2]: 3\n", "1: \(nested)"),
    .init("a list as key, twice", "{[1]: 2, [1]: 3}\n", "1: \(nested)"),
    .init("a mapping as key", "{{seed: 1}: 2}\n", "1: \(nested)"),
    .init("a key twice", "seed: 1\nseed: 2\n", "1: \(twice("seed"))"),
    .init("a key twice, once in quotes", "seed: 1\n\"seed\": 2\n", "1: \(twice("seed"))"),
    .init("a key twice, once with an escape", "seed: 1\n\"s\\x65ed\": 2\n", "1: \(twice("seed"))"),
    .init(
      "a key twice in a section", "batch:\n  blocks: 2\n  blocks: 3\n", "2: \(twice("blocks"))"),
    .init(
      "a section twice", "batch:\n  blocks: 2\nbatch:\n  generator: 8\n", "1: \(twice("batch"))"),
    .init(
      "a hostile key twice", "\"a\\e[31m\": 1\n\"a\\e[31m\": 2\n", "1: \(twice("a\\u{1b}[31m"))"),
  ]

  static let levels: [ConfigurationAttack] = [
    .init("60 000 open brackets", "[".repeated(60000), "1: \(deep)"),
    .init("15 000 open mappings", "{a: ".repeated(15000), "1: \(deep)"),
    .init("30 000 dashes", "- ".repeated(30000), "1: \(deep)"),
    .init("30 000 question marks", "? ".repeated(30000), "1: \(question)"),
    .init("17 lists", "seed: " + "[".repeated(17) + "]".repeated(17) + "\n", "1: \(deep)"),
    .init("900 lists", "seed: " + "[".repeated(900) + "]".repeated(900) + "\n", "1: \(deep)"),
    .init(
      "17 sections", (0..<17).map { " ".repeated($0) + "a:" }.joined(separator: "\n") + "\n",
      "17: \(deep)"),
    .init(
      "300 sections", (0..<300).map { " ".repeated($0) + "a:" }.joined(separator: "\n") + "\n",
      "17: \(deep)"),
    .init(
      "900 lists as a key", "? " + "[".repeated(900) + "]".repeated(900) + "\n: 1\n",
      "1: \(question)"
    ),
    .init(
      "450 keys inside keys around 29 000 words, each hashed at every level",
      "{? ".repeated(450) + "[" + "a,".repeated(29000) + "]" + "}".repeated(450), "1: \(question)"),
    .init("a key with a question mark", "? seed\n: 1\n", "1: \(question)"),
    .init("a flow key with a question mark", "{?seed : 1}\n", "1: \(question)"),
    .init(
      "9 mappings as keys", "{".repeated(9) + "a: 1" + "}: 1".repeated(8) + "}\n", "1: \(nested)"),
  ]

  static let sizes: [ConfigurationAttack] = [
    .init(
      "a byte too many", "#" + "x".repeated(65534) + "\n\n",
      "1: 65537 bytes, expected at most 65536"),
    .init("a megabyte", "a".repeated(1 << 20), "1: 1048576 bytes, expected at most 65536"),
    .init(
      "7000 keys", (0..<7000).map { "k\($0): 1" }.joined(separator: "\n"),
      "1: unknown key 'k0'; `transgan-dist config keys` lists all keys"),
    .init(
      "a key of 60 000 letters", "a".repeated(60000) + ": 1\n",
      "1: \(notYAML("mapping values are not allowed in this context"))"),
    .init(
      "a key in quotes of 60 000 letters", "\"" + "a".repeated(60000) + "\" : 1\n",
      "1: \(notYAML("mapping values are not allowed in this context"))"),
    .init(
      "a value of 60 000 digits", "seed: " + "9".repeated(60000) + "\n",
      "1: seed is \("9".repeated(40))..., expected an integer, 0...9223372036854775807"),
    .init(
      "a fraction of 60 000 digits",
      "total_kimg: " + "9".repeated(30000) + "." + "9".repeated(30000) + "\n",
      "1: total_kimg is \("9".repeated(40))..., expected a number, above 0 and at most 1000000000"),
    .init(
      "a list of 30 000 elements",
      "model:\n  generator:\n    depths: [" + "1,".repeated(30000) + "]\n",
      "3: model.generator.depths is a list of 30000 elements, expected a list of 1...6 integers, each 1...64"
    ),
    .init(
      "30 000 colons", ":".repeated(30000),
      "1: \(notYAML("mapping values are not allowed in this context"))"),
    .init("30 000 open quotations", "\"\n".repeated(30000), "3: \(rest)"),
    .init(
      "60 000 percent signs", "%".repeated(60000),
      "1: \(notYAML("could not find expected directive name"))"),
    .init(
      "30 000 line ends before a word", "\n".repeated(30000) + "x",
      "1: 'x', expected lines of the form KEY: VALUE"),
  ]
}

extension String {
  func repeated(_ count: Int) -> String { String(repeating: self, count: count) }
}
