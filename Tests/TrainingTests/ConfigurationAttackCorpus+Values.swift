// Hand-made configurations whose YAML is in order and whose content must be refused: keys, values of each
// kind, lists.

extension ConfigurationAttack {
  static let listOfKeys = "; `transgan-dist config keys` lists all keys"

  static let keys: [ConfigurationAttack] = [
    .init("typo", "seeed: 1\n", "1: unknown key 'seeed', did you mean 'seed'?"),
    .init("capitals", "Seed: 1\n", "1: unknown key 'Seed', did you mean 'seed'?"),
    .init(
      "typo below a section", "batch:\n  block: 2\n",
      "2: unknown key 'batch.block', did you mean 'batch.blocks'?"),
    .init(
      "typo of a section", "bach:\n  blocks: 2\n", "1: unknown key 'bach', did you mean 'batch'?"),
    .init(
      "the last part alone", "learning_rate: 1\n",
      "1: unknown key 'learning_rate', did you mean 'optimizer.generator.learning_rate'?"),
    .init("nothing like it", "qqqqqqqq: 1\n", "1: unknown key 'qqqqqqqq'\(listOfKeys)"),
    .init(
      "a Cyrillic letter", "s\u{435}ed: 1\n", "1: unknown key 's\u{435}ed', did you mean 'seed'?"),
    .init("an empty key", "\"\": 1\n", "1: unknown key ''\(listOfKeys)"),
    .init("null as key", "~: 1\n", "1: unknown key '~'\(listOfKeys)"),
    .init("a key of spaces", "\"   \": 1\n", "1: unknown key '   '\(listOfKeys)"),
    .init(
      "a key with an escape sequence", "\"\\e]0;x\\a\": 1\n",
      "1: unknown key '\\u{1b}]0;x\\u{7}'\(listOfKeys)"),
    .init(
      "a key with a line end", "\"seed\\n\": 1\n",
      "1: unknown key 'seed\\u{a}', did you mean 'seed'?"),
    .init(
      "a key of another language", "__proto__: {polluted: true}\n",
      "1: unknown key '__proto__'\(listOfKeys)"),
    .init(
      "dots", "batch.blocks: 3\n",
      "1: 'batch.blocks' is written with dots: in a file each level stands on a line of its own, indented below the level before"
    ),
    .init(
      "a section without keys", "model:\n",
      "1: 'model' is nothing, expected its keys on indented lines below it"),
    .init(
      "a section that is a number", "batch: 3\n",
      "1: 'batch' is '3', expected its keys on indented lines below it"),
    .init(
      "a section that is a list", "seed: 1\nmodel:\n  generator: [1]\n",
      "3: 'model.generator' is a list, expected its keys on indented lines below it"),
    .init(
      "a key that is a section", "seed:\n  value: 1\n",
      "1: seed is a mapping, expected an integer, 0...9223372036854775807"),
  ]

  /// A line of a file that gives `seed` a value that is none.
  private static func seed(_ text: String, _ found: String) -> ConfigurationAttack {
    .init(
      "seed: \(text)", "seed: \(text)\n",
      "1: seed is \(found), expected an integer, 0...9223372036854775807")
  }

  private static func kimg(_ text: String, _ found: String) -> ConfigurationAttack {
    .init(
      "total_kimg: \(text)", "total_kimg: \(text)\n",
      "1: total_kimg is \(found), expected a number, above 0 and at most 1000000000")
  }

  private static func flip(_ text: String, _ found: String) -> ConfigurationAttack {
    .init(
      "flip: \(text)", "data: {flip: \(text)}\n", "1: data.flip is \(found), expected true or false"
    )
  }

  private static func source(_ text: String, _ found: String) -> ConfigurationAttack {
    .init(
      "source: \(text)", "data: {source: \(text)}\n",
      "1: data.source is \(found), expected one of cifar10, synthetic")
  }

  private static func name(_ text: String, _ found: String) -> ConfigurationAttack {
    .init(
      "name: \(text.prefix(20))", "name: \(text)\n",
      "1: name is \(found), expected 1...100 letters, digits, '.', '-' or '_', a letter or digit first"
    )
  }

  private static func path(_ text: String, _ found: String) -> ConfigurationAttack {
    .init(
      "path: \(text.prefix(20))", "data: {path: \(text)}\n",
      "1: data.path is \(found), expected a path of at most 4096 characters, none of them invisible"
    )
  }

