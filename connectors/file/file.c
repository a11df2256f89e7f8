/* The connector `file`: CSV files a department drops into a folder, taken once, only when complete.
 *
 *     connection: {kind: file, folder: "${env:HOUSING_DIR}"}
 *     match: "鉴定_*.csv"                 # a shell pattern for names in the folder
 *     format: {kind: csv, charset: auto, header: true, delimiter: ",", quote: "\"", skip_lines: 0}
 *     ready: {marker: ".done"}            # NAME.csv.done or NAME.done must be there; or {stable:
 * 10s}: untouched so long take: newest                        # the greatest name bytewise; all:
 * every file not taken yet, by name. # newest for full snapshots, all for incremental datasets
 *     after: delete                       # delete, archive or keep what was taken
 *     archive: "${env:ARCHIVE}"           # sealed there with the seal key before it is deleted
 *
 * Without `ready` a file counts as complete when it is there. Without a header columns are named 1,
 * 2, 3 ... Files named by the caller are read as they are, whatever was taken before, and never
 * removed.
 *
 * Position: "HASH:RECORDS:HASH,HASH": the file being read, how many of its records were handed out,
 * and the files read before it. A pull goes on by reading that file again and passing over those
 * records; if the file is gone or changed, what was landed of it can't be completed: RC_INCOMPLETE.
 */
#include <stdio.h>
#include <stdlib.h>

#include "connectors/file/file.h"

#define HASH_HEX ((size_t)2 * PAGE_HASH)

struct file_source {
    const struct source *source;
    struct file_options options;
    bool is_chosen,
        any_page;        /* any_page: handed out by this or, when resuming, by an earlier process */
    struct place *place; /* NULL: a folder here, or files named by the caller */
    struct parts *parts; /* NULL: files stand for themselves */
    struct drops drops;
    struct drop **order; /* the ones to read */
    size_t order_n, at;
    struct reader *reader;
    int64_t skip;        /* of order[at], when resuming */
    bool was_begun;      /* order[at] has given a page already */
    bool mark_is_told;   /* of order[at] */
    struct buf position; /* behind the last page */
};

/* ---- Life ---- */

static void forget_spools(struct file_source *s)
{
    for (size_t i = 0; i < s->drops.n; i++) {
        blob_close(s->drops.items[i].spool);
        s->drops.items[i].spool = NULL;
    }
    s->drops.n = 0;
}

static void file_close(void *state)
{
    struct file_source *s = state;
    reader_close(s->reader);
    forget_spools(s);
    parts_free(s->parts);
    place_free(s->place);
    options_done(&s->options);
    buf_done(&s->position);
    free(s);
}

static enum rc file_open_source(const struct source *source, void **ret_state)
{
    struct file_source *s = calloc(1, sizeof *s);
    if (s == NULL) {
        err_die(RC_MEMORY, "file");
    }
    s->source = source;
    buf_init(&s->position, (size_t)1 << 20);
    enum rc rc = options_read(source, &s->options);
    if (rc == RC_OK && s->options.driver != NULL) {
        s->place = place_new(s->options.driver, &s->options.place);
    }
    if (rc == RC_OK) {
        rc = parts_new(source, &s->options, &s->parts);
    }
    if (rc == RC_OK && s->parts == NULL) { /* in parts it is read from the start */
        rc = buf_puts(&s->position, source->position);
    }
    if (rc != RC_OK) {
        file_close(s);
        return rc;
    }
    *ret_state = s;
    return RC_OK;
}

/* ---- Positions ---- */

static void to_hex(const unsigned char hash[PAGE_HASH], char out[HASH_HEX + 1])
{
    for (size_t i = 0; i < PAGE_HASH; i++) {
        snprintf(out + 2 * i, 3, "%02x", (unsigned)hash[i]);
    }
}

static struct drop *find_drop(struct file_source *s, struct str hex)
{
    for (size_t i = 0; i < s->drops.n; i++) {
        char own[HASH_HEX + 1];
        to_hex(s->drops.items[i].hash, own);
        if (s->drops.items[i].is_complete && str_is(hex, own)) {
            return &s->drops.items[i];
        }
    }
    return NULL;
}

