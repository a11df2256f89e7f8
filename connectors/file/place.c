#include "connectors/file/place.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

#define TRIES 5
#define RETRY_BASE_MS 1000

struct place {
    const struct place_driver *driver;
    const struct place_options *options;
    void *state; /* NULL: not connected */
};

static const struct {
    const char *scheme;
    const struct place_driver *driver;
    int port;
} schemes[] = {{"sftp", &place_sftp, 22},
               {"ftps", &place_ftps, 21},
               {"https", &place_http, 443},
               {"http", &place_http, 80}};

const struct place_driver *place_find(const char *scheme, int *ret_port)
{
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (strcmp(schemes[i].scheme, scheme) == 0) {
            *ret_port = schemes[i].port;
            return schemes[i].driver;
        }
    }
    return NULL;
}

struct place *place_new(const struct place_driver *driver, const struct place_options *options)
{
    struct place *p = calloc(1, sizeof *p);
    if (p == NULL) {
        err_die(RC_MEMORY, "place");
    }
    *p = (struct place){driver, options, NULL};
    return p;
}

static void disconnect(struct place *p)
{
    if (p->state != NULL) {
        p->driver->close(p->state);
        p->state = NULL;
    }
}

void place_free(struct place *p)
{
    if (p != NULL) {
        disconnect(p);
        free(p);
    }
}

static enum rc connect_to(struct place *p)
{
    return p->state != NULL ? RC_OK : p->driver->open(p->options, &p->state);
}

/* After a cut connection a new one, in 1, 2, 4 and 8 seconds; false when there were enough tries.
 */
static bool may_try_again(struct place *p, enum rc rc, int try)
{
    int64_t base = 0;
    if (err_disposition(rc) != DISP_RETRY || try == TRIES) {
        return false;
    }
    if (!str_to_i64(str_from(getenv("BIDUI_RETRY_BASE_MS")), &base)) {
        base = RETRY_BASE_MS;
    }
    log_event(LOG_WARN, "place retry", LOG_S("host", p->options->host), LOG_I("try", try));
    disconnect(p);
    clock_sleep_ms(base << (try - 1));
    return true;
}

#define PATIENTLY(p, call)                \
    for (int try = 1;; try++) {           \
        enum rc rc = connect_to(p);       \
        if (rc == RC_OK) {                \
            rc = (call);                  \
        }                                 \
        if (!may_try_again(p, rc, try)) { \
            return rc;                    \
        }                                 \
    }

enum rc place_list(struct place *p, struct arena *a, struct remote_file **ret, size_t *ret_n)
{
    PATIENTLY(p, p->driver->list(p->state, a, ret, ret_n))
}

enum rc place_stat(struct place *p, struct arena *a, const char *name, struct remote_file *ret)
{
    PATIENTLY(p, p->driver->stat(p->state, a, name, ret))
}

enum rc place_put(struct place *p, const char *name, struct str bytes)
{
    if (p->driver->put == NULL) {
        return err_fail(RC_CONFIG, tr("%s: 这种连接不能放入文件", "%s: no files can be put there"), p->options->host);
    }
    PATIENTLY(p, p->driver->put(p->state, name, bytes))
}

enum rc place_remove(struct place *p, const char *name)
{
    PATIENTLY(p, p->driver->remove(p->state, name))
}

enum rc place_move(struct place *p, const char *name, const char *to)
{
    PATIENTLY(p, p->driver->move(p->state, name, to))
}

bool remote_is_same(const struct remote_file *a, const struct remote_file *b)
{
    return a->size == b->size && a->time == b->time && strcmp(a->tag, b->tag) == 0;
}

/* What was fetched of a file that has changed since is dropped. */
static enum rc check_same(struct place *p, const struct remote_file *file, struct blob *into)
{
    struct remote_file now;
    struct arena *a = arena_new((size_t)1 << 20);
    enum rc rc = p->driver->stat(p->state, a, file->name, &now);
    if (rc == RC_OK && !remote_is_same(&now, file)) {
        rc = blob_clear(into);
        if (rc == RC_OK) {
            rc = err_fail(RC_INCOMPLETE, tr("%s 在读取时被改动", "%s changed while it was read"),
                          file->name);
        }
    }
    arena_free(a);
    return rc;
}

static enum rc fetch_once(struct place *p, const struct remote_file *file, struct blob *into)
{
    TRY(check_same(p, file, into));
    TRY(p->driver->fetch(p->state, file, into));
    if (file->size >= 0 && blob_size(into) < file->size) {
        return err_fail(RC_NET, tr("%s 传输中断", "%s: cut off"), file->name);
    }
    return check_same(p, file, into);
}

enum rc place_fetch(struct place *p, const struct remote_file *file, struct blob *into)
{
    PATIENTLY(p, fetch_once(p, file, into))
}
