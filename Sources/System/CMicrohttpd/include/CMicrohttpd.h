#pragma once
#include <stddef.h>
#include <stdint.h>

/// GNU libmicrohttpd behind a face of plain functions: its own options are variadic and its
/// result types closed.
typedef struct cm_server cm_server;
/// One connection; valid between `opened` and `closed`.
typedef struct cm_connection cm_connection;

typedef enum {
    /// Go on: more of the body, the answer that was queued, or suspended.
    CM_CONTINUE = 0,
    /// Cut the connection.
    CM_CLOSE = 1,
} cm_action;

/// Called on the server's threads; one connection's calls never overlap.
typedef struct {
    void *context;
    /// Returns what the other calls get as `object`.
    void *(*opened)(void *context, cm_connection *connection, int socket);
    /// The socket is still open; it will not be when this returns.
    void (*closed)(void *object);
    /// A request's first line has come; `target` is as it was sent.
    void (*line)(void *object, const char *target);
    /// First with the headers, then for every piece of the body, at last with size 0, and again
    /// after every `cm_resume`.
    cm_action (*request)(void *object, const char *method, const char *version,
                         const char *data, size_t size);
    /// The answer is out, or will never be.
    void (*completed)(void *object);
} cm_callbacks;

typedef struct {
    int listener;
    unsigned workers;
    unsigned connections;
    /// Bytes for a connection's header block and its buffers.
    size_t memory;
    /// Seconds without a byte either way; 0: the caller sees to it.
    unsigned idle_seconds;
    /// PEM texts; NULL where there is no TLS, or no client certificate is asked for.
    const char *certificate;
    const char *key;
    const char *client_authority;
} cm_configuration;

typedef struct {
    const char *name;
    const char *value;
} cm_header;

/// A listening socket, or −1 with `message` set. Port 0: the system chooses.
int cm_listen(const char *host, int port, int backlog, const char **message);
int cm_port(int listener);
/// NULL with `message` set on failure.
cm_server *cm_start(const cm_configuration *configuration, const cm_callbacks *callbacks,
                    const char **message);
/// Accepts no more; the listener refuses from here on. Blocks for a tenth of a second at most,
/// until those that have come are taken.
void cm_quiesce(cm_server *server);
/// Blocks until all threads have ended. Nothing may be suspended.
void cm_stop(cm_server *server);

/// Inside `request` only: it is called again after `cm_resume`.
void cm_suspend(cm_connection *connection);
void cm_resume(cm_connection *connection);
/// `blanks`: how many came between the colon and the value.
void cm_each_header(cm_connection *connection, void *context,
                    void (*visit)(void *context, const char *name, const char *value,
                                  size_t value_length, size_t blanks));
/// Copies the body. 0 on failure.
int cm_respond(cm_connection *connection, unsigned status, const void *body, size_t size,
               const cm_header *headers, size_t header_count);
/// Bytes of the request's head as it came, from its first line to the empty one.
size_t cm_head_size(cm_connection *connection);
/// 1 where the client showed a certificate that the authority signed.
int cm_peer_is_trusted(cm_connection *connection);
/// Ends both directions; the server's thread notices and closes.
void cm_hang_up(int socket);
/// Takes no more from the client than what has come: the server's thread reads that, finds the end
/// behind it, and can still answer. Where nothing has come it closes.
void cm_end_input(int socket);
/// Whether there are bytes that the server's thread has not read.
int cm_has_unread(int socket);
/// Whether the client will send no more, and all that it sent was read.
int cm_has_ended(int socket);
/// Lets this process open as many descriptors as the system grants; returns how many.
uint64_t cm_raise_descriptor_limit(void);
