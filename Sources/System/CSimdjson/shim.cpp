#include "CSimdjson.h"

#include <simdjson.h>

#include <cstring>
#include <new>
#include <type_traits>

using simdjson::dom::element;
using simdjson::dom::element_type;

struct cj_document {
    simdjson::dom::parser parser;
    element root;
};

static_assert(sizeof(element) == sizeof(cj_node), "a node is an element");
static_assert(std::is_trivially_copyable<element>::value, "an element can be copied as bytes");

static element unwrap(cj_node node) {
    element value;
    std::memcpy(static_cast<void *>(&value), &node, sizeof(node));
    return value;
}

static cj_node wrap(element value) {
    cj_node node;
    std::memcpy(&node, static_cast<const void *>(&value), sizeof(node));
    return node;
}

cj_document *cj_parse(const char *text, size_t length, size_t depth, const char **message) {
    auto *document = new (std::nothrow) cj_document;
    if (document == nullptr) {
        *message = "out of memory";
        return nullptr;
    }
    auto error = document->parser.allocate(length, depth);
    if (!error) error = document->parser.parse(text, length).get(document->root);
    if (error) {
        *message = simdjson::error_message(error);
        delete document;
        return nullptr;
    }
    return document;
}

int cj_parse_briefly(const char *text, size_t length, size_t depth, cj_node *root) {
    thread_local simdjson::dom::parser parser;
    if (length > CJ_BRIEF_MAX) return 0;
    if (parser.capacity() < CJ_BRIEF_MAX || parser.max_depth() != depth) {
        if (parser.allocate(CJ_BRIEF_MAX, depth)) return 0;
    }
    element value;
    if (parser.parse(text, length).get(value)) return 0;
    *root = wrap(value);
    return 1;
}

void cj_free(cj_document *document) { delete document; }

cj_node cj_root(const cj_document *document) { return wrap(document->root); }

int cj_kind(cj_node node) {
    switch (unwrap(node).type()) {
        case element_type::NULL_VALUE: return CJ_NULL;
        case element_type::BOOL: return CJ_BOOL;
        case element_type::INT64: return CJ_INT;
        case element_type::UINT64: return CJ_UINT;
        case element_type::DOUBLE: return CJ_DOUBLE;
        case element_type::STRING: return CJ_STRING;
        case element_type::ARRAY: return CJ_ARRAY;
        case element_type::OBJECT: return CJ_OBJECT;
    }
    return CJ_NULL;
}

template <typename T>
static T get(cj_node node, T otherwise) {
    T value;
    return unwrap(node).get(value) ? otherwise : value;
}

int cj_bool(cj_node node) { return get<bool>(node, false) ? 1 : 0; }
int64_t cj_int(cj_node node) { return get<int64_t>(node, 0); }
uint64_t cj_uint(cj_node node) { return get<uint64_t>(node, 0); }
double cj_double(cj_node node) { return get<double>(node, 0); }

const char *cj_string(cj_node node, size_t *length) {
    const char *text = nullptr;
    if (unwrap(node).get_c_str().get(text)) {
        *length = 0;
        return "";
    }
    size_t size = 0;
    if (unwrap(node).get_string_length().get(size)) size = 0;
    *length = size;
    return text;
}

size_t cj_count(cj_node node) {
    simdjson::dom::array array;
    if (!unwrap(node).get(array)) {
        size_t count = 0;
        for (auto item : array) { (void)item; count++; }
        return count;
    }
    simdjson::dom::object object;
    if (!unwrap(node).get(object)) {
        size_t count = 0;
        for (auto field : object) { (void)field; count++; }
        return count;
    }
    return 0;
}

void cj_each(cj_node node, void *context,
             int (*visit)(void *context, const char *key, size_t key_length, cj_node value)) {
    simdjson::dom::array array;
    if (!unwrap(node).get(array)) {
        for (auto item : array) {
            if (!visit(context, nullptr, 0, wrap(item))) return;
        }
        return;
    }
    simdjson::dom::object object;
    if (!unwrap(node).get(object)) {
        for (auto field : object) {
            if (!visit(context, field.key.data(), field.key.size(), wrap(field.value))) return;
        }
    }
}

int cj_find(cj_node node, const char *key, size_t key_length, cj_node *found) {
    element value;
    simdjson::dom::object object;
    if (unwrap(node).get(object)) return 0;
    if (object.at_key(std::string_view(key, key_length)).get(value)) return 0;
    *found = wrap(value);
    return 1;
}

ptrdiff_t cj_floats(cj_node node, float *out, size_t capacity) {
    simdjson::dom::array array;
    if (unwrap(node).get(array)) return -1;
    size_t count = 0;
    for (auto item : array) {
        double value;
        if (item.get(value) || count == capacity) return -1;
        out[count++] = static_cast<float>(value);
    }
    return static_cast<ptrdiff_t>(count);
}

int cj_is_utf8(const char *text, size_t length) {
    return simdjson::validate_utf8(text, length) ? 1 : 0;
}
