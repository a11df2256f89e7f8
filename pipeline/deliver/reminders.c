#include "pipeline/deliver/reminders.h"

#include "base/fs.h"
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

static enum rc dataset_text(struct stage *s, const struct feed *f, const char **ret)
{
    date_t changed = DATE_NONE;
    const char *rules = NULL;
    const struct dataset *d = f->dataset;
    TRY(changed_on(s, d->id, &changed));
    TRY(frozen_rules(s, d->id, &rules));
    date_t due = arrivals_due(d, &s->config->calendar, changed);
    *ret = arena_printf(s->arena,
                        tr("数据集:%s(%s)\n应报日期:%s(宽限%d天)\n上次完整来数:%s\n因此暂停研判的规则:%s\n\n",
                           "Dataset: %s (%s)\nDue: %s (%d days of grace)\nLast complete delivery: %s\nRules that wait for it: %s\n\n"),
                        d->title, d->id, day_or(s->arena, due, tr("从未报送", "never came")), d->arrives.grace_days,
                        day_or(s->arena, f->as_of, tr("无", "none")), rules);
    return RC_OK;
}

static const char *greeting(struct stage *s, const struct department *d)
{
    bool has_phone = *d->contact.phone != '\0';
    return arena_printf(s->arena,
                        tr("催报单\n\n%s%s%s%s\n%s以下数据到期未报,请尽快报送。清单日期:%s。\n\n",
                           "Reminder\n\n%s%s%s%s\n%s has not delivered what follows; please send it soon. List of %s.\n\n"),
                        tr("联系人:", "To: "), *d->contact.name == '\0' ? tr("(未登记)", "(nobody named)") : d->contact.name,
                        has_phone ? tr(",电话 ", ", phone ") : "", d->contact.phone, d->title,
                        day_or(s->arena, s->edition.as_of, ""));
}

static enum rc put_department(struct stage *s, const struct department *d, const struct feed *feeds, size_t n,
                              struct buf *b, bool *is_first)
{
    const char *text = greeting(s, d), *more = NULL;
    bool is_late = false;
    for (size_t i = 0; i < n; i++) {
        if (feeds[i].dataset->department == d && strcmp(feeds[i].verdict, "late") == 0) {
            TRY(dataset_text(s, &feeds[i], &more));
            text = arena_printf(s->arena, "%s%s", text, more);
            is_late = true;
        }
    }
    if (!is_late) {
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
