#include "connectors/sql.h"

#define POSITION_MAX ((size_t)64 << 10)

/* ---- Positions: "ROWS;" and each key as "LENGTH:KEY" ---- */

enum rc position_write(const struct position *p, struct buf *out)
{
    TRY(buf_printf(out, "%lld;", (long long)p->rows));
    for (size_t i = 0; i < p->n; i++) {
        TRY(buf_printf(out, "%zu:%s", strlen(p->keys[i]), p->keys[i]));
    }
    return RC_OK;
}

static bool cut_key(struct arena *a, struct str *rest, const char **ret)
{
    int64_t n = 0;
    if (!str_to_i64(str_cut(rest, ':'), &n) || n < 0 || (size_t)n > rest->n) {
        return false;
    }
    *ret = arena_cstr(a, str_sub(*rest, 0, (size_t)n));
    *rest = str_sub(*rest, (size_t)n, rest->n);
    return true;
}

enum rc position_read(struct arena *a, struct str text, size_t n, struct position *ret)
{
    struct position p = {0, arena_array(a, n + 1, sizeof *p.keys), 0};
    struct str rest = text;
    if (!str_is_empty(text)) {
        bool is_right = text.n <= POSITION_MAX && str_to_i64(str_cut(&rest, ';'), &p.rows);
        while (is_right && p.n < n) {
            is_right = cut_key(a, &rest, &p.keys[p.n]);
            p.n++;
        }
        if (!is_right || rest.n > 0) {
            return err_fail(
                RC_STATE, "%s",
                tr("断点与配置的键列不符", "the position does not fit the key columns"));
        }
    }
    *ret = p;
    return RC_OK;
}

/* ---- Values ---- */

enum rc sql_hash_value(struct buf *hashed, struct str v)
{
    TRY(buf_putc(hashed, str_is_null(v) ? '\x01' : '\x02'));
    TRY(buf_puts(hashed, v));
    return buf_putc(hashed, '\x1f');
}

/* ---- Queries ---- */

struct str sql_trim(struct str query)
{
    query = str_trim(query);
    while (query.n > 0 && query.p[query.n - 1] == ';') {
        query = str_trim(str_sub(query, 0, query.n - 1));
    }
    return query;
}

bool sql_contains(struct str s, const char *needle)
{
    return s.n > 0 && memmem(s.p, s.n, needle, strlen(needle)) != NULL;
}

void sql_check_since(const struct yaml *settings, struct problems *problems)
{
    const struct yaml *query = yaml_get(settings, "query");
    if (query == NULL || query->kind != YAML_SCALAR) {
        return;
    }
    bool has_since = sql_contains(query->text, "{since}"),
         is_incremental = yaml_get(settings, "incremental") != NULL;
    if (sql_contains(query->text, "'{since}'")) {
        problem_add(
            problems, query, tr("写成 > {since},不加引号。", "Write > {since} without quotes."),
            "%s", tr("{since} 是参数,不能加引号", "{since} is a parameter and may not be quoted"));
    } else if (has_since && !is_incremental) {
        problem_add(problems, query, "incremental: {by: updated_at, overlap: 3d}", "%s",
                    tr("{since} 只能用于增量数据集", "{since} is for incremental datasets"));
    } else if (is_incremental && !has_since) {
        problem_warn(problems, query,
                     tr("加上 where 更新时间 > {since}。", "Add: where updated_at > {since}."),
                     "%s",
                     tr("增量数据集的查询没有 {since},每次都读全部",
                        "an incremental query without {since} reads everything each time"));
    }
}
