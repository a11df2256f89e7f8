/* What happens to files once they are in the database: deleted, or sealed into an archive and then
 * deleted.
 *
 * An archived file is a sequence of pieces, each a 4-byte big-endian length and AES-256-GCM output.
 * A piece is sealed with its number and whether it is the last, so that none can be dropped, moved
 * or repeated. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fs.h"
#include "base/log.h"
#include "connectors/file/file.h"

#define CONTEXT "bidui file archive"
#define PIECE_MAX (FILE_CHUNK + 64)

static struct str piece_context(char *p, size_t size, int64_t number, bool last)
{
    int n = snprintf(p, size, "%s %lld %s", CONTEXT, (long long)number, last ? "last" : "more");
    return str_of(p, (size_t)n);
}

/* ---- Sealing ---- */

static enum rc write_piece(FILE *out, const char *path, struct str sealed)
{
    uint32_t n = htonl((uint32_t)sealed.n);
    if (fwrite(&n, sizeof n, 1, out) != 1 || fwrite(sealed.p, 1, sealed.n, out) != sealed.n) {
        return err_fail(RC_IO, "%s: %s", path, fs_reason(errno));
    }
    return RC_OK;
}

static enum rc seal_pieces(const struct source *source, const struct blob *bytes, FILE *out,
                           const char *path, char *chunk, struct buf *sealed)
{
    bool last = false;
    for (int64_t number = 0; !last; number++) {
        char context[64];
        size_t n = 0;
        TRY(blob_read(bytes, number * (int64_t)FILE_CHUNK, chunk, FILE_CHUNK, &n));
        last = n < FILE_CHUNK;
        buf_reset(sealed);
        TRY(crypto_seal(source->seal_key, str_of(chunk, n),
                        piece_context(context, sizeof context, number, last), sealed));
        TRY(write_piece(out, path, buf_str(sealed)));
    }
    return RC_OK;
}

static enum rc seal_into(const struct source *source, const struct blob *bytes, const char *path)
{
    FILE *out = fopen(path, "we");
    if (out == NULL) {
        return err_fail(RC_IO, "%s: %s", path, fs_reason(errno));
    }
    struct buf sealed;
    buf_init(&sealed, PIECE_MAX);
    char *chunk = malloc(FILE_CHUNK);
    if (chunk == NULL) {
        err_die(RC_MEMORY, "%zu", FILE_CHUNK);
    }
    enum rc rc = seal_pieces(source, bytes, out, path, chunk, &sealed);
    free(chunk);
    buf_done(&sealed);
    if (fclose(out) != 0 && rc == RC_OK) {
        rc = err_fail(RC_IO, "%s: %s", path, fs_reason(errno));
    }
    return rc;
}

/* NAME.HASH.sealed: the same content never lies there twice, and a repeat finds it done. */
static const char *archive_path(const struct source *source, const char *folder,
                                const struct drop *drop)
{
    char hex[2 * PAGE_HASH + 1];
    for (size_t i = 0; i < PAGE_HASH; i++) {
        snprintf(hex + 2 * i, 3, "%02x", (unsigned)drop->hash[i]);
    }
    return arena_printf(source->arena, "%s/%s.%.16s.sealed", folder, drop->name, hex);
}

static enum rc archive_drop(const struct source *source, const struct file_options *o,
                            const struct drop *drop)
{
    const char *path = archive_path(source, o->archive, drop);
    if (fs_exists(path)) {
        return RC_OK;
    }
    const char *unfinished = arena_printf(source->arena, "%s.tmp", path);
    struct blob *own = NULL;
    TRY(fs_mkdirs(o->archive));
    if (drop->spool == NULL) {
        TRY(drop_open(drop, &own));
    }
    enum rc rc = seal_into(source, own != NULL ? own : drop->spool, unfinished);
    blob_close(own);
    TRY(rc);
    TRY(fs_sync(unfinished));
    return fs_rename(unfinished, path);
}

/* ---- Unsealing ---- */

static enum rc read_piece(FILE *in, const char *path, struct buf *piece, bool *ret_have)
{
    uint32_t n = 0;
    size_t got = fread(&n, 1, sizeof n, in);
    *ret_have = got != 0;
    if (got == 0) {
        return RC_OK;
    }
    n = ntohl(n);
    buf_reset(piece);
    if (got != sizeof n || n > PIECE_MAX) {
        return err_fail(RC_CRYPTO, tr("%s: 不是归档文件", "%s: no archived file"), path);
    }
    TRY(buf_reserve(piece, n));
    piece->n = fread(piece->p, 1, n, in);
    return piece->n == n ? RC_OK : err_fail(RC_CRYPTO, tr("%s: 被截断", "%s: truncated"), path);
}

static enum rc open_pieces(FILE *in, const char *path, const struct key *key, struct buf *piece,
                           struct buf *out)
{
    bool have = false, next = false;
    TRY(read_piece(in, path, piece, &have));
    for (int64_t number = 0; have; number++, have = next) {
        char context[64];
        int c = getc(in);
        next = c != EOF;
        if (next) {
            ungetc(c, in);
        }
        TRY(crypto_open(key, buf_str(piece), piece_context(context, sizeof context, number, !next),
                        out));
        if (next) {
            TRY(read_piece(in, path, piece, &next));
        }
    }
    return RC_OK;
}

enum rc archive_read(const char *path, const struct key *seal_key, struct buf *out)
{
    FILE *in = fopen(path, "re");
    if (in == NULL) {
        return err_fail(RC_IO, "%s: %s", path, fs_reason(errno));
    }
    struct buf piece;
    buf_init(&piece, PIECE_MAX);
    enum rc rc = open_pieces(in, path, seal_key, &piece, out);
    buf_done(&piece);
    fclose(in);
    return rc;
}

