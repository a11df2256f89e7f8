#include "pipeline/returns/returns.h"

#include "base/fs.h"
#include "base/text.h"
#include "pipeline/deliver/book.h"
#include "pipeline/rules/rules.h"

/* Every sheet has whom it speaks of, then three texts and two days of its own. */
#define OWN 5
static const struct column who_columns[] = {
    {"户编号", "Household", 20}, {"姓名", "Name", 12}, {"证件号码", "Number", 22}, {"乡镇", "Township", 14}, {"行政村", "Village", 14}};
#define WHO (sizeof who_columns / sizeof *who_columns)
static const struct sheet_form {
    const char *name, *zh, *en;
    struct column own[OWN];
} forms[RETURN_SHEETS] = {
    [SHEET_NOT_SERVED] = {"not_served", "应享未享", "Not served",
                          {{"规则", "Rule", 30}, {"事项", "What", 40}, {"监测对象类别", "Monitored as", 16}, {"", "", 2}, {"", "", 2}}},
    [SHEET_CONFLICTING] = {"conflicting", "数据矛盾", "Conflicting",
                           {{"数据集", "Dataset", 30}, {"记录主键", "Record", 26}, {"事项", "What", 40}, {"事件日期", "Event", 12},
                            {"核查日期", "Checked on", 12}}},
    [SHEET_DEAD_BUT_PAID] = {"dead_but_paid", "死亡仍发放", "Dead but paid",
                             {{"数据集", "Dataset", 30}, {"记录主键", "Record", 26}, {"死亡依据", "Dead by", 30}, {"死亡日期", "Died on", 12},
                              {"发放至", "Paid until", 12}}},
};

const char *return_sheet_name(enum return_sheet sheet) { return forms[sheet].name; }
const char *return_sheet_title(enum return_sheet sheet) { return tr(forms[sheet].zh, forms[sheet].en); }

/* ---- What each asks ---- */

/* Around (person_id, household_id, three texts, two days) of `inner`: who that is, as known at edition $2. */
#define OUTER_HEAD                                                                                                                   \
    "select coalesce(k.household_no, ''), coalesce(pi.name, hh.name, ''), coalesce(pi.id_number, hh.id_number, ''), v.township_name, v.village_name," \
    " x.t1, x.t2, x.t3, x.d1, x.d2 from ("
#define OUTER_TAIL                                                                                                                    \
    ") x left join lateral (select p.household_id from bidui.person p where p.county = $1 and p.person_id = x.person_id"             \
    "  and p.learned <= $2::int order by p.learned desc limit 1) q on true"                                                          \
    " left join lateral (select i.name, i.id_number from bidui.identity i where i.county = $1 and i.person_id = x.person_id"         \
    "  and i.learned <= $2::int order by i.learned desc limit 1) pi on true"                                                         \
    " cross join lateral (select $1::text as county, coalesce(x.household_id, q.household_id) as household_id) l" LEAD_HOUSEHOLD       \
    " order by k.household_no collate \"C\", x.t1 collate \"C\", x.t2 collate \"C\", pi.id_number collate \"C\", x.d1, x.d2"

/* $3 rules. */
static const char not_served_sql[] =
    OUTER_HEAD "select f.person_id, f.household_id, f.rule as t1, n.title as t2, m.monitor_class as t3, null::date as d1, null::date as d2"
               " from bidui.finding f join lateral (select h.class, h.monitor_class from bidui.household h where h.county = $1"
               "   and h.household_id = f.household_id and h.learned <= $2::int and (h.ended is null or h.ended > $2::int)"
               "   order by h.learned desc limit 1) m on m.class = 'monitored'"
               " left join lateral (select y.body::json->>'title' as title from bidui.rule_version y where y.county = $1 and y.rule = f.rule"
               "   and y.learned <= $2::int order by y.version desc limit 1) n on true"
               " where f.county = $1 and f.edition = $2::int and f.rule = any ($3::text[])" OUTER_TAIL;

/* $3 department, $4 the rules that read its records, $5 days. What rests on no record (something is missing) is told without one. */
static const char conflicting_sql[] =
    OUTER_HEAD "select g.person_id, g.household_id, coalesce(e.item->>'department' || '.' || (e.item->>'dataset'), '') as t1,"
               "   coalesce(translate(e.item->>'record_key', chr(31), ' '), '') as t2, n.title as t3, (e.item->>'event_date')::date as d1, a.visited_on as d2"
               " from bidui.answer a join bidui.edition b on b.county = $1 and b.edition = a.learned"
               " join bidui.edition now on now.county = $1 and now.edition = $2::int and b.as_of > now.as_of - $5::int"
               " join bidui.alert g on g.county = $1 and g.alert_id = a.alert_id"
               " join lateral (select s.evidence from bidui.alert_state s where s.county = $1 and s.alert_id = g.alert_id"
               "   and s.edition <= $2::int order by s.edition desc limit 1) t on true"
               " left join lateral (select item from jsonb_array_elements(t.evidence) item where item->>'department' = $3::text) e on true"
               " left join lateral (select y.body::json->>'title' as title from bidui.rule_version y where y.county = $1 and y.rule = a.rule"
               "   and y.learned <= $2::int order by y.version desc limit 1) n on true"
               " where a.county = $1 and a.answer = 'data_wrong' and a.learned <= $2::int and (a.ended is null or a.ended > $2::int)"
               "  and g.works_no is null and (e.item is not null or t.evidence = '[]' and a.rule = any ($4::text[]))" OUTER_TAIL;

