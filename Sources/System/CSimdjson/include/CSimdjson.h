#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A parsed document; it owns everything that nodes point into.
typedef struct cj_document cj_document;

/// A value inside a document. Valid as long as the document.
typedef struct {
    const void *tape;
    size_t at;
} cj_node;

enum { CJ_NULL = 0, CJ_BOOL, CJ_INT, CJ_UINT, CJ_DOUBLE, CJ_STRING, CJ_ARRAY, CJ_OBJECT };

/// NULL on failure: then `message` is a static text. `depth` is the deepest nesting taken.
cj_document *cj_parse(const char *text, size_t length, size_t depth, const char **message);
void cj_free(cj_document *document);
/// Bytes of a text that `cj_parse_briefly` takes, at most.
enum { CJ_BRIEF_MAX = 16384 };
/// As `cj_parse`, with a parser that the thread keeps: for short texts, whose parser would cost more
/// than they do. What it gives is valid until the thread's next call. 0 on failure.
int cj_parse_briefly(const char *text, size_t length, size_t depth, cj_node *root);
cj_node cj_root(const cj_document *document);

int cj_kind(cj_node node);
int cj_bool(cj_node node);
int64_t cj_int(cj_node node);
uint64_t cj_uint(cj_node node);
double cj_double(cj_node node);
const char *cj_string(cj_node node, size_t *length);

/// Items of an array, or fields of an object; 0 for others.
size_t cj_count(cj_node node);
/// Calls for every item (key is NULL) or field, until the callback returns 0.
void cj_each(cj_node node, void *context,
             int (*visit)(void *context, const char *key, size_t key_length, cj_node value));
/// 1 where the object has the field.
int cj_find(cj_node node, const char *key, size_t key_length, cj_node *found);
/// Numbers of an array as floats: their count, or -1 where an item is no number or there are
/// more than `capacity`.
ptrdiff_t cj_floats(cj_node node, float *out, size_t capacity);

/// 1 where the bytes are valid UTF-8.
int cj_is_utf8(const char *text, size_t length);

#ifdef __cplusplus
}
#endif
