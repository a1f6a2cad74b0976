import PlanCore
import PlanGateway
import Testing

@Suite struct QdrantFilterTests {
    struct Meaning: Sendable, CustomTestStringConvertible {
        var text: String
        var filter: Filter?
        var testDescription: String { text }

        init(_ text: String, _ filter: Filter?) {
            self.text = text
            self.filter = filter
        }
    }

    private static let red = "{\"key\":\"c\",\"match\":{\"value\":\"red\"}}"
    private static let isRed = Filter.holds(field: "c", ["red"])

    static let meanings: [Meaning] = [
        Meaning("{}", nil),
        Meaning("{\"must\":[],\"should\":null,\"must_not\":[]}", nil),
        Meaning("{\"must\":[\(red)]}", isRed),
        Meaning("{\"must\":\(red)}", isRed),
        Meaning("{\"should\":[\(red)]}", isRed),
        Meaning("{\"should\":[\(red),\(red)]}", .or([isRed, isRed])),
        Meaning("{\"must_not\":[\(red)]}", .not(isRed)),
        Meaning("{\"must\":[\(red)],\"must_not\":[\(red)]}", .and([isRed, .not(isRed)])),
        Meaning("{\"must\":[{\"should\":[\(red),\(red)]}]}", .or([isRed, isRed])),
        Meaning(
            "{\"min_should\":{\"conditions\":[\(red),\(red)],\"min_count\":1}}",
            .or([isRed, isRed])),
        Meaning(
            "{\"min_should\":{\"conditions\":[\(red),\(red)],\"min_count\":2}}",
            .and([isRed, isRed])),
        Meaning("{\"min_should\":{\"conditions\":[\(red)],\"min_count\":3}}", .or([])),
        Meaning(
            "{\"must\":[{\"key\":\"n\",\"match\":{\"any\":[1,\"a\",true]}}]}",
            .holds(field: "n", [1, "a", true])),
        Meaning(
            "{\"must\":[{\"key\":\"n\",\"range\":{\"gt\":1,\"lte\":2.5,\"lt\":null}}]}",
            .and([.greater(field: "n", 1), .lessOrEqual(field: "n", 2.5)])),
        Meaning(
            "{\"must\":[{\"has_id\":[1,\"6F2B7F0E7B4C5A539A3EC0FFEE5FADE0\"]}]}",
            .hasID([.int(1), .uuid("6f2b7f0e-7b4c-5a53-9a3e-c0ffee5fade0")])),
        Meaning("{\"must\":[{\"is_null\":{\"key\":\"a.b\"}}]}", .holds(field: "a.b", [.null])),
        Meaning(
            "{\"must\":[{\"is_empty\":{\"key\":\"a\"}}]}",
            .or([
                .not(.exists(field: "a")), .equal(field: "a", .null), .equal(field: "a", []),
            ])),
        Meaning(
            "{\"must\":[{\"key\":\"\\\"a b\\\".c\",\"match\":{\"value\":1}}]}",
            .holds(field: "a b.c", [1])),
    ]

    @Test(arguments: meanings)
    func `a filter of Qdrant's means the same in our words`(_ meaning: Meaning) throws {
        #expect(try QdrantBodies.filter(Array(meaning.text.utf8)) == meaning.filter)
    }

    @Test(arguments: [
        ("{\"must\":[{\"key\":\"t\",\"match\":{\"text\":\"two\"}}]}", "must[0].match.text"),
        ("{\"must\":[{\"key\":\"t\",\"match\":{\"except\":[1]}}]}", "must[0].match.except"),
        ("{\"must\":[{\"key\":\"t\",\"values_count\":{\"gt\":1}}]}", "must[0].values_count"),
        ("{\"must\":[{\"key\":\"t\",\"geo_radius\":{}}]}", "must[0].geo_radius"),
        ("{\"must\":[{\"key\":\"t\",\"range\":{\"gt\":\"2020\"}}]}", "must[0].range.gt"),
        ("{\"must\":[{\"key\":\"t[]\",\"match\":{\"value\":1}}]}", "must[0].key: t[]"),
        ("{\"should\":[{\"nested\":{\"key\":\"a\",\"filter\":{}}}]}", "should[0].nested"),
        ("{\"must\":[{\"has_vector\":\"a\"}]}", "must[0].has_vector"),
        (
            "{\"min_should\":{\"conditions\":[{\"has_id\":[]},{\"has_id\":[]},{\"has_id\":[]}],"
                + "\"min_count\":2}}", "min_should"
        ),
        ("{\"never\":[]}", "never"),
    ])
    func `what no other store can say is refused by its name`(text: String, construct: String) {
        let error = #expect(throws: GatewayError.self) {
            _ = try QdrantBodies.filter(Array(text.utf8))
        }
        #expect(error?.status == 400)
        #expect(error?.code == .unsupported)
        #expect(error?.message == "'\(construct)' cannot be translated for these two stores")
    }

    @Test(arguments: [
        ("{\"must\":[{\"key\":\"a\"}]}", "'must[0]' asks nothing of its key"),
        ("{\"must\":[{}]}", "'must[0]' is an empty condition"),
        ("{\"must\":[3]}", "'must[0]' is not an object"),
        (
            "{\"must\":[{\"key\":\"a..b\",\"match\":{\"value\":1}}]}",
            "'must[0].key' is no path: 'a..b'"
        ),
        (
            "{\"must\":[{\"key\":\"a\",\"match\":{\"value\":1.5}}]}",
            "'must[0].match.value' is not a string, an integer or a boolean"
        ),
        ("{\"must\":[{\"has_id\":[-1]}]}", "'must[0].has_id[0]': '-1' is no id of this collection"),
    ])
    func `what is no filter is told so`(text: String, words: String) {
        let error = #expect(throws: GatewayError.self) {
            _ = try QdrantBodies.filter(Array(text.utf8))
        }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message == words)
    }
}
