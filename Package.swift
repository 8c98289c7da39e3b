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

let package = Package(
  name: "libhelp",
  products: [
    .library(name: "help", type: .dynamic, targets: ["HelpShared"])
  ],
  targets: avx2Targets + [
    // MARK: The product
    .target(
      name: "HelpShared", dependencies: ["HelpC"], swiftSettings: settings,
      linkerSettings: linking),

    // MARK: The layers, lowest first
    .target(name: "HelpKernels", swiftSettings: settings),
    .target(
      name: "HelpNumerics", dependencies: kernels + ["CHelpSupport"], swiftSettings: settings),
    .target(
      name: "HelpJSON", dependencies: ["HelpNumerics", "CJSONC"], swiftSettings: settings),
    .target(
      name: "HelpSpaces", dependencies: ["HelpJSON", "HelpNumerics"], swiftSettings: settings),
    // Each names all it imports: a module that changes must rebuild them.
    .target(
      name: "HelpPredictor", dependencies: ["HelpSpaces", "HelpNumerics"],
      swiftSettings: settings),
    .target(
      name: "HelpSearch", dependencies: ["HelpPredictor", "HelpSpaces", "HelpNumerics"],
      swiftSettings: settings),
    .target(
      name: "HelpStorage",
      dependencies: [
        "HelpSearch", "HelpPredictor", "HelpSpaces", "HelpJSON", "HelpNumerics", "CHelpSupport",
      ],
      swiftSettings: settings),
    .target(
      name: "HelpC",
      dependencies: [
        "HelpSearch", "HelpStorage", "HelpPredictor", "HelpSpaces", "HelpJSON", "HelpNumerics",
        "CHelp", "CHelpSupport",
      ],
      swiftSettings: settings),

    // MARK: C that Swift cannot say
    .systemLibrary(name: "CHelp", path: "include"),
    .systemLibrary(
      name: "CJSONC", pkgConfig: dist ? nil : "json-c", providers: [.apt(["libjson-c-dev"])]),
    .target(name: "CHelpSupport"),
    .target(name: "CHelpCPU"),

    // MARK: Tests
    .testTarget(
      name: "HelpNumericsTests",
      dependencies: ["HelpNumerics"] + kernels),
    .testTarget(name: "HelpJSONTests", dependencies: ["HelpJSON", "HelpNumerics"]),
    .testTarget(
      name: "HelpSpacesTests", dependencies: ["HelpSpaces", "HelpJSON", "HelpNumerics"]),
    .testTarget(
      name: "HelpPredictorTests", dependencies: ["HelpPredictor", "HelpSpaces", "HelpNumerics"]),
    .testTarget(
      name: "HelpSearchTests",
      dependencies: ["HelpSearch", "HelpPredictor", "HelpSpaces", "HelpNumerics"]),
    .testTarget(
      name: "HelpStorageTests",
      dependencies: [
        "HelpStorage", "HelpSearch", "HelpPredictor", "HelpSpaces", "HelpJSON", "HelpNumerics",
      ]),
    .testTarget(
      name: "HelpCTests", dependencies: ["HelpC", "HelpSpaces", "HelpNumerics", "CHelp"]),
    .testTarget(
      name: "HelpGoldenTests",
      dependencies: ["HelpStorage", "HelpPredictor", "HelpSpaces", "HelpJSON", "HelpNumerics"]),
  ]
)
