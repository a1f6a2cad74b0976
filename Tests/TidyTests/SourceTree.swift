import Foundation

/// The repository's Swift files, as the tidy checks read them.
struct SourceTree {
    struct File {
        var path: String
        var lines: [String]
    }

    static let root: URL = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return folder
    }()

    static func files(under folder: String) -> [File] {
        let base = root.appendingPathComponent(folder)
        guard let walk = FileManager.default.enumerator(atPath: base.path) else { return [] }
        var files: [File] = []
        for case let name as String in walk where name.hasSuffix(".swift") {
            let path = folder + "/" + name
            guard
                let data = FileManager.default.contents(
                    atPath: root.appendingPathComponent(path).path)
            else { continue }
            let text = String(decoding: data, as: UTF8.self)
            files.append(
                File(
                    path: path,
                    lines: text.split(separator: "\n", omittingEmptySubsequences: false).map(
                        String.init)))
        }
        return files.sorted { $0.path < $1.path }
    }
}
