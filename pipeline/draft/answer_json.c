/* Answers in JSON. */
#include <yajl/yajl_tree.h>

#include "base/idno.h"
#include "pipeline/draft/answer_parts.h"

#define DEPTH_MOST 5

struct finder {
    struct arena *arena;
    yajl_val rows; /* the best so far */
    struct answer_guess *guess;
    const char *inner; /* a text that looks like a document; counts where there are no rows */
    struct str inner_text;
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

static void consider_scalar(struct finder *f, const char *name, yajl_val v, const char *path, int depth)
{
    struct answer_guess *g = f->guess;
    bool is_text = YAJL_IS_STRING(v) && (v->u.string[0] == '{' || v->u.string[0] == '[');
    if (is_text && f->inner == NULL) {
        f->inner = path;
        f->inner_text = text_of(f->arena, v);
    } else if (!YAJL_IS_OBJECT(v) && !YAJL_IS_ARRAY(v)) { /* a number under `next` counts pages, and leads nowhere */
        answer_scalar(g, name, text_of(f->arena, v), path, depth == 0);
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

static void add_columns(struct draft *d, yajl_val record, const char *path)
{
    for (size_t i = 0; i < record->u.object.len; i++) {
        yajl_val v = record->u.object.values[i];
        const char *name = record->u.object.keys[i], *inner = below(d->arena, path, name);
        if (YAJL_IS_OBJECT(v) && *path == '\0') {
            add_columns(d, v, inner);
        } else if (!YAJL_IS_OBJECT(v) && !YAJL_IS_ARRAY(v)) {
            answer_column(d, str_from(*path != '\0' ? inner : name));
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
    d->columns = arena_array(d->arena, ANSWER_COLUMNS_MOST, sizeof *d->columns);
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

#define SAID_MOST ((size_t)120)

/* What the gateway says instead of records ("code 1004, msg 签名验证失败"): the first member of the kind that is short and
 * holds no number of a person's. */
static const char *said(struct arena *a, yajl_val root, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n && YAJL_IS_OBJECT(root); i++) {
        yajl_val v = yajl_tree_get(root, (const char *[]){names[i], NULL}, yajl_t_any);
        const char *text = YAJL_IS_STRING(v) ? YAJL_GET_STRING(v) : YAJL_IS_NUMBER(v) ? YAJL_GET_NUMBER(v) : NULL;
        if (text != NULL && strlen(text) <= SAID_MOST && !idno_is_within(str_from(text))) {
            return arena_printf(a, " %s=%s", names[i], text);
        }
    }
    return "";
}

static enum rc no_records(const char *code, const char *message)
{
    if (*code == '\0' && *message == '\0') {
        return answer_fail(tr("返回中没有记录列表", "the answer holds no list of records"));
    }
    enum rc rc = err_fail(RC_FORMAT, tr("返回中没有记录列表,对方说:%s%s", "the answer holds no list of records, it says:%s%s"), code, message);
    err_hint("%s", tr("签名、密钥或参数没有被接受?需要签名的网关先照 docs/first-gateway.zh-CN.md 写好 auth 再用 bidui probe。",
                      "Signature, key or parameters not accepted? For a gateway that wants a signature write auth first, as"
                      " docs/first-gateway.md tells, then use bidui probe."));
    return rc;
}

enum rc answer_guess_json(struct draft *d, struct str text, struct answer_guess *g)
{
    char ignored[256];
    struct finder f = {.arena = d->arena, .guess = g};
    yajl_val root = yajl_tree_parse(arena_cstr(d->arena, text), ignored, sizeof ignored);
    if (root == NULL) {
        return answer_fail(tr("返回的不是 JSON 或 XML", "the answer is neither JSON nor XML"));
    }
    search(&f, root, "", 0);
    if (f.rows != NULL) {
        take_records(d, f.rows);
    }
    static const char *const codes[] = {"code", "errcode", "errorCode", "resultCode", "status"};
    static const char *const messages[] = {"msg", "message", "errmsg", "errorMsg", "resultMsg", "error"};
    const char *code = said(d->arena, root, codes, sizeof codes / sizeof *codes),
               *message = said(d->arena, root, messages, sizeof messages / sizeof *messages);
    yajl_tree_free(root);
    if (f.rows == NULL && f.inner != NULL && g->inner == NULL) {
        g->inner = f.inner;
        g->inner_text = f.inner_text;
        return RC_OK;
    }
    return f.rows != NULL ? RC_OK : no_records(code, message);
}
