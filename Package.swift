// swift-tools-version: 6.2
// The map of the package. Imports point only towards the top of the target list:
// a target may use what stands above it, and `docs/architecture.md` draws the same picture.
import PackageDescription

/// The processor that the kernels are compiled for (`-march` of clang); the machine's own by default.
let architecture = Context.environment["TRANSGAN_ARCH"] ?? "native"
/// Set in continuous integration: a warning fails the build.
let strict = Context.environment["TRANSGAN_STRICT"] == "1"

/// Set for tests: the trainer can be told to let things go wrong (`TRANSGAN_FAULT`).
let faults = Context.environment["TRANSGAN_FAULTS"] == "1"

/// Set by `launch/fuzz`: each parser has a program for libFuzzer.
let fuzzing = Context.environment["TRANSGAN_FUZZ"] == "1"

let swiftSettings: [SwiftSetting] =
  [.unsafeFlags(["-Xcc", "-march=\(architecture)"])]
  + (faults ? [.define("FAULTS")] : [])
  + (strict ? [.treatAllWarnings(as: .error)] : [])

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

func tests(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TestSupport"], exclude: exclude,
    swiftSettings: swiftSettings)
}

/// A program that libFuzzer's `main` drives; see Tests/fuzz.
func fuzzer(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: "fuzz-\(name)", dependencies: dependencies + ["FuzzSupport"], path: "Tests/fuzz/\(name)",
    swiftSettings: swiftSettings + [.unsafeFlags(["-parse-as-library"])])
}

let fuzzers: [Target] = [
  .systemLibrary(name: "CFuzzer", path: "Tests/fuzz/CFuzzer"),
  .target(
    name: "FuzzSupport", dependencies: ["CFuzzer", "Diagnostics"], path: "Tests/fuzz/FuzzSupport",
    swiftSettings: swiftSettings),
  fuzzer("safetensors", ["Tensors"]),
  fuzzer("checkpoint", ["Training", "Tensors", "Checksums"]),
  fuzzer("cifar10", ["Datasets"]),
  fuzzer("archive", ["Datasets", "CZlib"]),
  fuzzer("configuration", ["Training"]),
]

let package = Package(
  name: "transgan-dist",
  products: [.executable(name: "transgan-dist", targets: ["transgan-dist"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
  ],
  targets: [
    // C: headers of inline accessors, signals before `main`, and system libraries found by pkg-config.
    .target(name: "CSIMD"),
    .target(name: "CSignals"),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "COpenMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

    // What every layer speaks: exit codes, one-sentence errors, digests.
    library("Diagnostics"),
    library("Checksums", ["CSIMD", "CLibCrypto"]),

    // Numbers.
    library("BLAS", ["COpenBLAS", "CSIMD"]),
    library("Tensors", ["CSIMD", "BLAS", "Diagnostics"]),
    library("Autodiff", ["Tensors"]),
    library("TransGAN", ["Autodiff", "Tensors"]),

    // Images in.
    library("Datasets", ["Tensors", "Diagnostics", "Checksums", "CZlib"]),

    // Ranks.
    library("MPI", ["COpenMPI", "Diagnostics"]),
    library("DataParallel", ["MPI", "Diagnostics", "Checksums"]),

    // Numbers and pictures out.
    library(
      "Reporting",
      ["Diagnostics", "Checksums", "CPNG", .product(name: "Logging", package: "swift-log")]),
    library("Evaluation", ["BLAS", "Tensors", "DataParallel", "Diagnostics"]),

    // The trainer.
    library(
      "Training",
      [
        "TransGAN", "Datasets", "DataParallel", "Evaluation", "Reporting", "Diagnostics",
        "Checksums",
        .product(name: "Yams", package: "Yams"), .product(name: "Logging", package: "swift-log"),
      ]),
    .executableTarget(
      name: "transgan-dist",
      dependencies: [
        "Training", "CSignals",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: swiftSettings),

    // Tests.
    .target(
      name: "TestSupport", dependencies: ["TransGAN"], path: "Tests/TestSupport",
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "collective-check", dependencies: ["DataParallel", "MPI"],
      path: "Tests/collective-check", swiftSettings: swiftSettings),
    tests("TensorsTests", ["Tensors", "BLAS", "CSIMD"]),
    tests("AutodiffTests", ["Autodiff"]),
    tests("TransGANTests", ["TransGAN"]),
    tests("DatasetsTests", ["Datasets"]),
    tests("DataParallelTests", ["DataParallel", "MPI", "collective-check"]),
    tests("ReportingTests", ["Reporting"]),
    tests("EvaluationTests", ["Evaluation"]),
    tests("TrainingTests", ["Training"]),
    tests("CommandTests", ["Training", "transgan-dist"]),
  ] + (fuzzing ? fuzzers : []),
  swiftLanguageModes: [.v6]
)
