/* One libcurl handle with its options set once: how a department is reached, and where its answer goes. */
#ifndef BIDUI_CONNECTORS_HTTP_TRANSFER_H
#define BIDUI_CONNECTORS_HTTP_TRANSFER_H

#include <curl/curl.h>

#include "connectors/http/message.h"
#include "connectors/http/settings.h"

#define HTTP_MAX_SKEW_S 60

enum transfer_state { TRANSFER_IDLE, TRANSFER_RUNNING, TRANSFER_DONE };

struct transfer {
    enum transfer_state state;
    CURL *easy;
    int64_t number;
    CURLcode result;                 /* once done */
    long status;
    int64_t retry_after_ms;          /* 0: not said */
    int64_t skew_s;                  /* how far the department's clock is ahead of ours, by its Date header */
    bool is_too_big;
    bool is_conditional;             /* asked only for what has changed */
    char address_code[CODE_TEXT];    /* keyed code of the address, where its answer may speak for the delivery; "" elsewhere */
    size_t max_body;
    struct buf body;                 /* decompressed */
    struct buf url, form;            /* what is sent; libcurl borrows the form */
    struct curl_slist *headers;
    int place_fd;                    /* one of the department's places while it runs, or -1 */
    int hops;                        /* redirects followed */
};

/* `who` is asking with basic authentication, or has no user. */
enum rc transfer_open(struct transfer *t, const struct http_settings *s, const struct http_auth *who) MUST_CHECK;
void transfer_close(struct transfer *t);             /* not while it runs; again is fine */
/* Writes the request down, to be performed next. */
enum rc transfer_write(struct transfer *t, const struct http_message *m) MUST_CHECK;
/* Tells the source's on_request what was written. */
void transfer_show(const struct transfer *t, const struct http_settings *s, const struct http_message *m,
                   struct str signed_text);
/* Tells the source's on_answer what came, where that was no page. */
void transfer_show_answer(const struct transfer *t, const struct http_settings *s, struct arena *a);
/* Notes what became of it. */
void transfer_finish(struct transfer *t, CURLcode result);

#endif
