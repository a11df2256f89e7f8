/* A ZIP archive of tables: its members one after the other, by name, each with its sheets. A member
 * is spooled (encrypted) while it is read, so that a workbook can be read from any place. */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/charset.h"
#include "base/utf8.h"
#include "connectors/table/parts.h"

#define MEMBERS_MOST 100000
#define NAMES_BYTES ((size_t)64 << 20)
#define STEP ((size_t)1 << 20)
#define MEMBER_BYTES (INT64_C(16) << 30)

struct member {
    const char *name;
    zip_uint64_t index;
};
struct members {
    struct table *table;
    struct arena *arena;
    zip_t *zip;
    struct member *items;
    size_t n, at;
    struct blob *spool;
    struct table *inner;
};

static void leave_member(struct members *m)
{
    table_close(m->inner);
    blob_close(m->spool);
    m->inner = NULL;
    m->spool = NULL;
}

static void members_close(void *state)
{
    struct members *m = state;
    leave_member(m);
    if (m->zip != NULL) {
        zip_discard(m->zip);
    }
    arena_free(m->arena);
    free(m);
}

/* ---- Names ---- */

/* Chinese programs write names as GBK without saying so; valid UTF-8 is taken as what it is. */
static const char *decode_name(struct arena *a, const char *raw)
{
    struct str bytes = str_from(raw);
    struct buf out;
    struct charset *c = NULL;
    buf_init(&out, 4 * bytes.n + 16);
    bool is_utf8 = utf8_valid_prefix(bytes) == bytes.n;
    enum rc rc = charset_open(is_utf8 ? "utf-8" : "gb18030", STR(""), &c);
    if (rc == RC_OK) {
        rc = charset_feed(c, bytes, true, &out);
    }
    char *name = rc == RC_OK ? arena_cstr(a, buf_str(&out)) : NULL;
    charset_close(c);
    buf_done(&out);
    err_clear();
    return name;
}

static const char *last_part(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash != NULL ? slash + 1 : name;
}

/* Folders, and what Macs and open editors leave. */
static bool is_litter(const char *name)
{
    const char *last = last_part(name);
    return *last == '\0' || *last == '.' || strncmp(last, "~$", 2) == 0 ||
           strncmp(name, "__MACOSX/", 9) == 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct member *)a)->name, ((const struct member *)b)->name);
}

static enum rc list_members(struct members *m)
{
    const char *pattern = m->table->options->member;
    zip_int64_t total = zip_get_num_entries(m->zip, 0);
    if (total > MEMBERS_MOST) {
        return err_fail(RC_LIMIT, "%s", m->table->name);
    }
    m->items = arena_array(m->arena, (size_t)total + 1, sizeof *m->items);
    for (zip_uint64_t i = 0; i < (zip_uint64_t)total; i++) {
        const char *raw = zip_get_name(m->zip, i, ZIP_FL_ENC_RAW);
        const char *name = raw != NULL ? decode_name(m->arena, raw) : NULL;
        if (name == NULL || is_litter(name) ||
            (pattern != NULL && fnmatch(pattern, last_part(name), 0) != 0)) {
            continue;
        }
        m->items[m->n++] = (struct member){name, i};
    }
    qsort(m->items, m->n, sizeof *m->items, by_name);
    if (m->n > 0) {
        return RC_OK;
    }
    enum rc rc = err_fail(RC_FORMAT, tr("%s 中没有要读的文件", "%s holds none of the wanted files"),
                          m->table->name);
    err_hint("%s", tr("核对 format.member。", "Look at format.member."));
    return rc;
}

static enum rc members_open(struct table *t, void **ret_state)
{
    struct members *m = calloc(1, sizeof *m);
    if (m == NULL) {
        err_die(RC_MEMORY, "%s", t->name);
    }
    m->table = t;
    m->arena = arena_new(NAMES_BYTES);
    enum rc rc = package_open(t->bytes, t->name, &m->zip);
    if (rc == RC_OK && t->options->password != NULL) {
        rc = zip_set_default_password(m->zip, t->options->password) == 0
                 ? RC_OK
                 : err_fail(RC_MEMORY, "%s", t->name);
    }
    if (rc == RC_OK) {
        rc = list_members(m);
    }
    if (rc != RC_OK) {
        members_close(m);
        return rc;
    }
    *ret_state = m;
    return RC_OK;
}

/* ---- Reading ---- */

static enum rc spool_bytes(struct members *m, const char *label, zip_file_t *in, char *step)
{
    size_t n = STEP;
    while (n == STEP) {
        TRY(package_read(in, label, step, STEP, &n));
        TRY(blob_append(m->spool, str_of(step, n)));
        if (blob_size(m->spool) > MEMBER_BYTES) {
            return err_fail(RC_LIMIT, "%s", label);
        }
    }
    return RC_OK;
}

static enum rc spool_member(struct members *m, const struct member *member, const char *label)
{
    zip_file_t *in = NULL;
    TRY(blob_spool(NULL, &m->spool));
    TRY(package_enter(m->zip, member->index, label, &in));
    char *step = malloc(STEP);
    if (step == NULL) {
        err_die(RC_MEMORY, "%s", label);
    }
    enum rc rc = spool_bytes(m, label, in, step);
    free(step);
    (void)zip_fclose(in);
    return rc;
}

static enum rc enter_member(struct members *m)
{
    const struct member *member = &m->items[m->at++];
    const char *label = arena_printf(m->arena, "%s/%s", m->table->name, member->name);
    TRY(spool_member(m, member, label));
    return table_open_member(m->spool, label, m->table, &m->inner);
}

static enum rc members_next_sheet(void *state, bool *ret_have)
{
    struct members *m = state;
    *ret_have = false;
    while (!*ret_have) {
        if (m->inner == NULL && m->at == m->n) {
            return RC_OK;
        }
        if (m->inner == NULL) {
            TRY(enter_member(m));
        }
        TRY(table_next_sheet(m->inner, ret_have));
        if (!*ret_have) {
            leave_member(m);
        }
    }
    const char *sheet = table_sheet(m->inner);
    (void)snprintf(m->table->sheet, sizeof m->table->sheet, "%s%s%s", m->items[m->at - 1].name,
                   *sheet != '\0' ? "#" : "", sheet);
    (void)snprintf(m->table->format, sizeof m->table->format, "zip %s", table_format(m->inner));
    return RC_OK;
}

static enum rc members_next_row(void *state, struct table_row *ret, bool *ret_have)
{
    struct members *m = state;
    return table_next_row(m->inner, ret, ret_have);
}

static bool members_was_cut(const void *state)
{
    const struct members *m = state;
    return m->inner != NULL && table_was_cut(m->inner);
}

static bool members_has_width(const void *state)
{
    const struct members *m = state;
    return m->inner != NULL && table_has_width(m->inner);
}

const struct table_driver table_members = {.open = members_open,
                                           .next_sheet = members_next_sheet,
                                           .next_row = members_next_row,
                                           .was_cut = members_was_cut,
                                           .has_width = members_has_width,
                                           .close = members_close};
