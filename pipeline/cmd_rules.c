/* bidui rules show: one rule as its people read it, with the values of its parameters in force and the state of its feeds. */
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/money.h"
#include "base/screen.h"
#include "pipeline/cmd.h"
#include "pipeline/deliver/list.h"
#include "pipeline/rules/rules.h"

#define JSON_MAX ((size_t)1 << 20)

struct shown {
    struct session *s;
    const struct rule *rule;
    struct rule_told told;
    struct feed *feeds;
    size_t feed_count;
    int64_t version;
    date_t day;
};

/* ---- Parameters ---- */

/* In force on the day: no other of that name and place is newer and has begun. Later ones are told as well. */
static bool is_past(const struct shown *x, const struct parameter *p)
{
    const struct config *c = x->s->config;
    for (size_t i = 0; i < c->parameter_count; i++) {
        const struct parameter *q = &c->parameters[i];
        bool same = strcmp(p->name, q->name) == 0 && strcmp(p->region, q->region) == 0;
        if (same && q->from > p->from && q->from <= x->day) {
            return true;
        }
    }
    return false;
}

static bool reads(const struct rule *rule, const struct parameter *p)
{
    for (size_t i = 0; i < rule->parameter_count; i++) {
        if (strcmp(rule->parameters[i], p->name) == 0) {
            return true;
        }
    }
    return false;
}

static const struct parameter *parameter_after(const struct shown *x, size_t *i)
{
    for (const struct config *c = x->s->config; *i < c->parameter_count;) {
        const struct parameter *p = &c->parameters[(*i)++];
        if (reads(x->rule, p) && !is_past(x, p)) {
            return p;
        }
    }
    return NULL;
}

static const char *value_text(const struct shown *x, const struct parameter *p)
{
    char number[MONEY_TEXT];
    bool is_share = strcmp(p->unit, "share") == 0;
    decimal_format(is_share ? p->value_micro * 100 : p->value_micro, number);
    return arena_printf(x->s->arena, "%s%s%s", number, is_share ? "%" : " ", is_share ? "" : p->unit);
}

static const char *day_text(struct arena *a, date_t day)
{
    char text[DATE_TEXT];
    date_format(day, text);
    return arena_cstr(a, str_from(text));
}

/* ---- For people ---- */

static void print_pair(const char *name, const char *value)
{
    screen_cell(stdout, str_from(name), 12);
    printf("%s\n", value);
}

static const char *joined_classes(const struct shown *x)
{
    static const char *const words[][3] = {{"lifted", "脱贫户", "lifted"}, {"monitored", "监测对象", "monitored"},
                                           {"general", "一般农户", "general"}, {"cleared", "风险已消除户", "risk cleared"}};
    const struct rule_text *text = x->rule->text;
    const char *all = "";
    for (size_t i = 0; i < text->applies_count; i++) {
        for (size_t k = 0; k < sizeof words / sizeof *words; k++) {
            if (strcmp(text->applies_to[i], words[k][0]) == 0) {
                all = arena_printf(x->s->arena, "%s%s%s", all, *all == '\0' ? "" : tr("、", ", "), tr(words[k][1], words[k][2]));
            }
        }
    }
    return *all == '\0' ? tr("供水工程", "works") : all;
}

static void print_head(const struct shown *x)
{
    static const char *const subjects[][2] = {{"人", "person"}, {"户", "household"}, {"供水工程", "works"}};
    const struct rule_text *text = x->rule->text;
    struct arena *a = x->s->arena;
    printf("%s  %s\n", text->id, text->title);
    print_pair(tr("判断对象", "judges"), tr(subjects[x->rule->subject][0], subjects[x->rule->subject][1]));
    print_pair(tr("适用", "applies to"), joined_classes(x));
    print_pair(tr("级别", "severity"), text->is_note ? tr("仅作提示", "a note only") : level_title(str_from(text->severity)));
    print_pair(tr("版本", "version"), x->version == 0 ? tr("尚未运行", "never run") : arena_printf(a, "%lld", (long long)x->version));
    if (text->trial) {
        print_pair(tr("试运行", "trial"), tr("只给县级", "for the county alone"));
    }
    print_pair(tr("反馈后冷却", "cooling"), arena_printf(a, tr("%d 天", "%d days"), text->cooling_days));
    print_pair(tr("依据", "basis"), arena_printf(a, tr("%s(%s,%s)", "%s (%s, %s)"), arena_cstr(a, yaml_text(text->basis, "document")),
                                               arena_cstr(a, yaml_text(text->basis, "place")), arena_cstr(a, yaml_text(text->basis, "year"))));
}

