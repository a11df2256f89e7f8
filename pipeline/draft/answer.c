#include "pipeline/draft/answer.h"

#include <strings.h>
#include <yajl/yajl_tree.h>

#include "base/charset.h"
#include "base/text.h"

#define DEPTH_MOST 5
#define COLUMNS_MOST 200
#define BODY_BYTES ((size_t)32 << 20)

static const char *const totals[] = {"total",         "totalCount",   "total_count", "totalNum",
                                     "totalElements", "totalRecords", "recordCount", "recordsTotal",
                                     "totalRows",     "count",        "sum",         NULL};
static const char *const nexts[] = {"next",      "nextCursor",    "next_cursor",
                                    "nextToken", "nextPageToken", "cursor",
                                    "nextUrl",   "next_url",      NULL};
static const char *const codes[] = {"code",       "status",  "errcode", "errorCode", "errno",
                                    "resultCode", "retcode", "ret",     NULL};

struct finder {
    struct arena *arena;
    yajl_val rows; /* the best so far */
    struct answer_guess *guess;
};

/* ~ and / within a name are written ~0 and ~1. */
static const char *below(struct arena *a, const char *path, const char *name)
{
    char *out = arena_alloc(a, strlen(path) + 2 * strlen(name) + 2), *at = out;
    at = stpcpy(at, path);
    *at++ = '/';
    for (; *name != '\0'; name++) {
        if (*name == '~' || *name == '/') {
            *at++ = '~';
            *at++ = *name == '~' ? '0' : '1';
        } else {
            *at++ = *name;
        }
    }
    return out;
}

static void consider_list(struct finder *f, yajl_val list, const char *path)
{
    size_t n = list->u.array.len;
    bool has_objects = n > 0 && YAJL_IS_OBJECT(list->u.array.values[0]);
    if (has_objects && (f->rows == NULL || n > f->guess->rows)) {
        f->rows = list;
        f->guess->rows = n;
        f->guess->records = path;
    }
}

static struct str text_of(struct arena *a, yajl_val v)
{
    if (YAJL_IS_STRING(v)) {
        return arena_str(a, str_from(v->u.string));
    }
    if (YAJL_IS_NUMBER(v)) {
        return arena_str(a, str_from(v->u.number.r));
    }
    return YAJL_IS_TRUE(v) ? STR("true") : YAJL_IS_FALSE(v) ? STR("false") : STR_NULL;
}

/* Members of the envelope; the first that fits is taken. */
static void consider_scalar(struct finder *f, const char *name, yajl_val v, const char *path,
                            int depth)
{
    struct answer_guess *g = f->guess;
    int64_t n = 0;
    struct str text = text_of(f->arena, v);
    if (g->total == NULL && draft_is_one_of(totals, name) && str_to_i64(text, &n) && n >= 0) {
        g->total = path;
        g->total_records = n;
    } else if (g->next == NULL && (YAJL_IS_STRING(v) || YAJL_IS_NULL(v)) &&
               draft_is_one_of(nexts, name)) {
        g->next = path;
        g->next_is_address = text.n > 0 && (text.p[0] == '/' || strstr(text.p, "://") != NULL);
    } else if (g->code == NULL && depth == 0 && !str_is_null(text) &&
               draft_is_one_of(codes, name)) {
        g->code = path;
        g->code_value = text.p;
    }
}

static void search(struct finder *f, yajl_val node, const char *path, int depth)
{
    if (YAJL_IS_ARRAY(node)) {
        consider_list(f, node, path);
    } else if (YAJL_IS_OBJECT(node) && depth < DEPTH_MOST) {
        for (size_t i = 0; i < node->u.object.len; i++) {
            const char *name = node->u.object.keys[i];
            const char *inner = below(f->arena, path, name);
            consider_scalar(f, name, node->u.object.values[i], inner, depth);
            search(f, node->u.object.values[i], inner, depth + 1);
        }
    }
}

/* ---- Columns and values ---- */

static void add_column(struct draft *d, struct str name)
{
    for (size_t i = 0; i < d->column_count; i++) {
        if (str_eq(d->columns[i].name, name)) {
            return;
        }
    }
    if (d->column_count < COLUMNS_MOST) {
        d->columns[d->column_count++] =
            (struct draft_column){arena_str(d->arena, name), STR(""), false};
    }
}

