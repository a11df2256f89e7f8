#include "pipeline/deliver/reminders.h"

#include "base/fs.h"
#include "pipeline/deliver/reminder_words.h"
#include "pipeline/pull/arrivals.h"

static const char *day_or(struct arena *a, date_t day, const char *otherwise)
{
    char text[DATE_TEXT];
    if (day == DATE_NONE) {
        return otherwise;
    }
    date_format(day, text);
    return arena_cstr(a, str_from(text));
}

static const char *rule_title(const struct config *c, struct str id)
{
    for (size_t i = 0; i < c->rule_count; i++) {
        if (str_is(id, c->rules[i].id)) {
            return c->rules[i].title;
        }
    }
    return "";
}

/* Rules that wait for the dataset, by title and id. */
static enum rc frozen_rules(struct stage *s, const char *dataset, const char **ret)
{
    char number[DB_NUMBER];
    const char *all = "";
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db,
                 "select f->>'rule' from bidui.edition e, jsonb_array_elements(e.summary->'frozen') f"
                 " where e.county = $1 and e.edition = $2 and f->'datasets' ? $3 order by 1",
                 DB_PARAMS(s->config->county, db_number(s->edition.number, number), dataset), &res));
    for (int i = 0; i < PQntuples(res); i++) {
        struct str id = db_text(res, i, 0);
        all = arena_printf(s->arena, "%s%s%s(%.*s)", all, i > 0 ? tr("、", ", ") : "", rule_title(s->config, id),
                           STR_ARGS(id));
    }
    *ret = *all == '\0' ? tr("无", "none") : all;
    return RC_OK;
}

static enum rc changed_on(struct stage *s, const char *dataset, date_t *ret)
{
    char number[DB_NUMBER];
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db,
                 "select max(changed_on) from bidui.delivery where county = $1 and dataset = $2 and state = 'admitted'"
                 " and decided_edition <= $3",
                 DB_PARAMS(s->config->county, dataset, db_number(s->edition.number, number)), &res));
    *ret = db_date(res, 0, 0);
    return RC_OK;
}

/* ---- One dataset ---- */

static const char *due_text(struct stage *s, const struct feed *f, date_t changed)
{
    const struct dataset *d = f->dataset;
    date_t due = arrivals_due(d, &s->config->calendar, changed);
    return arena_printf(s->arena, tr("应报日期:%s(宽限%d天)", "Due: %s (%d days of grace)"),
                        day_or(s->arena, due, tr("从未报送", "never came")), d->arrives.grace_days);
}

/* What is asked of the department, by verdict; NULL: nothing. */
static const char *trouble_of(const char *verdict)
{
    static const struct {
        const char *verdict, *zh, *en;
    } words[] = {
        {"held", "有疑问,暂未采用;数据无误请告知我方,有误请更正后重新提供",
         "in doubt and not used yet; please tell us if it is right, else correct it and provide it again"},
        {"incomplete", "没有读全,未采用", "not read to its end and not used"},
        {"failed", "没有取到", "nothing could be read"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i].verdict, verdict) == 0) {
            return tr(words[i].zh, words[i].en);
        }
    }
    return NULL;
}

/* NULL: nothing of it is the department's to mend. */
static const char *trouble_text(struct stage *s, const struct feed *f)
{
    const char *trouble = trouble_of(f->verdict), *all = "";
    for (size_t i = 0; trouble != NULL && i < f->reason_count; i++) {
        struct str said = reminder_words(s->arena, f->dataset, f->reasons[i]);
        all = str_is_null(said) ? all : arena_printf(s->arena, "%s\n  - %.*s", all, STR_ARGS(said));
    }
    return *all == '\0' ? NULL : arena_printf(s->arena, tr("情况:%s%s", "State: %s%s"), trouble, all);
}

/* *ret NULL: of this one there is nothing to say. */
static enum rc dataset_text(struct stage *s, const struct feed *f, const char **ret)
{
    date_t changed = DATE_NONE;
    const char *rules = NULL;
    const struct dataset *d = f->dataset;
    TRY(changed_on(s, d->id, &changed));
    TRY(frozen_rules(s, d->id, &rules));
    const char *state = strcmp(f->verdict, "late") == 0 ? due_text(s, f, changed) : trouble_text(s, f);
    *ret = state == NULL
               ? NULL
               : arena_printf(s->arena,
                              tr("数据集:%s(%s)\n%s\n上次完整来数:%s\n因此暂停研判的规则:%s\n\n",
                                 "Dataset: %s (%s)\n%s\nLast complete delivery: %s\nRules that wait for it: %s\n\n"),
                              d->title, d->id, state, day_or(s->arena, f->as_of, tr("无", "none")), rules);
    return RC_OK;
}

