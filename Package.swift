// swift-tools-version: 6.2
import PackageDescription

// HELP_DIST=1 builds the library that ships: Swift runtime and json-c linked in,
// only the names of include/libhelp.map exported.  Without it the tests build as usual.
let root = Context.packageDirectory
let dist = Context.environment["HELP_DIST"] == "1"

let settings: [SwiftSetting] = dist ? [.unsafeFlags(["-static-stdlib"])] : []
let linking: [LinkerSetting] =
  dist
  ? [
    .unsafeFlags(
      ["-static-stdlib", "-use-ld=lld", "-l:libjson-c.a"]
        + [
          "--version-script=\(root)/include/libhelp.map", "--no-undefined-version",
          "-soname=libhelp.so.1", "-z", "defs", "-z", "nodelete",
        ].flatMap { ["-Xlinker", $0] })
  ] : []

#if arch(x86_64)
  let avx2Targets: [Target] = [
    // The same sources as HelpKernels (a symbolic link), compiled for AVX2 and FMA.
    .target(
      name: "HelpKernelsAVX2",
      swiftSettings: settings + [
        .define("HELP_FMA"), .unsafeFlags(["-Xcc", "-march=x86-64-v3"]),
      ])
  ]
  let kernels: [Target.Dependency] = ["HelpKernels", "HelpKernelsAVX2", "CHelpCPU"]
#else
  let avx2Targets: [Target] = []
  let kernels: [Target.Dependency] = ["HelpKernels"]
#endif

/// What explains a room to people.
let notes = ["README.md"]

/// What everything above the spaces reads.
let low: [Target.Dependency] = ["HelpSpaces", "HelpNumerics", "HelpJSON", "HelpBase"]

let package = Package(
  name: "libhelp",
  products: [
    .library(name: "help", type: .dynamic, targets: ["HelpLibrary"])
  ],
  targets: avx2Targets + [
    // MARK: The product
    .target(
      name: "HelpLibrary", dependencies: ["HelpC"], swiftSettings: settings,
      linkerSettings: linking),

    // MARK: The layers, lowest first
    .target(name: "HelpBase", dependencies: ["CHelpSupport"], swiftSettings: settings),
    .target(name: "HelpJSON", dependencies: ["HelpBase", "CJSONC"], swiftSettings: settings),
    .target(name: "HelpKernels", swiftSettings: settings),
    .target(
      name: "HelpNumerics", dependencies: ["HelpBase", "CHelpSupport"] + kernels, exclude: notes,
      swiftSettings: settings),
    // Each names all it imports: a module that changes must rebuild them.
    .target(
      name: "HelpSpaces", dependencies: ["HelpNumerics", "HelpJSON", "HelpBase"], exclude: notes,
      swiftSettings: settings),
    .target(
      name: "HelpPredictor", dependencies: ["HelpSpaces", "HelpNumerics", "HelpJSON", "HelpBase"],
      exclude: notes, swiftSettings: settings),
    .target(
      name: "HelpSearch", dependencies: ["HelpPredictor"] + low, exclude: notes,
      swiftSettings: settings),
    .target(
      name: "HelpStorage", dependencies: ["HelpSearch", "HelpPredictor", "CHelpSupport"] + low,
      exclude: notes,
      swiftSettings: settings),
    .target(
      name: "HelpC",
      dependencies: ["HelpSearch", "HelpStorage", "HelpPredictor", "CHelp", "CHelpSupport"] + low,
      exclude: notes, swiftSettings: settings),

    // MARK: C that Swift cannot say
    .systemLibrary(name: "CHelp", path: "include"),
    .systemLibrary(
      name: "CJSONC", pkgConfig: dist ? nil : "json-c", providers: [.apt(["libjson-c-dev"])]),
    .target(name: "CHelpSupport"),
    .target(name: "CHelpCPU"),

    // MARK: Tests
    .testTarget(name: "HelpBaseTests", dependencies: ["HelpNumerics", "HelpBase"] + kernels),
    .testTarget(
      name: "HelpJSONTests", dependencies: ["HelpJSON", "HelpNumerics", "HelpBase"] + kernels),
    .testTarget(name: "HelpNumericsTests", dependencies: ["HelpNumerics", "HelpBase"] + kernels),
    .testTarget(name: "HelpSpacesTests", dependencies: low),
    .testTarget(name: "HelpPredictorTests", dependencies: ["HelpPredictor"] + low),
    .testTarget(name: "HelpSearchTests", dependencies: ["HelpSearch", "HelpPredictor"] + low),
    .testTarget(
      name: "HelpStorageTests", dependencies: ["HelpStorage", "HelpSearch", "HelpPredictor"] + low),
    .testTarget(name: "HelpCTests", dependencies: ["HelpC", "CHelp"] + low),
    .testTarget(
      name: "HelpGoldenTests", dependencies: ["HelpStorage", "HelpPredictor"] + low,
      exclude: ["prepare.py"]),
  ]
)
