import Foundation
import PlanCore

/// An instant query's answer: one scalar, or a vector of one.
enum PrometheusAnswer {
    private struct Answer: Decodable {
        struct Payload: Decodable {
            var resultType: String
            var result: [Item]
        }

        var status: String
        var data: Payload
    }

    /// `[time, "value"]`, bare for a scalar and under `value` for a vector's element.
    private enum Item: Decodable {
        case number(String)
        case time
        case element([Item])

        init(from decoder: any Decoder) throws {
            if let keyed = try? decoder.container(keyedBy: Key.self) {
                self = .element(try keyed.decode([Item].self, forKey: .value))
                return
            }
            let single = try decoder.singleValueContainer()
            if let text = try? single.decode(String.self) {
                self = .number(text)
            } else {
                self = .time
            }
        }

        enum Key: String, CodingKey { case value }

        var text: String? {
            switch self {
            case .number(let text): text
            case .time: nil
            case .element(let items): items.lazy.compactMap(\.text).first
            }
        }
    }

    static func number(_ body: String) -> MetricReading {
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(body.utf8)),
            answer.status == "success"
        else { return .error("prometheus gave an answer that is none") }
        let texts = answer.data.result.compactMap(\.text)
        guard texts.count <= 1 else {
            return .error("the query gives \(texts.count) series; it must give one")
        }
        guard let text = texts.first else { return .nothing }
        return Double(text).map { .number($0, samples: 1) } ?? .error("'\(text)' is no number")
    }
}