/* ---- A department ---- */

static const char *greeting(struct stage *s, const struct department *d, bool only_late)
{
    bool has_phone = *d->contact.phone != '\0';
    const char *matter =
        only_late ? tr("以下数据到期未报,请尽快报送。", "has not delivered what follows; please send it soon.")
                  : tr("以下数据未能正常采用,请核实处理。", "has delivered what follows not at all, or not well; please look into it.");
    return arena_printf(s->arena,
                        tr("催报单\n\n%s%s%s%s\n%s%s清单日期:%s。\n\n", "Reminder\n\n%s%s%s%s\n%s %s List of %s.\n\n"),
                        tr("联系人:", "To: "), *d->contact.name == '\0' ? tr("(未登记)", "(nobody named)") : d->contact.name,
                        has_phone ? tr(",电话 ", ", phone ") : "", d->contact.phone, d->title, matter,
                        day_or(s->arena, s->edition.as_of, ""));
}

static enum rc department_text(struct stage *s, const struct department *d, const struct feed *feeds, size_t n,
                               const char **ret)
{
    const char *all = "", *more = NULL;
    bool only_late = true;
    for (size_t i = 0; i < n; i++) {
        if (feeds[i].dataset->department != d) {
            continue;
        }
        TRY(dataset_text(s, &feeds[i], &more));
        if (more != NULL) {
            only_late = only_late && strcmp(feeds[i].verdict, "late") == 0;
            all = arena_printf(s->arena, "%s%s", all, more);
        }
    }
    *ret = *all == '\0' ? NULL : arena_printf(s->arena, "%s%s", greeting(s, d, only_late), all);
    return RC_OK;
}

static enum rc put_department(struct stage *s, const struct department *d, const struct feed *feeds, size_t n,
                              struct buf *b, bool *is_first)
{
    const char *text = NULL;
    TRY(department_text(s, d, feeds, n, &text));
    if (text == NULL) {
        return RC_OK;
    }
    TRY(buf_puts(b, *is_first ? STR("{\"department\":") : STR(",{\"department\":")));
    *is_first = false;
    TRY(buf_put_json(b, str_from(d->name)));
    TRY(buf_puts(b, STR(",\"text\":")));
    TRY(buf_put_json(b, str_from(text)));
    return buf_putc(b, '}');
}

enum rc reminders_put(struct stage *s, const struct feed *feeds, size_t n, struct buf *b)
{
    bool is_first = true;
    TRY(buf_putc(b, '['));
    for (size_t i = 0; i < s->config->department_count; i++) {
        TRY(put_department(s, &s->config->departments[i], feeds, n, b, &is_first));
    }
    return buf_putc(b, ']');
}

enum rc reminders_load(struct stage *s, struct list *l)
{
    char number[DB_NUMBER];
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db,
                 "select r->>'department', r->>'text' from bidui.edition e, jsonb_array_elements(e.summary->'reminders') r"
                 " where e.county = $1 and e.edition = $2 order by (r->>'department') collate \"C\"",
                 DB_PARAMS(s->config->county, db_number(l->edition, number)), &res));
    l->reminder_count = (size_t)PQntuples(res);
    l->reminders = arena_array(l->arena, l->reminder_count, sizeof *l->reminders);
    for (size_t i = 0; i < l->reminder_count; i++) {
        l->reminders[i] = (struct list_reminder){arena_str(l->arena, db_text(res, (int)i, 0)),
                                                 arena_str(l->arena, db_text(res, (int)i, 1))};
    }
    return RC_OK;
}

enum rc reminders_write(const struct list *l, const char *folder)
{
    const char *sub = arena_printf(l->arena, "%s/departments", folder);
    if (l->reminder_count == 0) {
        return RC_OK;
    }
    TRY(fs_mkdirs(sub));
    for (size_t i = 0; i < l->reminder_count; i++) {
        const struct list_reminder *r = &l->reminders[i];
        TRY(fs_write_synced(arena_printf(l->arena, tr("%s/催报单-%.*s.txt", "%s/reminder-%.*s.txt"), sub, STR_ARGS(r->department)),
                            r->text));
    }
    return fs_sync(sub);
}