static void print_sentences(const char *title, const struct rule_sentence *all, size_t n)
{
    if (n > 0) {
        printf("\n%s\n", title);
    }
    for (size_t i = 0; i < n; i++) {
        printf("  %s: %s\n", all[i].name, all[i].text);
    }
}

static void print_condition(const struct shown *x)
{
    print_sentences(tr("取值", "values"), x->told.lets, x->told.let_count);
    printf("\n%s\n  %s\n", tr("成立条件", "condition"), x->told.when);
    print_sentences(tr("例外(任一成立则不预警,已开的消除)", "exceptions (any of them clears it)"), x->told.unless, x->told.unless_count);
    const struct yaml *waiting = x->rule->text->waiting;
    if (waiting != NULL && waiting->n > 0) {
        printf("\n%s\n", tr("等待数据的例外", "exceptions waiting for data"));
    }
    for (const struct yaml *w = waiting != NULL ? waiting->first : NULL; w != NULL; w = w->next) {
        struct str what = yaml_text(w, "exception"), needs = yaml_text(w, "needs");
        printf("  %.*s <- %.*s\n", STR_ARGS(what), STR_ARGS(needs));
    }
    printf("\n%s\n  %s: %s\n", tr("原因", "reasons"), tr("县级", "county"), x->rule->text->reason);
    printf("  %s: %s\n", tr("乡村", "field"), x->rule->text->field_reason != NULL ? x->rule->text->field_reason : tr("同县级", "the same"));
}

static void print_parameters(const struct shown *x)
{
    const struct parameter *p;
    printf("\n%s\n", tr("参数", "parameters"));
    for (size_t i = 0; (p = parameter_after(x, &i)) != NULL;) {
        printf("  %s = %s  %s %s  %s %s%s  %s: %s\n", p->name, value_text(x, p), tr("地方", "place"), p->region, tr("自", "from"),
               day_text(x->s->arena, p->from), p->from > x->day ? tr("(尚未生效)", " (not yet in force)") : "", tr("依据", "source"),
               p->basis);
    }
}

static void print_feed(const struct shown *x, const struct dataset *d)
{
    const struct feed *f = feeds_find(x->feeds, x->feed_count, str_from(d->id));
    bool known = f != NULL && f->as_of != DATE_NONE;
    printf("  %s  %s  %s  %s\n", d->id, d->title,
           f == NULL || !f->was_pulled ? tr("本版未取", "not pulled in this edition") : verdict_title(str_from(f->verdict)),
           known ? arena_printf(x->s->arena, tr("数据到 %s", "as of %s"), day_text(x->s->arena, f->as_of))
                 : tr("从未入库", "never admitted"));
}

static void print_text(const struct shown *x)
{
    print_head(x);
    print_condition(x);
    if (x->rule->parameter_count > 0) {
        print_parameters(x);
    }
    printf("\n%s\n", tr("数据集", "datasets"));
    for (size_t i = 0; i < x->rule->dataset_count; i++) {
        print_feed(x, x->rule->datasets[i]);
    }
    if (x->rule->dataset_count == 0) {
        printf("  %s\n", tr("只看底册", "the roster alone"));
    }
}

/* ---- For programs ---- */

static enum rc put_parameter(const struct shown *x, const struct parameter *p, struct buf *b)
{
    char number[MONEY_TEXT];
    decimal_format(p->value_micro, number);
    TRY(buf_puts(b, STR("{\"name\":")));
    TRY(buf_put_json(b, str_from(p->name)));
    TRY(buf_printf(b, ",\"region\":\"%s\",\"from\":\"%s\",\"value\":\"%s\",\"unit\":", p->region, day_text(x->s->arena, p->from), number));
    TRY(buf_put_json(b, str_from(p->unit)));
    TRY(buf_puts(b, STR(",\"basis\":")));
    TRY(buf_put_json(b, str_from(p->basis)));
    return buf_putc(b, '}');
}

