/* What the configuration says about one dataset over HTTP, its references resolved, read once at open. */
#ifndef BIDUI_CONNECTORS_HTTP_SETTINGS_H
#define BIDUI_CONNECTORS_HTTP_SETTINGS_H

#include "connectors/caps.h"
#include "connectors/connector.h"
#include "connectors/http/auth.h"
#include "connectors/http/encrypt.h"
#include "connectors/http/paging.h"
#include "connectors/http/show.h"
#include "connectors/http/tls.h"

#define HTTP_MAX_PARALLEL 16

struct http_param {
    const char *name, *value;
};

/* A delivery the department prepares when asked: submitted, asked after, fetched. */
struct http_export {
    const struct yaml *answers;                      /* how answers to submitting and asking are written; NULL: JSON */
    const char *job;                                 /* path in the answer: the job's name */
    const char *poll;                                /* path behind base_url, with {job} */
    const char *state;                               /* path in the answer */
    const struct yaml *done, *failed;                /* states; failed may be NULL */
    const char *file;                                /* path in the answer: the file's address; or NULL */
    const char *download;                            /* path behind base_url, with {job}; or NULL */
    int64_t every_ms, limit_ms;
};

/* Whose answer tells whether anything has changed. */
enum http_conditional { CONDITIONAL_WHOLE, CONDITIONAL_FIRST_PAGE, CONDITIONAL_OFF };

struct http_settings {
    const char *base_url;                            /* without a slash at its end */
    const char *path;
    bool is_post;
    struct http_param *query;                        /* with holes */
    size_t query_count;
    struct http_param *headers;                      /* credentials are not among them */
    size_t header_count;
    struct http_auth auth;
    struct http_encrypt *encrypt;                    /* NULL: the request goes in clear */
    struct http_secrets secrets;
    const struct source *source;                     /* on_request */
    int64_t timeout_ms, connect_timeout_ms;
    size_t parallel;
    int redirects;                                   /* followed at most, on the same host */
    size_t max_body;                                 /* caps.body, or the connection's */
    struct caps caps;
    struct http_tls tls;
    const char *records;
    const char *ok_pointer;                          /* NULL: the HTTP status alone decides */
    const struct yaml *ok_equals, *ok_retry;         /* lists of codes; ok_retry may be NULL */
    struct paging paging;
    struct http_export export;                       /* of PAGING_EXPORT */
    struct str since;                                /* "": from the beginning */
    const char *times;                               /* how instants are written, or NULL */
    const char *body, *content_type;                 /* of a POST, with holes; or NULL */
    enum http_conditional conditional;
    const char *person;                              /* one of {persons}, with holes; or NULL */
};

enum rc http_settings_read(const struct source *s, struct http_settings *ret) MUST_CHECK;

/* The resolved text under `key`, which must not hold control characters; NULL if absent. */
enum rc http_text(const struct source *s, const struct yaml *map, const char *key, const char **ret) MUST_CHECK;

/* keys.c */
extern const struct key_spec http_connection_keys[], http_dataset_keys[], http_ok_keys[], http_paging_keys[];
extern const struct kind_rule http_paging_kinds[];
extern const struct kind_map http_kinds[];
bool http_is_bounded(const struct yaml *settings);
void http_check(const struct yaml *connection, const struct yaml *settings, struct problems *problems);

#endif
