/* Which files of a place elsewhere are complete, and which of them were taken before. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "connectors/file/file.h"

#define SUM_MOST 4096

struct listed {
    struct remote_file *files;
    size_t n;
};

static const struct remote_file *find(const struct listed *l, const char *name)
{
    for (size_t i = 0; i < l->n; i++) {
        if (strcmp(l->files[i].name, name) == 0) {
            return &l->files[i];
        }
    }
    return NULL;
}

/* NAME.csv.done or NAME.done; NULL if neither is there. */
static const char *find_beside(struct arena *a, const struct listed *l, const char *name,
                               const char *suffix)
{
    const char *whole = arena_printf(a, "%s%s", name, suffix);
    const char *short_form = arena_printf(a, "%.*s%s", STR_ARGS(name_stem(str_from(name))), suffix);
    return find(l, whole) != NULL ? whole : find(l, short_form) != NULL ? short_form : NULL;
}

/* A server may list whatever it likes: names that would lead elsewhere are none. */
static bool is_name(const char *name)
{
    return *name != '\0' && strpbrk(name, "/\r\n") == NULL && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

/* ---- Completeness ---- */

static bool is_complete(struct arena *a, const struct file_options *o, const struct listed *before,
                        const struct listed *now, struct drop *drop)
{
    const struct remote_file *was = find(before, drop->name);
    if (o->marker != NULL) {
        drop->marker = find_beside(a, now, drop->name, o->marker);
    }
    if (o->checksum != NULL) {
        drop->sum = find_beside(a, now, drop->name, arena_printf(a, ".%s", o->checksum));
    }
    return (o->marker == NULL || drop->marker != NULL) &&
           (o->checksum == NULL || drop->sum != NULL) && was != NULL &&
           remote_is_same(was, &drop->remote);
}

/* Untouched for as long as was asked: listed twice, as the clocks there and here need not agree. */
static enum rc list_twice(const struct source *source, const struct file_options *o,
                          struct place *place, struct listed *before, struct listed *now)
{
    TRY(place_list(place, source->arena, &before->files, &before->n));
    *now = *before;
    if (o->stable_ms == 0 || before->n == 0) {
        return RC_OK;
    }
    clock_sleep_ms(o->stable_ms);
    return place_list(place, source->arena, &now->files, &now->n);
}

static enum rc list_place(const struct source *source, const struct file_options *o,
                          struct place *place, struct drops *drops)
{
    struct listed before = {0}, now = {0};
    size_t waiting = 0;
    TRY(list_twice(source, o, place, &before, &now));
    drops->items = arena_array(source->arena, now.n + 1, sizeof *drops->items);
    for (size_t i = 0; i < now.n; i++) {
        const char *name = now.files[i].name;
        struct drop drop = {.name = name, .path = name, .remote = now.files[i]};
        if (!is_name(name) || is_companion(source->arena, o, str_from(name)) ||
            !pattern_matches(o->match, name, &drop.date)) {
            continue;
        }
        drop.is_complete = is_complete(source->arena, o, &before, &now, &drop);
        waiting += drop.is_complete ? 0 : 1;
        drops->items[drops->n++] = drop;
    }
    drops_sort(drops);
    if (waiting > 0) {
        log_event(LOG_INFO, "files incomplete", LOG_S("dataset", source->dataset),
                  LOG_I("files", waiting));
    }
    return RC_OK;
}

/* ---- Fetching ---- */

/* What the server says of a file stands for its content: a file known by it isn't fetched again.
 * Without a time or a tag nothing does. */
enum rc remote_mark(const struct source *source, struct place *place, struct drop *drop)
{
    struct arena *a = source->arena;
    struct str url = yaml_text(source->connection, "url");
    TRY(place_stat(place, a, drop->name, &drop->remote));
    const struct remote_file *f = &drop->remote;
    if (f->time < 0 && *f->tag == '\0') {
        return RC_OK;
    }
    const char *text = arena_printf(a, "remote file\n%.*s\n%s\n%lld\n%lld\n%s", STR_ARGS(url),
                                    f->name, (long long)f->size, (long long)f->time, f->tag);
    crypto_hash(source->hash_key, str_from(text), drop->mark);
    drop->has_mark = true;
    drop->is_taken = source->is_taken != NULL && source->is_taken(source->is_taken_ctx, drop->mark);
    return RC_OK;
}

enum rc remote_spool(const struct source *source, struct place *place, struct drop *drop)
{
    if (drop->spool != NULL) {
        return RC_OK;
    }
    TRY(blob_spool(NULL, &drop->spool));
    enum rc rc = place_fetch(place, &drop->remote, drop->spool);
    if (rc != RC_OK) {
        blob_close(drop->spool);
        drop->spool = NULL;
        return rc;
    }
    log_event(LOG_INFO, "file fetched", LOG_S("dataset", source->dataset),
              LOG_S("file", drop->name), LOG_I("bytes", blob_size(drop->spool)));
    return drop_hash_bytes(source, drop->spool, drop);
}

/* A file that isn't what its checksum says is not complete. */
static enum rc check_sum(const struct source *source, const struct file_options *o,
                         struct place *place, struct drop *drop)
{
    struct remote_file file;
    struct blob *sum = NULL;
    if (o->checksum == NULL) {
        return RC_OK;
    }
    TRY(place_stat(place, source->arena, drop->sum, &file));
    TRY(blob_spool(NULL, &sum));
    enum rc rc =
        file.size > SUM_MOST ? err_fail(RC_LIMIT, "%s", drop->sum) : place_fetch(place, &file, sum);
    if (rc == RC_OK) {
        rc = checksum_agrees(o->checksum, drop->spool, sum, &drop->is_complete);
    }
    blob_close(sum);
    if (rc == RC_OK && !drop->is_complete) {
        log_event(LOG_WARN, "checksum differs", LOG_S("dataset", source->dataset),
                  LOG_S("file", drop->name));
    }
    return rc;
}

static enum rc look_at(const struct source *source, const struct file_options *o,
                       struct place *place, struct drop *drop)
{
    TRY(remote_mark(source, place, drop));
    if (drop->is_taken) {
        return RC_OK;
    }
    TRY(remote_spool(source, place, drop));
    return check_sum(source, o, place, drop);
}

enum rc remote_choose(const struct source *source, const struct file_options *o,
                      struct place *place, struct drops *ret)
{
    struct drops drops = {NULL, 0};
    /* the file a killed pull was reading may no longer be the newest */
    bool all = !o->newest_only || o->has_parts || !str_is_empty(source->position), done = false;
    TRY(list_place(source, o, place, &drops));
    *ret = drops; /* spools are given back from here on, whatever follows */
    for (size_t i = drops.n; i > 0 && !done; i--) {
        struct drop *drop = &drops.items[i - 1];
        if (drop->is_complete) {
            TRY(look_at(source, o, place, drop));
            done = drop->is_complete && !all;
        }
    }
    return RC_OK;
}
