#define _GNU_SOURCE
#include "CMicrohttpd.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct cm_server {
    struct MHD_Daemon *daemon;
    cm_callbacks callbacks;
    int listener;
    int has_quiesced;
};

static _Thread_local char last_message[256];

static void on_log(void *context, const char *format, va_list arguments) {
    (void)context;
    vsnprintf(last_message, sizeof(last_message), format, arguments);
    last_message[strcspn(last_message, "\n")] = 0;
}

static struct MHD_Connection *own(cm_connection *connection) {
    return (struct MHD_Connection *)connection;
}

static void *object_of(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **object,
                          enum MHD_ConnectionNotificationCode code) {
    cm_server *server = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        int socket = info == NULL ? -1 : (int)info->connect_fd;
        *object = server->callbacks.opened(server->callbacks.context, (cm_connection *)connection,
                                           socket);
    } else if (*object != NULL) {
        server->callbacks.closed(*object);
        *object = NULL;
    }
}

static void *on_line(void *context, const char *target, struct MHD_Connection *connection) {
    cm_server *server = context;
    void *object = object_of(connection);
    if (object != NULL) server->callbacks.line(object, target);
    return object;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *url, const char *method, const char *version,
                                  const char *data, size_t *size, void **request) {
    (void)url;
    (void)request;
    cm_server *server = context;
    void *object = object_of(connection);
    if (object == NULL) return MHD_NO;
    size_t given = *size;
    *size = 0;
    cm_action action = server->callbacks.request(object, method, version, data, given);
    return action == CM_CLOSE ? MHD_NO : MHD_YES;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request,
                         enum MHD_RequestTerminationCode code) {
    (void)code;
    (void)request;
    cm_server *server = context;
    void *object = object_of(connection);
    if (object != NULL) server->callbacks.completed(object);
}

int cm_listen(const char *host, int port, int backlog, const char **message) {
    struct addrinfo hints, *found = NULL;
    char service[16];
    memset(&hints, 0, sizeof(hints));
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    snprintf(service, sizeof(service), "%d", port);
    int code = getaddrinfo(host, service, &hints, &found);
    if (code != 0) {
        *message = gai_strerror(code);
        return -1;
    }
    int listener = -1, failure = 0;
    for (struct addrinfo *entry = found; entry != NULL && listener < 0; entry = entry->ai_next) {
        int on = 1;
        int fd = socket(entry->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0) {
            failure = errno;
            continue;
        }
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        if (bind(fd, entry->ai_addr, entry->ai_addrlen) == 0 && listen(fd, backlog) == 0) {
            listener = fd;
        } else {
            failure = errno;
            close(fd);
        }
    }
    freeaddrinfo(found);
    if (listener < 0) *message = strerror(failure);
    return listener;
}

