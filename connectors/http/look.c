#include "connectors/http/look.h"

#include "base/clock.h"
#include "connectors/http/outcome.h"

static enum rc ask(struct fetch *fetch, const struct http_settings *s, struct arena *a,
                   struct str *ret_body)
{
    struct transfer *t = NULL;
    struct place place = paging_start(&s->paging, clock_unix_ms(), clock_today(), s->since);
    TRY(fetch_want(fetch, &place.number, 1, 1, &place, true));
    TRY(fetch_wait(fetch, place.number, &t));
    const char *where = outcome_where(s, &place, a);
    enum answer answer = outcome_of_transfer(s, t, where);
    if (answer == CONN_PAGE && outcome_is_html(buf_str(&t->body))) {
        answer = outcome_of_html(where);
    }
    if (answer != CONN_PAGE) {
        return err_last();
    }
    *ret_body = arena_str(a, buf_str(&t->body));
    return RC_OK;
}

enum rc http_look(const struct source *source, struct arena *a, struct str *ret_body)
{
    struct http_settings settings = {0};
    struct fetch fetch = {0};
    enum rc rc = http_settings_read(source, &settings);
    if (rc == RC_OK) {
        rc = fetch_open(&fetch, &settings);
    }
    if (rc == RC_OK) {
        rc = ask(&fetch, &settings, a, ret_body);
    }
    fetch_close(&fetch);
    http_auth_done(&settings.auth);
    return rc;
}
