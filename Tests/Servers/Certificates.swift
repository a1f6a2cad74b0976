import Foundation
import Processes

/// An authority in a folder of its own, and what it signed: made by openssl.
///
/// `server`: for 127.0.0.1. `client`. `expired`: for 127.0.0.1 until yesterday. `stranger`: for
/// another host. Each is a `.pem` with a `.key`; the authority is `ca.pem`.
package final class Certificates: Sendable {
    package let folder = NSTemporaryDirectory() + "/crossfade-tls-" + UUID().uuidString

    package var authority: String { folder + "/ca.pem" }

    package init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let script = """
            set -e; cd '\(folder)'
            key="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
            openssl req -x509 $key -keyout ca.key -out ca.pem -subj /CN=ca -days 2
            for name in server client expired stranger; do
              days=2; host=IP:127.0.0.1
              [ $name != expired ] || days=-1
              [ $name != stranger ] || host=DNS:elsewhere.example
              openssl req $key -keyout $name.key -out $name.csr -subj /CN=$name
              printf "subjectAltName=$host" > $name.ext
              openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial \
                -out $name.pem -days $days -extfile $name.ext
            done
            """
        guard try ChildProcess(["/bin/sh", "-c", script]).wait() == .exited(0) else {
            throw ServerFailure("openssl made no certificates")
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    package func text(_ name: String) throws -> String {
        try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
    }
}
