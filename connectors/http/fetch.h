/* Requests on their way: a few transfers over kept-alive connections, driven only while one of them is waited for.
 * A transfer is known by the number of the page it asks for. Nothing hangs: every transfer has a deadline. */
#ifndef BIDUI_CONNECTORS_HTTP_FETCH_H
#define BIDUI_CONNECTORS_HTTP_FETCH_H

#include "connectors/http/pace.h"
#include "connectors/http/transfer.h"

struct fetch {
    const struct http_settings *settings;
    CURLM *multi;
    struct arena *scratch;           /* of the request being made */
    struct pace pace;
    struct transfer transfers[HTTP_MAX_PARALLEL];
    size_t count;
};

enum rc fetch_open(struct fetch *f, const struct http_settings *settings) MUST_CHECK;
void fetch_close(struct fetch *f);
/* Lets go of every transfer whose number is not wanted, begins those missing among the first `begun`, and sends what
 * can be sent. All of them are asked for at that place. Where the department's limits make it wait, `may_wait` waits
 * for the first one; the others are left for later. */
enum rc fetch_want(struct fetch *f, const int64_t *numbers, size_t n, size_t begun, const struct place *at,
                   bool may_wait) MUST_CHECK;
bool fetch_is_begun(const struct fetch *f, int64_t number);
/* Waits until the transfer is done, whatever its result. */
enum rc fetch_wait(struct fetch *f, int64_t number, struct transfer **ret) MUST_CHECK;
void fetch_release(struct fetch *f, struct transfer *t);
void fetch_release_running(struct fetch *f);
void fetch_release_all(struct fetch *f);

/* request.c: what is asked for one page, without credentials. Lives in `a`. */
enum rc http_request(const struct http_settings *settings, const struct place *at, int64_t number, struct arena *a,
                     struct http_message *ret) MUST_CHECK;

#endif
