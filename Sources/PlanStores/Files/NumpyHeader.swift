/// The head of a `.npy` file of float32 rows, little-endian, in C order.
///
/// NumPy's format 1.0: magic, version, the length of a Python literal, the literal, newline; padded
/// to a multiple of 64 bytes. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
struct NumpyHeader: Hashable {
    /// What a file of ours begins with; any number of rows fits.
    static let length = 128
    private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    var rows: Int
    var dimension: Int
    /// Where the numbers begin.
    var start = NumpyHeader.length

    init(rows: Int, dimension: Int) {
        self.rows = rows
        self.dimension = dimension
    }

    var bytes: [UInt8] {
        var text = Array(
            "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(dimension)), }".utf8)
        let room = NumpyHeader.length - 10
        text += [UInt8](repeating: UInt8(ascii: " "), count: room - text.count - 1) + [10]
        return NumpyHeader.magic + [1, 0, UInt8(room & 0xff), UInt8(room >> 8)] + text
    }

    /// nil where these are no rows of float32.
    init?(_ bytes: [UInt8]) {
        guard bytes.count > 12, bytes.starts(with: NumpyHeader.magic) else { return nil }
        let isLong = bytes[6] > 1
        var length = Int(bytes[8]) | Int(bytes[9]) << 8
        if isLong { length |= Int(bytes[10]) << 16 | Int(bytes[11]) << 24 }
        start = (isLong ? 12 : 10) + length
        guard bytes.count >= start else { return nil }
        let text = String(decoding: bytes[(isLong ? 12 : 10)..<start], as: UTF8.self)
            .filter { !$0.isWhitespace }
        guard text.contains("'descr':'<f4'"), text.contains("'fortran_order':False"),
            let shape = text.firstMatch(of: /'shape':\((\d+),(\d+)\)/)?.output,
            let rows = Int(shape.1), let dimension = Int(shape.2)
        else { return nil }
        self.rows = rows
        self.dimension = dimension
    }
}