int cm_port(int listener) {
    struct sockaddr_storage address;
    socklen_t length = sizeof(address);
    if (getsockname(listener, (struct sockaddr *)&address, &length) != 0) return 0;
    if (address.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

cm_server *cm_start(const cm_configuration *configuration, const cm_callbacks *callbacks,
                    const char **message) {
    signal(SIGPIPE, SIG_IGN);
    cm_server *server = calloc(1, sizeof(*server));
    if (server == NULL) {
        *message = "out of memory";
        return NULL;
    }
    server->callbacks = *callbacks;
    server->listener = configuration->listener;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC |
                     MHD_USE_ERROR_LOG;
    struct MHD_OptionItem tls[4];
    size_t count = 0;
    if (configuration->certificate != NULL) {
        flags |= MHD_USE_TLS;
        tls[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0,
                                               (void *)configuration->certificate};
        tls[count++] =
            (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)configuration->key};
        if (configuration->client_authority != NULL) {
            tls[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_TRUST, 0,
                                                   (void *)configuration->client_authority};
        }
    }
    tls[count] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    last_message[0] = 0;
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server,
        MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
        MHD_OPTION_LISTEN_SOCKET, (MHD_socket)configuration->listener,
        MHD_OPTION_THREAD_POOL_SIZE, configuration->workers,
        MHD_OPTION_CONNECTION_LIMIT, configuration->connections,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, configuration->memory,
        MHD_OPTION_CONNECTION_TIMEOUT, configuration->idle_seconds,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_URI_LOG_CALLBACK, on_line, server,
        MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
    if (server->daemon == NULL) {
        *message = last_message[0] != 0 ? last_message : strerror(errno);
        free(server);
        return NULL;
    }
    return server;
}

/* A socket that nobody will ever connect to. */
static int silent_listener(void) {
    int silent = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (silent < 0) return -1;
    struct sockaddr_un nowhere = {.sun_family = AF_UNIX};
    /* Bound to a name of the kernel's choice, in no file system: unix(7), autobind. */
    if (bind(silent, (struct sockaddr *)&nowhere, sizeof(sa_family_t)) != 0 ||
        listen(silent, 0) != 0) {
        close(silent);
        return -1;
    }
    return silent;
}

/* Whoever waits in the listener's queue is reset with it: the threads get time to take them. */
static void await_empty_queue(int listener) {
    struct pollfd poll_of = {.fd = listener, .events = POLLIN};
    for (int turn = 0; turn < 100 && poll(&poll_of, 1, 0) > 0; turn++) usleep(1000);
}

/* MHD_quiesce_daemon races the daemon's own threads for the removal of the listener from their
   epoll sets, and whoever comes second aborts the process. So the listener's number is given
   another socket instead: the kernel takes the old one out of every set as it closes it. */
void cm_quiesce(cm_server *server) {
    if (server->has_quiesced) return;
    server->has_quiesced = 1;
    int silent = silent_listener();
    await_empty_queue(server->listener);
    if (silent < 0) {
        shutdown(server->listener, SHUT_RDWR);
        return;
    }
    dup3(silent, server->listener, O_CLOEXEC);
    close(silent);
}

void cm_stop(cm_server *server) {
    cm_quiesce(server);
    MHD_stop_daemon(server->daemon); /* closes the listener */
    free(server);
}

void cm_suspend(cm_connection *connection) { MHD_suspend_connection(own(connection)); }

void cm_resume(cm_connection *connection) { MHD_resume_connection(own(connection)); }

struct visit {
    void *context;
    void (*each)(void *context, const char *name, const char *value, size_t value_length,
                 size_t blanks);
};

/* Name and value are where they came in; the colon between them is a NUL by now. A line that went
   on with a blank is put together elsewhere: of that one nothing is counted. */
static size_t blanks_between(const char *name, size_t name_length, const char *value) {
    const char *first = name + name_length + 1;
    if ((uintptr_t)value <= (uintptr_t)first) return 0;
    for (const char *at = first; at < value; at++) {
        if (*at != ' ' && *at != '\t') return 0;
    }
    return (size_t)(value - first);
}

static enum MHD_Result on_header(void *context, enum MHD_ValueKind kind, const char *name,
                                 size_t name_length, const char *value, size_t value_length) {
    (void)kind;
    struct visit *visit = context;
    size_t blanks = value == NULL ? 0 : blanks_between(name, name_length, value);
    visit->each(visit->context, name, value == NULL ? "" : value, value_length, blanks);
    return MHD_YES;
}

void cm_each_header(cm_connection *connection, void *context,
                    void (*each)(void *context, const char *name, const char *value,
                                 size_t value_length, size_t blanks)) {
    struct visit visit = {context, each};
    MHD_get_connection_values_n(own(connection), MHD_HEADER_KIND, on_header, &visit);
}

int cm_respond(cm_connection *connection, unsigned status, const void *body, size_t size,
               const cm_header *headers, size_t header_count) {
    struct MHD_Response *response =
        MHD_create_response_from_buffer(size, (void *)body, MHD_RESPMEM_MUST_COPY);
    if (response == NULL) return 0;
    for (size_t index = 0; index < header_count; index++) {
        MHD_add_response_header(response, headers[index].name, headers[index].value);
    }
    enum MHD_Result result = MHD_queue_response(own(connection), status, response);
    MHD_destroy_response(response);
    return result == MHD_YES;
}

size_t cm_head_size(cm_connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(own(connection), MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info == NULL ? 0 : info->header_size;
}

int cm_peer_is_trusted(cm_connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(own(connection), MHD_CONNECTION_INFO_GNUTLS_SESSION);
    unsigned status = 0;
    if (info == NULL || info->tls_session == NULL) return 0;
    if (gnutls_certificate_verify_peers2(info->tls_session, &status) != 0) return 0;
    return status == 0;
}

void cm_hang_up(int socket) { shutdown(socket, SHUT_RDWR); }

void cm_end_input(int socket) { shutdown(socket, SHUT_RD); }

int cm_has_unread(int socket) {
    int unread = 0;
    return ioctl(socket, FIONREAD, &unread) == 0 && unread > 0;
}

int cm_has_ended(int socket) {
    struct pollfd poll_of = {.fd = socket, .events = POLLRDHUP};
    int unread = 0;
    if (poll(&poll_of, 1, 0) <= 0) return 0;
    if ((poll_of.revents & (POLLRDHUP | POLLHUP | POLLERR)) == 0) return 0;
    return ioctl(socket, FIONREAD, &unread) == 0 && unread == 0;
}

uint64_t cm_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    return (uint64_t)limit.rlim_cur;
}
