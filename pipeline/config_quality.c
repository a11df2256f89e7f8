#include "pipeline/config_parts.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define PERCENT_100 1000000
#define NO_LIMIT (-1)
#define ROWS_MOST 1000000000

static const char *const drifts[] = {"ignore", "warn", "hold", NULL};

static const struct key_spec rows_keys[] = {
    {"least", KEY_INT, 0, NULL, NULL, "一次来数最少行数", "fewest rows of a delivery", 0, ROWS_MOST},
    {"most", KEY_INT, 0, NULL, NULL, "一次来数最多行数", "most rows of a delivery", 1, ROWS_MOST},
    {0},
};
static const struct key_spec field_limit_keys[] = {
    {"max_null", KEY_PERCENT, 0, NULL, NULL, "空值最多占比", "most of it that may be blank", 0, 0},
    {"least_distinct", KEY_INT, 0, NULL, NULL, "不同值最少个数,1 至 1000",
     "fewest different values, 1 to 1000", 1, DISTINCT_MOST},
    {"most_distinct", KEY_INT, 0, NULL, NULL, "不同值最多个数,1 至 1000",
     "most different values, 1 to 1000", 1, DISTINCT_MOST},
    {0},
};
const struct key_spec config_quality_keys[] = {
    {"rows", KEY_MAP, 0, NULL, rows_keys, "一次来数的行数范围", "how many rows a delivery has", 0, 0},
    {"max_reject_ratio", KEY_PERCENT, 0, NULL, NULL, "问题数据最多占比",
     "most of it that may be rejected", 0, 0},
    {"max_shrink", KEY_PERCENT, 0, NULL, NULL, "比上次最多减少", "most it may shrink", 0, 0},
    {"max_growth", KEY_PERCENT, 0, NULL, NULL, "比近几次最多增加,如 100%",
     "most it may grow, like 100%", 0, 0},
    {"fresh", KEY_DURATION, 0, NULL, NULL, "最新一条不早于几天前,如 40d",
     "how old its newest record may be, like 40d", 0, 0},
    {"fields", KEY_MAP_OF_MAP, 0, NULL, field_limit_keys, "各字段的空值和不同值",
     "blank and different values of fields", 0, 0},
    {"on_new_column", KEY_CHOICE, 0, drifts, NULL, "出现新列时", "when a column appears", 0, 0},
    {"on_missing_column", KEY_CHOICE, 0, drifts, NULL, "缺少列时", "when a column is missing", 0,
     0},
    {0},
};

static int64_t load_percent(struct loader *l, const struct yaml *map, const char *key, int64_t most)
{
    int64_t micro = NO_LIMIT;
    if (!keys_percent(node_text(map, key), &micro)) {
        return NO_LIMIT;
    }
    if (micro > most) {
        problem_add(l->problems, yaml_get(map, key), "", "%s",
                    tr("应在 0% 到 100% 之间", "must be from 0% to 100%"));
        return NO_LIMIT;
    }
    return micro;
}

static int64_t load_count(const struct yaml *map, const char *key)
{
    int64_t n = NO_LIMIT;
    return str_to_i64(node_text(map, key), &n) && n >= 0 ? n : NO_LIMIT;
}

/* A range nothing can lie in would hold every delivery. */
static void check_range(struct loader *l, const struct yaml *map, const char *key, int64_t least,
                        int64_t most)
{
    if (least >= 0 && most >= 0 && least > most) {
        problem_add(l->problems, yaml_get(map, key), "", "%s",
                    tr("最少大于最多,任何来数都会暂挂", "the least is above the most: every delivery would be held"));
    }
}

static void load_rows(struct loader *l, struct quality *q, const struct yaml *quality)
{
    const struct yaml *rows = node_map(quality, "rows");
    q->rows_least = load_count(rows, "least");
    q->rows_most = load_count(rows, "most");
    check_range(l, rows, "least", q->rows_least, q->rows_most);
    if (rows != NULL && rows->n == 0) {
        problem_add(l->problems, rows, "rows: {least: 1000, most: 200000}", "%s",
                    tr("rows 要写 least 或 most", "rows has least or most"));
    }
}

/* How old the newest record is can only be told by a date of its own. */
static void load_fresh(struct loader *l, struct dataset *d, const struct yaml *quality)
{
    int64_t ms = 0;
    const struct yaml *at = yaml_get(quality, "fresh");
    d->quality.fresh_days = NO_LIMIT;
    if (!keys_duration_ms(node_text(quality, "fresh"), &ms)) {
        return;
    }
    if (ms <= 0 || ms % DAY_MS != 0 || ms / DAY_MS > 3660) {
        problem_add(l->problems, at, "fresh: 40d", "%s",
                    tr("应为 1 至 3660 个整天", "must be 1 to 3660 whole days"));
    } else if (d->event_field < 0 && d->updated_field < 0) {
        problem_add(l->problems, at,
                    tr("给日期字段写上 role: event_date,或写明 updated_at。",
                       "Give a date field role: event_date, or name updated_at."),
                    "%s",
                    tr("没有事件日期和更新时间,无从判断新旧",
                       "without an event date or updated_at nobody can tell how old it is"));
    } else {
        d->quality.fresh_days = (int)(ms / DAY_MS);
    }
}

static void load_field(struct loader *l, struct dataset *d, const struct yaml *node)
{
    const struct field *f = dataset_field(d, node->key);
    if (f == NULL) {
        config_unknown_field(l, d, node);
        return;
    }
    struct field_limit limit = {
        .field = (size_t)(f - d->fields),
        .max_null_micro = load_percent(l, node, "max_null", PERCENT_100),
        .least_distinct = load_count(node, "least_distinct"),
        .most_distinct = load_count(node, "most_distinct"),
    };
    check_range(l, node, "least_distinct", limit.least_distinct, limit.most_distinct);
    d->quality.fields[d->quality.field_count++] = limit;
}

void config_load_quality(struct loader *l, struct dataset *d)
{
    const struct yaml *quality = node_map(d->node, "quality"), *fields = node_map(quality, "fields");
    struct quality *q = &d->quality;
    q->max_reject_micro = load_percent(l, quality, "max_reject_ratio", PERCENT_100);
    q->max_shrink_micro = load_percent(l, quality, "max_shrink", PERCENT_100);
    q->max_growth_micro = load_percent(l, quality, "max_growth", INT64_MAX);
    q->on_new_column = (enum drift)node_choice(quality, "on_new_column", drifts, DRIFT_WARN);
    q->on_missing_column =
        (enum drift)node_choice(quality, "on_missing_column", drifts, DRIFT_HOLD);
    load_rows(l, q, quality);
    load_fresh(l, d, quality);
    q->fields = arena_array(l->arena, fields == NULL ? 0 : fields->n, sizeof *q->fields);
    for (const struct yaml *n = fields == NULL ? NULL : fields->first; n != NULL; n = n->next) {
        if (n->kind == YAML_MAP) {
            load_field(l, d, n);
        }
    }
}