static enum rc write_position(struct file_source *s)
{
    char hex[HASH_HEX + 1];
    to_hex(s->order[s->at]->hash, hex);
    buf_reset(&s->position);
    TRY(buf_printf(&s->position, "%s:%lld:", hex, (long long)reader_records(s->reader)));
    const char *comma = "";
    for (size_t i = 0; i < s->drops.n; i++) {
        if (s->drops.items[i].is_read && &s->drops.items[i] != s->order[s->at]) {
            to_hex(s->drops.items[i].hash, hex);
            TRY(buf_printf(&s->position, "%s%s", comma, hex));
            comma = ",";
        }
    }
    return RC_OK;
}

/* Marks what was read before and puts the file being read first. */
static enum rc take_position(struct file_source *s)
{
    struct str rest = buf_str(&s->position);
    if (str_is_empty(rest)) {
        return RC_OK;
    }
    struct str hex = str_cut(&rest, ':'), records = str_cut(&rest, ':');
    struct drop *current = find_drop(s, hex);
    if (current == NULL || !str_to_i64(records, &s->skip)) {
        enum rc rc = err_fail(RC_INCOMPLETE, "%s",
                              tr("上次读到一半的文件已不在或已改动",
                                 "the file that was half read is gone or changed"));
        err_hint("%s", tr("请部门重新放入完整文件。",
                          "Ask the department to drop the complete file again."));
        return rc;
    }
    while (rest.n > 0) {
        struct drop *before = find_drop(s, str_cut(&rest, ','));
        if (before != NULL) {
            before->is_read = true;
        }
    }
    s->order[s->order_n++] = current;
    s->was_begun = true;
    s->any_page = true;
    return RC_OK;
}

/* ---- Reading ---- */

/* With newest_only the last complete one, if it wasn't taken; else all that weren't, by name. */
static void choose_order(struct file_source *s)
{
    bool given = s->source->file_count > 0, one = s->options.newest_only && !given;
    if (one && s->order_n > 0) {
        return;
    }
    for (size_t i = 0; i < s->drops.n; i++) {
        struct drop *drop = &s->drops.items[i];
        if (!drop->is_complete || drop->is_read || (s->order_n > 0 && drop == s->order[0])) {
            continue;
        }
        if (one) {
            s->order[0] = drop;
            s->at = 0;
        } else if (!drop->is_taken) {
            s->order[s->order_n++] = drop;
        }
    }
    if (one && s->order[0] != NULL && !s->order[0]->is_taken) {
        s->order_n = 1;
    }
}

static enum rc choose(struct file_source *s)
{
    struct source asked = *s->source;
    asked.position = buf_str(&s->position);
    s->skip = 0;
    s->at = s->order_n = 0;
    s->was_begun = false;
    forget_spools(s);
    TRY(s->place != NULL ? remote_choose(&asked, &s->options, s->place, &s->drops)
                         : folder_choose(&asked, &s->options, &s->drops));
    s->order = arena_array(s->source->arena, s->drops.n + 1, sizeof *s->order);
    TRY(take_position(s));
    if (s->parts != NULL) {
        parts_choose(s->parts, &s->drops, s->order, &s->order_n);
    } else {
        choose_order(s);
    }
    s->is_chosen = true;
    return RC_OK;
}

static enum rc begin(struct file_source *s)
{
    TRY(choose(s));
    return s->parts != NULL ? parts_load(s->parts) : RC_OK;
}

static void finish_file(struct file_source *s)
{
    reader_close(s->reader);
    s->reader = NULL;
    s->order[s->at]->is_read = true;
    s->at++;
    s->mark_is_told = false;
    s->skip = 0;
    s->was_begun = false;
}

/* A page without rows whose hash is the file's mark: once admitted the server's word is enough to
 * know it by. */
static void tell_mark(struct file_source *s, struct page *page)
{
    memcpy(page->file_hash, s->order[s->at]->mark, PAGE_HASH);
    page->position = arena_str(page->arena, buf_str(&s->position));
    s->mark_is_told = true;
}

