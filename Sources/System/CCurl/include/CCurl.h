#pragma once
#include <curl/curl.h>
#include <stdint.h>

/// libcurl's options, whose setters are variadic, with one type each.
CURLcode cc_set_long(CURL *easy, CURLoption option, long value);
CURLcode cc_set_size(CURL *easy, CURLoption option, int64_t value);
/// Strings are copied by libcurl; other pointers (lists, POSTFIELDS, contexts) are not.
CURLcode cc_set_pointer(CURL *easy, CURLoption option, const void *value);
CURLcode cc_set_string(CURL *easy, CURLoption option, const char *value);
CURLcode cc_set_data_callback(CURL *easy, CURLoption option,
                              size_t (*callback)(char *, size_t, size_t, void *));
CURLMcode cc_multi_set_long(CURLM *multi, CURLMoption option, long value);

long cc_info_long(CURL *easy, CURLINFO info);
int64_t cc_info_size(CURL *easy, CURLINFO info);
void *cc_info_private(CURL *easy);

/// The next finished transfer, or NULL.
CURL *cc_multi_finished(CURLM *multi, CURLcode *code);
/// Once for the process: libcurl's own set-up; a closed connection is an error, not a signal.
int cc_global_init(void);
