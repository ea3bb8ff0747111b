// `transgan-dist config`: what the configuration is, and what keys there are.
import ArgumentParser
import Training

struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Shows the configuration, or the list of its keys.",
    subcommands: [Show.self, Keys.self], defaultSubcommand: Show.self)

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints the resolved configuration as YAML.")

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "Say beside each value where it comes from.")
    var origin = false

    func run() throws {
      let loader = try options.load()
      let resolved = try loader.validated()
      let text = resolved.yaml { key in origin ? "\(loader.origin(of: key))" : nil }
      printOnce(String(text.dropLast()))
    }
  }

  struct Keys: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists every key with its meaning, allowed values and default.")

    func run() throws {
      printOnce(ConfigurationKey.all.map(Self.entry).joined(separator: "\n"))
    }

    private static func entry(_ key: ConfigurationKey) -> String {
      let resume = key.mayChangeOnResume ? "" : ", fixed for a run"
      return """
        \(key.name): \(key.text(in: Configuration()))
            \(key.summary)
            \(key.expected)\(resume); \(key.environmentName)
        """
    }
  }
}