/* ---- Putting away ---- */

struct putting { /* what all steps below are about */
    const struct source *source;
    const struct file_options *o;
    struct place *place; /* NULL: a folder here */
};

/* The same content as the file the server has now? */
static enum rc is_unchanged(const struct putting *p, const struct drop *drop, bool *ret)
{
    struct remote_file far;
    struct stamp near;
    enum rc rc = p->place != NULL        ? place_stat(p->place, p->source->arena, drop->name, &far)
                 : fs_exists(drop->path) ? stamp_of(drop->path, -1, &near)
                                         : err_fail(RC_NOT_FOUND, "%s", drop->name);
    if (rc != RC_OK && err_disposition(rc) == DISP_RETRY) {
        return rc;
    }
    *ret = rc == RC_OK &&
           (p->place != NULL ? remote_is_same(&far, &drop->remote) : stamp_is(&near, &drop->stamp));
    if (rc == RC_OK && !*ret) {
        log_event(LOG_WARN, "file changed", LOG_S("dataset", p->source->dataset),
                  LOG_S("file", drop->name));
    }
    err_clear();
    return RC_OK;
}

static enum rc remove_path(const struct putting *p, const char *path)
{
    if (path == NULL) {
        return RC_OK;
    }
    enum rc rc = p->place != NULL ? place_remove(p->place, path) : fs_remove_tree(path);
    if (rc == RC_NOT_FOUND) {
        err_clear(); /* an earlier try got so far */
        rc = RC_OK;
    }
    return rc;
}

/* A name that was moved there before keeps its file; this one gets its hash behind its name. */
static enum rc move_drop(const struct putting *p, const struct drop *drop)
{
    struct remote_file there;
    struct arena *a = p->source->arena;
    const char *to = arena_printf(a, "%s/%s", p->o->move_to, drop->name);
    enum rc rc = place_stat(p->place, a, to, &there);
    if (rc == RC_OK) {
        to = arena_printf(a, "%s/%s.%lld", p->o->move_to, drop->name, (long long)drop->remote.time);
    } else if (rc != RC_NOT_FOUND) {
        return rc;
    }
    err_clear();
    return place_move(p->place, drop->name, to);
}

static enum rc archive(const struct putting *p, struct drop *drop)
{
    if (p->o->after != AFTER_ARCHIVE) {
        return RC_OK;
    }
    if (p->place != NULL) {
        TRY(remote_spool(p->source, p->place, drop));
    }
    return archive_drop(p->source, p->o, drop);
}

static enum rc take_away(const struct putting *p, const struct drop *drop)
{
    return p->o->after == AFTER_MOVE ? move_drop(p, drop) : remove_path(p, drop->path);
}

/* The marker goes first, lest it vouch for the next file of that name while that is being written.
 */
static enum rc put_one_away(const struct putting *p, struct drop *drop)
{
    bool unchanged = false;
    TRY(is_unchanged(p, drop, &unchanged));
    if (!unchanged) {
        return RC_OK;
    }
    TRY(archive(p, drop));
    TRY(remove_path(p, drop->marker));
    TRY(remove_path(p, drop->sum));
    return take_away(p, drop);
}

/* Older than what was taken and maybe never read. Its marker goes last: without it the file would
 * lie here for ever, should this process be killed in between. */
static enum rc put_superseded_away(const struct putting *p, struct drop *drop)
{
    bool unchanged = false;
    if (!drop->is_complete) {
        return RC_OK;
    }
    if (p->place != NULL) {
        TRY(remote_mark(p->source, p->place, drop)); /* the listing may not have told its time */
    }
    TRY(is_unchanged(p, drop, &unchanged));
    if (!unchanged) {
        return RC_OK;
    }
    if (p->place == NULL && p->o->after == AFTER_ARCHIVE) {
        TRY(drop_hash(p->source, drop)); /* the archive's names need it */
    }
    TRY(archive(p, drop));
    TRY(take_away(p, drop));
    TRY(remove_path(p, drop->sum));
    return remove_path(p, drop->marker);
}

/* What a process killed between marker and file has left: its content was taken, so it may go. */
static enum rc find_leftover(const struct putting *p, struct drop *drop)
{
    if (drop->is_complete || p->source->is_taken == NULL) {
        return RC_OK;
    }
    if (p->place != NULL) {
        return remote_mark(p->source, p->place, drop);
    }
    return fs_exists(drop->path) ? drop_hash(p->source, drop) : RC_OK;
}

/* Taken before, or now that it was read: not while its delivery is held, or it has to be read again. */
static bool is_spent(const struct source *source, const struct drop *drop)
{
    return drop->is_taken ||
           (drop->is_read &&
            (source->is_taken == NULL || source->is_taken(source->is_taken_ctx, drop->hash)));
}

enum rc put_away(const struct source *source, const struct file_options *options,
                 struct place *place, struct drops *drops)
{
    struct putting p = {source, options, place};
    bool newer_is_spent = false;
    if ((options->folder == NULL && place == NULL) || options->after == AFTER_KEEP) {
        return RC_OK;
    }
    for (size_t i = drops->n; i > 0; i--) {
        struct drop *drop = &drops->items[i - 1];
        TRY(find_leftover(&p, drop));
        if (is_spent(source, drop)) {
            newer_is_spent = newer_is_spent || drop->is_complete;
            TRY(put_one_away(&p, drop));
        } else if (newer_is_spent && options->newest_only) {
            TRY(put_superseded_away(&p, drop));
        }
    }
    return place == NULL && drops->n > 0 ? fs_sync(options->folder) : RC_OK;
}
