#include "connectors/sql.h"

#define STAMP_MAX ((size_t)4 << 10)

const struct key_spec control_keys[] = {
    {.name = "query",
     .type = KEY_TEXT,
     .flags = KEY_REQUIRED,
     .zh = "查询控制表的语句,返回一行:状态和装载时间",
     .en = "a query for the control row: its state and when it was loaded"},
    {.name = "done",
     .type = KEY_TEXT,
     .flags = KEY_REQUIRED,
     .zh = "表示装载完成的状态值",
     .en = "the state that says the table is whole"},
    {.name = "as_of",
     .type = KEY_TEXT,
     .flags = KEY_REQUIRED,
     .zh = "装载时间或批次号所在的列",
     .en = "the column with the time or number of the load"},
    {0},
};

void control_check(const struct yaml *settings, struct problems *problems)
{
    const struct yaml *query = yaml_get(yaml_get(settings, "control"), "query");
    if (query != NULL && sql_contains(query->text, "{since}")) {
        problem_add(problems, query, tr("删去 {since}。", "Drop {since}."), "%s",
                    tr("控制查询不能有 {since}", "the control query takes no {since}"));
    }
}

void control_init(struct control *c, struct arena *a, const struct yaml *settings)
{
    const struct yaml *map = yaml_get(settings, "control");
    *c = (struct control){.query = STR_NULL};
    buf_init(&c->stamp, STAMP_MAX);
    if (map != NULL) {
        c->query = sql_trim(yaml_text(map, "query"));
        c->done = yaml_text(map, "done");
        c->as_of = arena_cstr(a, yaml_text(map, "as_of"));
    }
}

void control_done(struct control *c)
{
    buf_done(&c->stamp);
}

static enum rc check_shape(const char *dataset, const struct control_row *row)
{
    if (row->rows == 1 && row->has_as_of && !str_is_null(row->as_of)) {
        return RC_OK;
    }
    enum rc rc =
        err_fail(RC_SOURCE_DB,
                 tr("%s: 控制查询应返回一行,并含非空的 as_of 列",
                    "%s: the control query should give one row whose as_of column is not null"),
                 dataset);
    err_hint("%s", tr("核对 control 的 query 和 as_of。", "Look at query and as_of of control."));
    return rc;
}

static bool is_done(const struct control *c, const struct control_row *row)
{
    return !str_is_null(row->state) && str_eq(str_trim(row->state), str_trim(c->done));
}

static enum rc reloaded(const char *dataset)
{
    enum rc rc = err_fail(RC_INCOMPLETE,
                          tr("%s: 读取期间前置库重新装载了数据",
                             "%s: the front-end database was reloaded while it was read"),
                          dataset);
    err_hint("%s", tr("等前置库装载完成后再读,或与部门错开时间。",
                      "Read once the load is over, or agree on another time."));
    return rc;
}

enum rc control_begin(struct control *c, const char *dataset, const struct control_row *row,
                      struct str before)
{
    TRY(check_shape(dataset, row));
    if (!is_done(c, row)) {
        enum rc rc = err_fail(
            RC_NOT_READY, tr("%s: 前置库尚未装载完成", "%s: the load is not over yet"), dataset);
        err_hint("%s", tr("等待部门装载完成。", "Wait for the department's load."));
        return str_is_empty(before) ? rc : reloaded(dataset);
    }
    if (!str_is_empty(before) && !str_eq(before, row->as_of)) {
        return reloaded(dataset);
    }
    buf_reset(&c->stamp);
    return buf_puts(&c->stamp, row->as_of);
}

enum rc control_end(const struct control *c, const char *dataset, const struct control_row *row)
{
    bool is_same = row->rows == 1 && is_done(c, row) && str_eq(row->as_of, buf_str(&c->stamp));
    return is_same ? RC_OK : reloaded(dataset);
}