/* Names of tables and columns are those of the configuration: [a-z0-9_]. $3 values that mean dead, $4 days of grace. */
static const char *dead_sql(struct arena *a, const struct return_text *r)
{
    const char *died = arena_printf(a, "coalesce(d.f_%s_last, d.f_%s)", r->dead->fields[r->dead->event_field].name,
                                    r->dead->fields[r->dead->event_field].name);
    const char *until = r->ended != NULL ? r->ended : r->paid->fields[r->paid->event_field].name;
    const char *of_field = r->field != NULL ? arena_printf(a, "d.f_%s = any ($3::text[])", r->field) : "$3::text[] is not null";
    const char *goes_on = r->ended != NULL ? arena_printf(a, "coalesce(coalesce(w.f_%s_last, w.f_%s) > %s + $4::int, n.as_of > %s + $4::int)", until,
                                                          until, died, died)
                                           : arena_printf(a, "w.f_%s > %s + $4::int", until, died);
    return arena_printf(a,
                        OUTER_HEAD "select d.person_id, null::bigint as household_id, '%s' as t1, translate(w.record_key, chr(31), ' ') as t2,"
                                   "  '%s' as t3, %s as d1, w.f_%s as d2 from bidui.fact_%s d join bidui.fact_%s w on w.county = $1"
                                   "  and w.person_id = d.person_id join bidui.edition n on n.county = $1 and n.edition = $2::int"
                                   " where d.county = $1 and d.learned <= $2::int and (d.ended is null or d.ended > $2::int)"
                                   "  and w.learned <= $2::int and (w.ended is null or w.ended > $2::int) and %s and %s" OUTER_TAIL,
                        r->paid->id, r->dead->id, died, until, r->dead->table, r->paid->table, of_field, goes_on);
}

/* ---- Rows into a workbook ---- */

struct writing {
    struct stage *s;
    struct arena *arena;
    const char *folder, *edition;
    const struct department *department;
    struct book book;
    lxw_worksheet *sheet;
    size_t *rows;                        /* of the sheet being written */
    bool is_open;
};

static enum rc open_book(struct writing *w)
{
    if (w->is_open) {
        return RC_OK;
    }
    TRY(book_begin(&w->book, w->folder, arena_printf(w->arena, "%s.xlsx", w->department->name), tr("反馈部门", "Back to the department"),
                   w->s->edition.as_of, false));
    w->is_open = true;
    return RC_OK;
}

static enum rc begin_sheet(struct writing *w, enum return_sheet which)
{
    struct column columns[WHO + OWN];
    TRY(open_book(w));
    if (w->sheet != NULL) {
        return RC_OK;
    }
    memcpy(columns, who_columns, sizeof who_columns);
    memcpy(columns + WHO, forms[which].own, sizeof forms[which].own);
    w->sheet = book_sheet_begin(&w->book, return_sheet_title(which), columns, WHO + OWN);
    return RC_OK;
}

/* A class of the roster as its code list calls it. */
static struct str class_title(const struct config *c, struct str word)
{
    const struct dataset *roster = config_roster(c);
    for (size_t i = 0; roster != NULL && i < roster->field_count; i++) {
        const struct code_list *codes = strcmp(roster->fields[i].name, "monitor_class") == 0 ? roster->fields[i].codes : NULL;
        for (size_t k = 0; codes != NULL && k < codes->value_count; k++) {
            if (str_is(word, codes->values[k].value) && codes->values[k].label_count > 0) {
                return codes->values[k].labels[0];
            }
        }
    }
    return word;
}

static void put_row(struct writing *w, enum return_sheet which, const PGresult *res, int i)
{
    struct book *b = &w->book;
    lxw_row_t row = (lxw_row_t)++*w->rows;
    book_put_str(b, w->sheet, row, 0, db_text(res, i, 0));
    book_put_str(b, w->sheet, row, 1, text_mask_name(w->arena, db_text(res, i, 1)));
    book_put_str(b, w->sheet, row, 2, number_masked(w->arena, db_text(res, i, 2)));
    for (int c = 3; c < 8; c++) {
        bool is_class = which == SHEET_NOT_SERVED && c == 7;
        book_put_str(b, w->sheet, row, c, is_class ? class_title(w->s->config, db_text(res, i, c)) : db_text(res, i, c));
    }
    book_put_date(b, w->sheet, row, 8, db_date(res, i, 8));
    book_put_date(b, w->sheet, row, 9, db_date(res, i, 9));
}