  static let values: [ConfigurationAttack] = [
    seed("-1", "-1"), seed("9223372036854775808", "9223372036854775808"),
    seed("18446744073709551616", "18446744073709551616"),
    seed("-9223372036854775809", "-9223372036854775809"), seed("1.5", "'1.5'"),
    seed("1.0", "'1.0'"),
    seed("1e3", "'1e3'"), seed("0x10", "'0x10'"), seed("0o17", "'0o17'"), seed("0b1", "'0b1'"),
    seed("1_000", "'1_000'"), seed("1,000", "'1,000'"), seed("1:30", "'1:30'"),
    seed("'7'", "the quoted text '7'"), seed("\"\\x37\"", "the quoted text '7'"),
    seed("", "nothing"), seed("~", "nothing"), seed("null", "nothing"), seed("true", "'true'"),
    seed("[1]", "a list"), seed("{a: 1}", "a mapping"), seed("--1", "'--1'"), seed("+-1", "'+-1'"),
    seed("\u{661}", "'\u{661}'"), seed("1 2", "'1 2'"), seed("|\n  7", "the quoted text '7\\u{a}'"),
    kimg("0", "0"), kimg("-1", "-1"), kimg("-0", "-0"), kimg("1e999", "1e999"),
    kimg("-1e999", "-1e999"), kimg("1e-999", "1e-999"), kimg("1000000001", "1000000001"),
    kimg("1e99999999999999999999", "1e99999999999999999999"), kimg(".inf", "'.inf'"),
    kimg("-.inf", "'-.inf'"), kimg(".nan", "'.nan'"), kimg("inf", "'inf'"), kimg("nan", "'nan'"),
    kimg("infinity", "'infinity'"), kimg("NaN(1)", "'NaN(1)'"), kimg("0x1p3", "'0x1p3'"),
    kimg("1.2.3", "'1.2.3'"), kimg("1e5.5", "'1e5.5'"), kimg("1e", "'1e'"), kimg("e5", "'e5'"),
    kimg(".", "'.'"), kimg("1,5", "'1,5'"), kimg("ten", "'ten'"), kimg("12 kimg", "'12 kimg'"),
    kimg("\"10\"", "the quoted text '10'"), kimg("[10]", "a list"),
    flip("yes", "'yes'"), flip("True", "'True'"), flip("on", "'on'"), flip("1", "'1'"),
    flip("'true'", "the quoted text 'true'"), flip("~", "nothing"),
    source("cifar", "'cifar'"), source("CIFAR10", "'CIFAR10'"), source("[cifar10]", "a list"),
    source("'cifar10'", "the quoted text 'cifar10'"), source("", "nothing"),
    name("../up", "'../up'"), name("a/b", "'a/b'"), name(".hidden", "'.hidden'"),
    name("-x", "'-x'"),
    name("", "nothing"), name("\"\"", "the quoted text ''"), name("\u{E9}", "'\u{E9}'"),
    name("\"a\\0b\"", "the quoted text 'a\\u{0}b'"), name("a b", "'a b'"), name("[a]", "a list"),
    name("a".repeated(101), "'\("a".repeated(101))'"),
    path("\"a\\eb\"", "the quoted text 'a\\u{1b}b'"),
    path("\"a\\nb\"", "the quoted text 'a\\u{a}b'"),
    path("\"\\0\"", "the quoted text '\\u{0}'"), path("\"\\u202e\"", "the quoted text '\\u{202e}'"),
    path("a".repeated(4097), "'\("a".repeated(200))...'"), path("[a]", "a list"),
  ]

  private static func depths(_ text: String, _ found: String) -> ConfigurationAttack {
    .init(
      "depths: \(text)", "model: {generator: {depths: \(text)}}\n",
      "1: model.generator.depths is \(found), expected a list of 1...6 integers, each 1...64")
  }

  private static func policy(_ text: String, _ found: String) -> ConfigurationAttack {
    .init(
      "policy: \(text)", "augmentation: {policy: \(text)}\n",
      "1: augmentation.policy is \(found), expected a list of translation, cutout, color in any order, none twice"
    )
  }

  private static func schedule(_ text: String, _ found: String) -> ConfigurationAttack {
    .init(
      "schedule: \(text)", "locality: {schedule: \(text)}\n",
      "1: locality.schedule is \(found), expected a list of {until_kimg: KIMG, windows: [W, ...]} with a window of 1...1024 or none for each stage"
    )
  }

  static let lists: [ConfigurationAttack] = [
    depths("[]", "a list of 0 elements"), depths("[1, 2, 3, 4, 5, 6, 7]", "a list of 7 elements"),
    depths("5", "'5'"), depths("[1, x]", "'x'"), depths("[1, 0]", "0"), depths("[1, 65]", "65"),
    depths("[[1]]", "a list"), depths("[1, ~]", "nothing"), depths("[1.0]", "'1.0'"),
    depths("{a: 1}", "a mapping"),
    policy("color", "'color'"), policy("[colour]", "'colour'"),
    policy("[color, color, color, color]", "a list of 4 elements"), policy("[['color']]", "a list"),
    schedule("3", "'3'"), schedule("[3]", "'3'"), schedule("{}", "a mapping"),
    schedule("[{until_kimg: 1}]", "'{until_kimg: 1}'"),
    schedule("[{windows: [1]}]", "'{windows: [1]}'"),
    schedule("[{until_kimg: 0, windows: [1]}]", "0"),
    schedule("[{until_kimg: .inf, windows: [1]}]", "'.inf'"),
    schedule("[{until_kimg: 1, windows: 4}]", "'4'"),
    schedule("[{until_kimg: 1, windows: [0]}]", "0"),
    schedule("[{until_kimg: 1, windows: [1025]}]", "1025"),
    schedule("[{until_kimg: 1, windows: [all]}]", "'all'"),
    schedule(
      "[{until_kimg: 1, windows: [1], more: 2}]", "'{until_kimg: 1, windows: [1], more: 2}'"),
    schedule("[" + "{}, ".repeated(65) + "]", "a list of 65 elements"),
    schedule("[{\"\\e[2J\": 1}]", "'{\\u{1b}[2J: 1}'"),
  ]
}