static enum rc put_dataset(const struct shown *x, const struct dataset *d, struct buf *b)
{
    const struct feed *f = feeds_find(x->feeds, x->feed_count, str_from(d->id));
    bool known = f != NULL && f->as_of != DATE_NONE;
    TRY(buf_puts(b, STR("{\"dataset\":")));
    TRY(buf_put_json(b, str_from(d->id)));
    TRY(buf_puts(b, STR(",\"verdict\":")));
    TRY(buf_put_json(b, f != NULL && f->was_pulled ? str_from(f->verdict) : STR_NULL));
    TRY(buf_puts(b, STR(",\"as_of\":")));
    TRY(buf_put_json(b, known ? str_from(day_text(x->s->arena, f->as_of)) : STR_NULL));
    return buf_putc(b, '}');
}

/* The rule as its versions keep it, and what it stands on today. */
static enum rc put_json(const struct shown *x, struct buf *b)
{
    const struct parameter *p;
    TRY(buf_puts(b, STR("{\"id\":")));
    TRY(buf_put_json(b, str_from(x->rule->text->id)));
    TRY(buf_printf(b, ",\"version\":%lld,\"rule\":", (long long)x->version));
    TRY(buf_puts(b, str_from(x->rule->body)));
    TRY(buf_puts(b, STR(",\"parameters\":[")));
    bool first = true;
    for (size_t i = 0; (p = parameter_after(x, &i)) != NULL; first = false) {
        TRY(first ? RC_OK : buf_putc(b, ','));
        TRY(put_parameter(x, p, b));
    }
    TRY(buf_puts(b, STR("],\"datasets\":[")));
    for (size_t i = 0; i < x->rule->dataset_count; i++) {
        TRY(i == 0 ? RC_OK : buf_putc(b, ','));
        TRY(put_dataset(x, x->rule->datasets[i], b));
    }
    return buf_puts(b, STR("]}\n"));
}

static enum rc print_json(const struct shown *x)
{
    struct buf b;
    buf_init(&b, JSON_MAX);
    enum rc rc = put_json(x, &b);
    if (rc == RC_OK) {
        (void)fwrite(b.p, 1, b.n, stdout);
    }
    buf_done(&b);
    return rc;
}

/* ---- The command ---- */

static enum rc unknown_rule(const struct rule_set *set, struct arena *a, const char *id)
{
    const char **ids = arena_array(a, set->count, sizeof *ids);
    for (size_t i = 0; i < set->count; i++) {
        ids[i] = set->rules[i].text->id;
    }
    const char *near = str_nearest(str_from(id), ids, set->count);
    return near != NULL ? err_fail(RC_NOT_FOUND, tr("没有规则 %s;是不是 %s?", "no rule %s; did you mean %s?"), id, near)
                        : err_fail(RC_NOT_FOUND, tr("没有规则 %s(bidui rules list 列出全部)", "no rule %s (bidui rules list has them all)"), id);
}

static enum rc newest_feeds(struct shown *x)
{
    int64_t newest = 0;
    struct session *s = x->s;
    TRY(db_query_i64(s->db, "select coalesce(max(edition), 0) from bidui.edition where county = $1", DB_PARAMS(s->config->county),
                     &newest));
    struct stage stage = cmd_stage(s, (struct edition){.number = (int)newest, .as_of = DATE_NONE});
    return feeds_load(&stage, &x->feeds, &x->feed_count);
}

static enum rc show(struct session *s, const struct cli_args *args)
{
    struct rule_set set;
    struct shown x = {.s = s, .day = clock_today()};
    const char *id = cli_operand(args, 0);
    TRY(rules_compile(s->config, s->arena, &set));
    x.rule = rules_find(&set, str_from(id));
    if (x.rule == NULL) {
        return unknown_rule(&set, s->arena, id);
    }
    x.told = rules_tell(x.rule, s->arena);
    TRY(db_query_i64(s->db, "select coalesce(max(version), 0) from bidui.rule_version where county = $1 and rule = $2",
                     DB_PARAMS(s->config->county, id), &x.version));
    TRY(newest_feeds(&x));
    if (cli_has(args, "json")) {
        return print_json(&x);
    }
    print_text(&x);
    return RC_OK;
}

int cmd_rules_show(struct cli_args *args)
{
    struct session s;
    enum rc rc = cmd_open(args, "rules", &s);
    if (rc == RC_OK) {
        rc = show(&s, args);
    }
    int code = rc == RC_OK ? EXIT_PUBLISHED : cmd_fail("rules show");
    cmd_close(&s);
    return code;
}