static enum rc put_rows(struct writing *w, enum return_sheet which, const char *sql, int n, const char *const *params)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(w->s->db, sql, n, params, &res));
    for (int i = 0; i < PQntuples(res); i++) {
        TRY(begin_sheet(w, which));
        put_row(w, which, res, i);
    }
    return RC_OK;
}

/* ---- The three sheets ---- */

static enum rc put_not_served(struct writing *w, const struct return_text *r)
{
    struct str *rules = arena_array(w->arena, r->rule_count, sizeof *rules);
    for (size_t i = 0; i < r->rule_count; i++) {
        rules[i] = str_from(r->rules[i]);
    }
    return put_rows(w, SHEET_NOT_SERVED, not_served_sql,
                    DB_PARAMS(w->s->config->county, w->edition, db_array(w->arena, rules, r->rule_count)));
}

static enum rc put_dead(struct writing *w, const struct return_text *r)
{
    char grace[DB_NUMBER];
    return put_rows(w, SHEET_DEAD_BUT_PAID, dead_sql(w->arena, r),
                    DB_PARAMS(w->s->config->county, w->edition, db_array(w->arena, r->values, r->value_count), db_number(r->grace_days, grace)));
}

static bool reads(const struct rule *rule, const struct department *d)
{
    for (size_t i = 0; i < rule->dataset_count; i++) {
        if (rule->datasets[i]->department == d) {
            return true;
        }
    }
    return false;
}

static enum rc put_conflicting(struct writing *w, const struct rule_set *set)
{
    char days[DB_NUMBER];
    struct str *rules = arena_array(w->arena, set->count, sizeof *rules);
    size_t n = 0;
    for (size_t i = 0; i < set->count; i++) {
        if (reads(&set->rules[i], w->department)) {
            rules[n++] = str_from(set->rules[i].text->id);
        }
    }
    return put_rows(w, SHEET_CONFLICTING, conflicting_sql,
                    DB_PARAMS(w->s->config->county, w->edition, w->department->name, db_array(w->arena, rules, n), db_number(CORRECTION_DAYS, days)));
}

static enum rc put_sheet(struct writing *w, enum return_sheet which, const struct rule_set *set)
{
    const struct config *c = w->s->config;
    w->sheet = NULL;
    for (size_t i = 0; i < c->return_count; i++) {
        const struct return_text *r = &c->returns[i];
        bool is_here = r->department == w->department;
        TRY(is_here && which == SHEET_NOT_SERVED && r->kind == RETURN_NOT_SERVED ? put_not_served(w, r) : RC_OK);
        TRY(is_here && which == SHEET_DEAD_BUT_PAID && r->kind == RETURN_DEAD_BUT_PAID ? put_dead(w, r) : RC_OK);
    }
    TRY(which == SHEET_CONFLICTING ? put_conflicting(w, set) : RC_OK);
    if (w->sheet != NULL) {
        book_sheet_end(&w->book, w->sheet, *w->rows, WHO + OWN);
    }
    return RC_OK;
}

static enum rc put_sheets(struct writing *w, const struct rule_set *set, struct returned_department *d)
{
    for (int i = 0; i < RETURN_SHEETS; i++) {
        w->rows = &d->rows[i];
        TRY(put_sheet(w, (enum return_sheet)i, set));
    }
    return RC_OK;
}

static enum rc write_department(struct stage *s, const struct rule_set *set, const struct department *department, const char *edition,
                                const char *folder, struct returned_department *ret)
{
    struct writing w = {.s = s, .arena = s->arena, .folder = folder, .edition = edition, .department = department};
    *ret = (struct returned_department){.department = department};
    enum rc rc = put_sheets(&w, set, ret);
    if (!w.is_open) {
        return rc;
    }
    enum rc closed = book_close(&w.book);
    ret->file = arena_printf(s->arena, "%s.xlsx", department->name);
    return rc != RC_OK ? rc : closed;
}

/* ---- All departments ---- */

enum rc returns_write(struct stage *s, struct returns *ret)
{
    const struct config *c = s->config;
    struct rule_set set;
    char day[DATE_TEXT], edition[DB_NUMBER];
    date_format(s->edition.as_of, day);
    (void)db_number(s->edition.number, edition);
    const char *final = arena_printf(s->arena, "%s/returns/%s", c->out, day), *tmp = arena_printf(s->arena, "%s/returns/.%s.tmp", c->out, day);
    *ret = (struct returns){.departments = arena_array(s->arena, c->department_count, sizeof *ret->departments), .folder = final};
    TRY(rules_compile(c, s->arena, &set));
    TRY(fs_remove_tree(tmp));
    TRY(fs_mkdirs(tmp));
    for (size_t i = 0; i < c->department_count; i++) {
        struct returned_department *d = &ret->departments[ret->count];
        bool is_whole = !c->departments[i].is_broken && c->departments[i].name != NULL;
        TRY(is_whole ? write_department(s, &set, &c->departments[i], edition, tmp, d) : RC_OK);
        ret->count += is_whole && d->file != NULL ? 1 : 0;
    }
    TRY(fs_sync(tmp));
    TRY(fs_remove_tree(final));
    return fs_rename(tmp, final);
}
