// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors and the language is strict, in every target of our own.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func wrapper(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Sources/Wrappers/\(name)",
        swiftSettings: strict)
}

func system(_ name: String, _ pkgConfig: String, _ debian: String) -> Target {
    .systemLibrary(
        name: name, path: "Sources/System/\(name)", pkgConfig: pkgConfig,
        providers: [.apt([debian])])
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = [],
    exclude: [String] = []
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, exclude: exclude, resources: resources,
        // What is tested is optimised; to optimise the tests too takes a third of the whole build.
        swiftSettings: strict + [.unsafeFlags(["-Onone"])])
}

let systemTargets: [Target] = [
    system("CYAML", "yaml-0.1", "libyaml-dev"),
    system("CSQLite", "sqlite3", "libsqlite3-dev"),
    system("CPostgres", "libpq", "libpq-dev"),
    system("CXXHash", "libxxhash", "libxxhash-dev"),
    system("CCrypto", "libcrypto", "libssl-dev"),
    .target(
        name: "CCurl", path: "Sources/System/CCurl",
        linkerSettings: [.linkedLibrary("curl")]),
    .target(
        name: "CMicrohttpd", path: "Sources/System/CMicrohttpd",
        linkerSettings: [.linkedLibrary("microhttpd"), .linkedLibrary("gnutls")]),
    .target(name: "CSpawn", path: "Sources/System/CSpawn"),
    .target(
        name: "CSimdjson", path: "Sources/System/CSimdjson",
        cxxSettings: [.unsafeFlags(["-O3"])],
        linkerSettings: [.linkedLibrary("simdjson"), .linkedLibrary("stdc++")]),
]

let wrapperTargets: [Target] = [
    wrapper("YAML", ["CYAML"]),
    wrapper("SQLite", ["CSQLite"]),
    wrapper("Postgres", ["CPostgres"]),
    wrapper("HTTPClient", ["CCurl"]),
    wrapper("HTTPServer", ["CMicrohttpd"]),
    wrapper("JSON", ["CSimdjson", "PlanCore"]),
    wrapper("Hash", ["CXXHash", "CCrypto"]),
    wrapper("Processes", ["CSpawn"]),
]

let planTargets: [Target] = [
    library("PlanCore"),
    // What Qdrant's connector and the gateway's dialect of it both write and read.
    library("QdrantFormat", ["PlanCore", "JSON"]),
    // The same of Chroma.
    library("ChromaFormat", ["PlanCore", "JSON"]),
    library("PlanReport", ["PlanCore"]),
    library("PlanSyntax", ["PlanCore", "YAML"]),
    library("PlanLedger", ["PlanCore", "SQLite", "JSON"]),
    library(
        "PlanStores",
        [
            "PlanCore", "QdrantFormat", "ChromaFormat", "SQLite", "Postgres", "HTTPClient", "JSON",
            "Hash",
        ]),
    library("PlanSync", ["PlanCore", "Hash"]),
    library("PlanRun", ["PlanSync", "PlanCore", "Hash", "YAML"]),
    library(
        "PlanGateway",
        ["PlanSync", "PlanCore", "QdrantFormat", "ChromaFormat", "HTTPServer", "JSON", "Hash"]),
    library("PlanTesting", ["PlanCore", "PlanSync", "PlanRun", "PlanLedger"]),
]

let everything: [Target.Dependency] = [
    "PlanCore", "PlanReport", "PlanSyntax", "PlanLedger", "PlanStores", "PlanSync", "PlanRun",
    "PlanGateway", "YAML", "SQLite", "Postgres", "HTTPClient", "HTTPServer", "JSON", "Hash",
    "Processes",
]

let programs: [Target] = [
    .executableTarget(name: "plan", dependencies: everything, swiftSettings: strict),
    .executableTarget(
        name: "plan-bench", dependencies: everything + ["TestServers"], swiftSettings: strict),
    .executableTarget(
        name: "plan-simulate", dependencies: ["PlanTesting", "PlanSync", "PlanCore", "Processes"],
        swiftSettings: strict),
    .executableTarget(
        name: "plan-torture",
        dependencies: [
            "PlanSync", "PlanCore", "HTTPClient", "JSON", "SQLite", "Postgres", "Processes",
            "TestServers",
        ],
        swiftSettings: strict),
    .executableTarget(
        name: "plan-fuzz",
        dependencies: ["JSON", "PlanCore", "PlanGateway", "PlanReport", "PlanRun", "PlanSyntax"],
        swiftSettings: strict),
    .executableTarget(
        name: "plan-demo",
        dependencies: ["HTTPClient", "JSON", "PlanCore", "PlanStores", "Processes"],
        swiftSettings: strict),
]

let testTargets: [Target] = [
    // Starts real stores for tests; nothing that ships may import it.
    .target(
        name: "TestServers", dependencies: ["Postgres", "Processes"], path: "Tests/Servers",
        exclude: ["servers", "Qdrant", "Milvus", "Clients"], swiftSettings: strict),
    tests("TidyTests", []),
    tests("ModelTests", ["Processes"]),
    tests(
        "WrapperTests",
        [
            "YAML", "SQLite", "Postgres", "HTTPClient", "HTTPServer", "JSON", "Hash", "Processes",
            "PlanCore", "TestServers",
        ]),
    tests("PlanCoreTests", ["PlanCore"]),
    tests("PlanReportTests", ["PlanReport", "PlanCore", "JSON"]),
    tests(
        "PlanSyntaxTests", ["PlanSyntax", "PlanReport", "PlanCore", "YAML", "JSON"],
        resources: [.copy("Fixtures")]),
    tests(
        "PlanStoresTests",
        [
            "PlanStores", "PlanCore", "SQLite", "Postgres", "JSON", "HTTPClient", "HTTPServer",
            "TestServers",
        ], exclude: ["Files/numpy_files.py"]),
    tests(
        "PlanSyncTests",
        ["PlanSync", "PlanLedger", "PlanTesting", "PlanStores", "PlanCore", "SQLite", "Processes"]),
    tests("PlanRunTests", ["PlanRun", "PlanSync", "PlanLedger", "PlanTesting", "PlanCore"]),
    tests(
        "PlanGatewayTests",
        [
            "PlanGateway", "PlanSync", "PlanCore", "PlanStores", "PlanLedger", "HTTPClient",
            "HTTPServer", "JSON", "TestServers",
        ]),
    tests("PlanDemoTests", ["plan-demo"]),
    tests(
        "BlackBoxTests",
        [
            "PlanCore", "PlanStores", "HTTPClient", "JSON", "SQLite", "Postgres", "Processes",
            "TestServers",
        ],
        exclude: [
            "Support/service.py", "Support/qdrant_calls.py", "Support/shop.py",
            "Support/chroma_calls.py",
            "Support/client_calls.py", "Support/own_writes_load.py",
        ]),
]

let package = Package(
    name: "crossfade",
    products: [.executable(name: "plan", targets: ["plan"])],
    targets: systemTargets + wrapperTargets + planTargets + programs + testTargets,
    cxxLanguageStandard: .cxx17
)