static void add_columns(struct draft *d, yajl_val record, const char *path)
{
    for (size_t i = 0; i < record->u.object.len; i++) {
        yajl_val v = record->u.object.values[i];
        const char *name = record->u.object.keys[i], *inner = below(d->arena, path, name);
        if (YAJL_IS_OBJECT(v) && *path == '\0') {
            add_columns(d, v, inner);
        } else if (!YAJL_IS_OBJECT(v) && !YAJL_IS_ARRAY(v)) {
            add_column(d, str_from(*path != '\0' ? inner : name));
        }
    }
}

static void take_values(struct draft *d, yajl_val record, const char *path, struct str *row)
{
    for (size_t i = 0; i < record->u.object.len; i++) {
        yajl_val v = record->u.object.values[i];
        const char *name = record->u.object.keys[i], *inner = below(d->arena, path, name);
        if (YAJL_IS_OBJECT(v) && *path == '\0') {
            take_values(d, v, inner, row);
            continue;
        }
        for (size_t c = 0; c < d->column_count; c++) {
            if (str_is(d->columns[c].name, *path != '\0' ? inner : name)) {
                row[c] = text_of(d->arena, v);
            }
        }
    }
}

static void take_records(struct draft *d, yajl_val rows)
{
    size_t n = rows->u.array.len < DRAFT_ROWS ? rows->u.array.len : DRAFT_ROWS;
    d->columns = arena_array(d->arena, COLUMNS_MOST, sizeof *d->columns);
    d->column_count = 0;
    for (size_t i = 0; i < n; i++) {
        if (YAJL_IS_OBJECT(rows->u.array.values[i])) {
            add_columns(d, rows->u.array.values[i], "");
        }
    }
    d->rows = n;
    d->values = arena_array(d->arena, n * d->column_count + 1, sizeof *d->values);
    for (size_t i = 0; i < n; i++) {
        if (YAJL_IS_OBJECT(rows->u.array.values[i])) {
            take_values(d, rows->u.array.values[i], "", d->values + i * d->column_count);
        }
    }
}

/* ---- The whole answer ---- */

static enum rc to_utf8(struct arena *a, struct str body, struct str *ret, const char **ret_charset)
{
    struct charset *c = NULL;
    struct buf out;
    if (text_is_utf8(body)) {
        *ret = body;
        return RC_OK;
    }
    buf_init(&out, BODY_BYTES);
    enum rc rc = charset_open("auto", body, &c);
    if (rc == RC_OK) {
        rc = charset_feed(c, body, true, &out);
        *ret = arena_str(a, buf_str(&out));
        *ret_charset =
            str_starts(str_from(charset_name(c)), STR("utf-16")) ? "utf-16" : charset_name(c);
        charset_close(c);
    }
    buf_done(&out);
    return rc;
}

static enum rc fail_unreadable(const char *what)
{
    enum rc rc = err_fail(RC_FORMAT, "%s", what);
    err_hint("%s", tr("XML、CSV 等请照 docs/connectors.zh-CN.md 手写 format 和 records。",
                      "For XML, CSV and others write format and records by hand, as "
                      "docs/connectors.md tells."));
    return rc;
}

enum rc answer_guess(struct draft *d, struct str body, struct answer_guess *ret)
{
    char ignored[256];
    struct str text = STR("");
    *ret = (struct answer_guess){0};
    struct finder f = {.arena = d->arena, .guess = ret};
    TRY(to_utf8(d->arena, body, &text, &ret->charset));
    yajl_val root = yajl_tree_parse(arena_cstr(d->arena, text), ignored, sizeof ignored);
    if (root == NULL) {
        return fail_unreadable(tr("返回的不是 JSON", "the answer is no JSON"));
    }
    search(&f, root, "", 0);
    if (f.rows != NULL) {
        take_records(d, f.rows);
    }
    yajl_tree_free(root);
    return f.rows != NULL
               ? RC_OK
               : fail_unreadable(tr("返回中没有记录列表", "the answer holds no list of records"));
}