/* One page of the current file; *ret_have is false if it only turned out to be at its end. Each
 * file gives at least one page, so that its hash is known even if it holds no row. */
static enum rc read_page(struct file_source *s, struct page *page, bool *ret_have,
                         bool *ret_changed)
{
    bool more = false;
    if (s->reader == NULL) {
        const struct file_options *o = s->parts != NULL ? parts_persons(s->parts) : &s->options;
        TRY(reader_open(s->source, o, s->order[s->at], s->skip, &s->reader));
    }
    TRY(reader_page(s->reader, page, &more, ret_changed));
    TRY(s->parts != NULL ? parts_join(s->parts, s->reader, page) : RC_OK);
    *ret_have = page->rows > 0 || page->reject_count > 0 || !s->was_begun;
    if (*ret_have) {
        TRY(s->parts != NULL ? RC_OK : write_position(s));
        page->position = arena_str(page->arena, buf_str(&s->position));
        s->was_begun = true;
    }
    if (!more && !*ret_have && s->order[s->at]->has_mark && !s->mark_is_told) {
        tell_mark(s, page);
        *ret_have = true;
    } else if (!more) {
        finish_file(s);
    }
    return RC_OK;
}

/* Begins again behind the last page, with the files as they are then. */
static enum answer give_up(struct file_source *s, bool changed)
{
    reader_close(s->reader);
    s->reader = NULL;
    s->is_chosen = false;
    return changed || err_disposition(err_last()) == DISP_RETRY ? CONN_RETRY : CONN_STOP;
}

/* Whoever reads on, reads on behind a file that nothing can be made of. */
static enum answer give_up_file(struct file_source *s, struct page *page, bool changed)
{
    memcpy(page->file_hash, s->order[s->at]->hash, PAGE_HASH);
    if (changed || err_disposition(err_last()) == DISP_RETRY) {
        return give_up(s, changed);
    }
    finish_file(s);
    return CONN_STOP;
}

/* A file that was taken lies there again. Where taken files are kept nobody can tell. */
static bool was_sent_again(const struct file_source *s)
{
    bool is_taken = false;
    for (size_t i = 0; i < s->drops.n; i++) {
        is_taken = is_taken || (s->drops.items[i].is_complete && s->drops.items[i].is_taken);
    }
    return is_taken && s->options.after != AFTER_KEEP;
}

static enum answer file_read_page(void *state, struct page *page, int64_t *ret_retry_after_ms)
{
    struct file_source *s = state;
    bool have = false, changed = false;
    *ret_retry_after_ms = 0;
    page->advertised = -1;
    page->exported_on = DATE_NONE;
    if (!s->is_chosen && begin(s) != RC_OK) {
        return give_up(s, false);
    }
    while (!have && s->at < s->order_n) {
        if (read_page(s, page, &have, &changed) != RC_OK) {
            return give_up_file(s, page, changed);
        }
    }
    have = have || (s->parts != NULL && s->any_page && parts_tell(s->parts, page));
    if (!have) {
        return s->any_page ? CONN_END : was_sent_again(s) ? CONN_SAME : CONN_NOTHING;
    }
    s->any_page = true;
    return CONN_PAGE;
}

/* Also for a process that only finds, after a kill, that all was admitted. */
static enum rc file_settle(void *state)
{
    struct file_source *s = state;
    if (s->source->file_count > 0) {
        return RC_OK;
    }
    if (!s->is_chosen) {
        buf_reset(&s->position);
        TRY(choose(s));
    }
    return put_away(s->source, &s->options, s->place, &s->drops);
}

const struct connector connector_file = {
    .kind = "file",
    .is_local = true,
    .connection_keys = file_connection_keys,
    .dataset_keys = file_dataset_keys,
    .check = file_check,
    .open = file_open_source,
    .read = file_read_page,
    .settle = file_settle,
    .hand_out = file_hand_out,
    .take_back = file_take_back,
    .close = file_close,
};
