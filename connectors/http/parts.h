/* The named parts that templates of credentials and signatures are made of:
 *
 *   app_key app_secret, and what `values` names      from the configuration
 *   time nonce                                        once per request, the same wherever it goes
 *   token                                             what the token endpoint gave
 *   method path query params body body_digest         of the request as it stands
 *   query.NAME field.NAME header.NAME                 one of its parameters
 *   sign                                              the signature, once it is made */
#ifndef BIDUI_CONNECTORS_HTTP_PARTS_H
#define BIDUI_CONNECTORS_HTTP_PARTS_H

#include "base/digest.h"
#include "base/encode.h"
#include "connectors/http/message.h"
#include "connectors/http/template.h"

#define PARTS_MAX_TEXT ((size_t)8 << 20)
extern const char *const parts_names[];              /* those every kind knows, NULL-terminated */

struct parts_value {
    struct str name, value;
};

/* How {params} joins parameters of query and form, sorted bytewise by name. */
struct parts_pairs {
    struct str join, equals;
    bool is_escaped, skips_empty;
};

enum nonce_kind { NONCE_HEX, NONCE_DIGITS, NONCE_LETTERS, NONCE_UUID };
extern const char *const nonce_names[];

struct parts_rules {
    const struct parts_value *values;
    size_t value_count;
    struct str time_format;                          /* "s", "ms", "http", or a pattern like yyyyMMddHHmmss */
    enum nonce_kind nonce;
    size_t nonce_length;                             /* unless a UUID */
    struct parts_pairs params;
    struct digest_kind body_digest;
    enum encoding body_encoding;
};

struct parts {
    const struct parts_rules *rules;
    const struct http_message *message;
    int64_t unix_ms;
    struct str nonce;
    struct str token, sign;                          /* null: there is none */
};

/* Draws the nonce. */
enum rc parts_begin(struct parts *p, const struct parts_rules *rules, const struct http_message *m,
                    int64_t unix_ms) MUST_CHECK;
/* For template_fill; `ctx` is a struct parts. */
enum rc parts_fill(void *ctx, struct str name, struct buf *out) MUST_CHECK;
/* query.NAME, field.NAME or header.NAME */
bool parts_is_parameter(struct str name);
bool parts_is_time_format(struct str format);
/* At UTC+08:00, but "http", which is in GMT. */
enum rc parts_time(struct str format, int64_t unix_ms, struct buf *out) MUST_CHECK;

#endif
