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

static bool has(const struct yaml *settings, const char *key, const char *bound)
{
    return sql_contains(yaml_text(settings, key), bound);
}

bool sql_is_bounded(const struct yaml *settings)
{
    bool is_table = yaml_get(settings, "query") == NULL, has_count = yaml_get(settings, "count_query") != NULL;
    return (is_table || has(settings, "query", SQL_UNTIL)) && (!has_count || has(settings, "count_query", SQL_UNTIL));
}

/* One of the two in one of the queries; true if something is wrong with it. */
static bool check_bound(const struct yaml *settings, const char *key, const char *bound, struct problems *problems)
{
    const struct yaml *query = yaml_get(settings, key);
    if (query == NULL || query->kind != YAML_SCALAR || !has(settings, key, bound)) {
        return false;
    }
    if (sql_contains(query->text, arena_printf(problems->arena, "'%s'", bound))) {
        problem_add(problems, query, arena_printf(problems->arena, tr("写成 > %s,不加引号。", "Write > %s without quotes."), bound),
                    tr("%s 是参数,不能加引号", "%s is a parameter and may not be quoted"), bound);
        return true;
    }
    if (yaml_get(settings, "incremental") == NULL) {
        problem_add(problems, query, "incremental: {by: updated_at, overlap: 3d}",
                    tr("%s 只能用于增量数据集", "%s is for incremental datasets"), bound);
        return true;
    }
    return false;
}

/* Where the queries of an increment differ in their bounds, or have too few. */
static void check_missing(const struct yaml *settings, struct problems *problems)
{
    const struct yaml *query = yaml_get(settings, "query"), *count = yaml_get(settings, "count_query");
    bool has_until = query == NULL || has(settings, "query", SQL_UNTIL);
    if (query != NULL && !has(settings, "query", SQL_SINCE)) {
        problem_warn(problems, query,
                     tr("加上 where 更新时间 > {since} and 更新时间 < {until}。",
                        "Add: where updated_at > {since} and updated_at < {until}."),
                     "%s",
                     tr("增量数据集的查询没有 {since},每次都读全部",
                        "an incremental query without {since} reads everything each time"));
    } else if (!has_until) {
        problem_warn(problems, query, tr("加上 and 更新时间 < {until}。", "Add: and updated_at < {until}."), "%s",
                     tr("查询没有 {until},pull --from --to 补读一段日期时会从起日起全部重读",
                        "a query without {until}: pull --from --to reads everything from the first day on"));
    } else if (count != NULL && !has(settings, "count_query", SQL_UNTIL)) {
        problem_warn(problems, count, tr("加上 and 更新时间 < {until}。", "Add: and updated_at < {until}."), "%s",
                     tr("count_query 没有 {until},补读一段日期时数目对不上",
                        "count_query without {until}: of a range that is read again it counts too many"));
    }
}

void sql_check_bounds(const struct yaml *settings, struct problems *problems)
{
    static const char *const keys[] = {"query", "count_query"}, *const bounds[] = {SQL_SINCE, SQL_UNTIL};
    bool is_wrong = false;
    for (size_t i = 0; i < 4; i++) {
        is_wrong = check_bound(settings, keys[i / 2], bounds[i % 2], problems) || is_wrong;
    }
    if (!is_wrong && yaml_get(settings, "incremental") != NULL) {
        check_missing(settings, problems);
    }
}
