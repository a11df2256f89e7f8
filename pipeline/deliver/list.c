#include "pipeline/deliver/list.h"

#include <stdlib.h>

#include "base/idno.h"
#include "base/text.h"
#include "pipeline/rules/rules.h"

/* Versions as known at the edition; a household that is gone is shown as it was last known. */
static const char *const leads_sql =
    "select l.lead_id, l.lead_no, l.kind, l.level, l.state, l.sheet, l.due_on, l.opened_on,"
    "       k.household_no, hh.name, hh.id_number, h.category, h.class,"
    "       coalesce(h.village_code, o.village_code), v.township_code, v.township_name, v.village_name, l.works_no"
    "  from (select s.county, s.edition, s.kind, s.level, s.state, s.sheet, s.due_on, l.lead_id, l.lead_no, l.opened_on,"
    "        l.household_id, l.works_no, l.off_id from bidui.lead_state s join bidui.lead l on l.county = s.county"
    "        and l.lead_id = s.lead_id where s.county = $1 and s.edition = $2 order by l.household_id) l" /* as rows lie */
    "  left join bidui.off_roster o on o.county = l.county and o.off_id = l.off_id"
    "  left join lateral (select x.household_no from bidui.household_key x where x.county = l.county"
    "        and x.household_id = l.household_id limit 1) k on true"
    "  left join lateral (select * from bidui.household x where x.county = l.county"
    "        and x.household_id = l.household_id and x.learned <= l.edition"
    "        order by x.learned desc limit 1) h on true"
    "  left join lateral (select * from bidui.village x where x.county = l.county"
    "        and x.village_code = coalesce(h.village_code, o.village_code) and x.learned <= l.edition"
    "        order by x.learned desc limit 1) v on true"
    "  left join lateral (select i.name, i.id_number from bidui.person p"
    "        join bidui.identity i on i.county = p.county and i.person_id = p.person_id and i.learned <= l.edition"
    "        where p.county = l.county and p.household_id = l.household_id and p.relation = 'head'"
    "        and p.learned <= l.edition"
    "        order by (p.ended is null or p.ended > l.edition) desc, p.learned desc, i.learned desc, p.person_id"
    "        limit 1) hh on true"
    " order by case l.level when 'high' then 1 when 'medium' then 2 else 3 end,"
    "       coalesce(h.village_code, o.village_code, $1) collate \"C\", coalesce(k.household_no, l.works_no, o.record_key) collate \"C\","
    "       l.lead_no collate \"C\"";

/* What any edition of the date opened or closed: after the last edition of an earlier date (n). */
static const char *const reasons_sql =
    "select a.lead_id, a.alert_id, a.rule, t.rule_version, t.severity,"
    "       case when t.edition > n.edition or t.state not in ('opened', 'escalated') then t.state else 'open' end,"
    "       t.cause, t.details, t.evidence, a.opened_on, i.name, i.id_number_kept, p.relation"
    "  from bidui.lead_state s"
    "  cross join (select coalesce(max(b.edition), 0) as edition from bidui.edition b join bidui.edition e"
    "       on e.county = b.county and e.edition = $2 where b.county = $1 and b.edition < $2 and b.as_of < e.as_of"
    "       and not b.baseline) n"
    "  join bidui.alert a on a.county = s.county and a.lead_id = s.lead_id and a.opened_edition <= s.edition"
    "       and (a.closed_edition is null or a.closed_edition > n.edition)"
    "  join lateral (select * from bidui.alert_state x where x.county = a.county and x.alert_id = a.alert_id"
    "       and x.edition <= s.edition order by x.edition desc limit 1) t on true"
    "  left join lateral (select * from bidui.identity x where x.county = a.county and x.person_id = a.person_id"
    "       and x.learned <= s.edition order by x.learned desc limit 1) i on true"
    "  left join lateral (select * from bidui.person x where x.county = a.county and x.person_id = a.person_id"
    "       and x.learned <= s.edition order by x.learned desc limit 1) p on true"
    " where s.county = $1 and s.edition = $2"
    " order by a.lead_id, case t.severity when 'high' then 1 when 'medium' then 2 else 3 end, a.rule collate \"C\","
    "       a.alert_id";

static const char *const notes_sql =
    "select l.lead_id, 0, t.rule, v.version, '', '', '', t.details, t.evidence, null::date, i.name, i.id_number_kept, p.relation"
    "  from bidui.lead_state s"
    "  join bidui.lead l on l.county = s.county and l.lead_id = s.lead_id"
    "  join bidui.lead_note t on t.county = s.county and t.edition = s.edition and t.household_id = l.household_id"
    "  join bidui.rule_version v on v.county = t.county and v.rule = t.rule and v.learned <= s.edition"
    "       and (v.ended is null or v.ended > s.edition)"
    "  left join lateral (select * from bidui.identity x where x.county = t.county and x.person_id = t.person_id"
    "       and x.learned <= s.edition order by x.learned desc limit 1) i on true"
    "  left join lateral (select * from bidui.person x where x.county = t.county and x.person_id = t.person_id"
    "       and x.learned <= s.edition order by x.learned desc limit 1) p on true"
    " where s.county = $1 and s.edition = $2 and s.state in ('opened', 'open', 'escalated')"
    " order by l.lead_id, t.rule collate \"C\", t.subject collate \"C\"";

static const char *const sheet_names[SHEETS] = {"new", "changed", "reopen", "works", "standing", "open", "cleared",
                                                "off_roster"};

enum sheet sheet_from(struct str name)
{
    for (int i = 0; i < SHEETS; i++) {
        if (str_is(name, sheet_names[i])) {
            return (enum sheet)i;
        }
    }
    return SHEET_OPEN;
}

const char *sheet_name(enum sheet sheet) { return sheet_names[sheet]; }

struct str lead_name(const struct lead *lead)
{
    return str_is_null(lead->full_name) ? lead->householder : lead->full_name;
}

bool reason_is_open(const struct reason *r)
{
    return str_is(r->state, "opened") || str_is(r->state, "open") || str_is(r->state, "escalated");
}

bool lead_is_for_township(const struct list *l, const struct lead *lead)
{
    if (str_is_null(lead->household_no) && str_is_null(lead->full_name)) {
        return false;
    }
    if (l->is_screened || !l->is_dispatched) {
        return l->is_screened && lead->is_sent_on;
    }
    /* a standing lead without a clock was never released, not even when it closes */
    return !str_is(lead->kind, "standing") || lead->due_on != DATE_NONE;
}

static char *append(char *to, struct str s)
{
    memcpy(to, s.p != NULL ? s.p : "", s.n);
    return to + s.n;
}

static size_t room_for(const struct reason *reasons, size_t n, bool for_field, size_t between)
{
    size_t most = 0;
    for (size_t i = 0; i < n; i++) {
        const struct reason *r = &reasons[i];
        most += between + r->person_name.n + 1 + (for_field ? r->field_text.n : r->text.n);
    }
    return most;
}

static char *append_all(char *begin, char *end, const struct reason *reasons, size_t n, bool for_field, struct str between)
{
    for (size_t i = 0; i < n; i++) {
        const struct reason *r = &reasons[i];
        struct str words = for_field ? r->field_text : r->text;
        if (str_is_empty(words)) {
            continue;
        }
        end = append(end, end > begin ? between : STR(""));
        end = append(append(end, r->person_name), str_is_null(r->person_name) ? STR("") : STR(" "));
        end = append(end, words);
    }
    return end;
}

struct str lead_reasons(struct arena *a, const struct lead *lead, bool for_field, const char *between)
{
    size_t notes = for_field ? lead->note_count : 0, gap = strlen(between);
    char *text = arena_alloc(a, 1 + room_for(lead->reasons, lead->reason_count, for_field, gap) +
                                    room_for(lead->notes, notes, for_field, gap));
    char *end = append_all(text, text, lead->reasons, lead->reason_count, for_field, str_from(between));
    end = append_all(text, end, lead->notes, notes, for_field, str_from(between));
    return str_of(text, (size_t)(end - text));
}

static const char *roster_note(const struct list *l, const struct lead *lead)
{
    char on[DATE_TEXT];
    if (!l->roster.is_old || !str_is(lead->kind, "new")) {
        return NULL;
    }
    date_format(l->roster.on, on);
    return arena_printf(l->arena, tr("可能已纳入(底册为%s导出)", "may be enrolled by now (roster exported on %s)"), on);
}

static const char *decision_note(const struct list *l, const struct lead *lead)
{
    if (str_is_null(lead->decision)) {
        return lead->is_overdue   ? tr("到时未处理,已自动派发", "left undecided: dispatched")
               : lead->is_sent_on ? tr("此前已派发", "sent out before")
                                  : NULL;
    }
    return arena_printf(l->arena, "%s%s%.*s", choice_title(decision_choices, lead->decision),
                        lead->decided_because.n > 0 ? tr(":", ": ") : "", STR_ARGS(lead->decided_because));
}

static const char *explain_note(const struct list *l, const struct lead *lead)
{
    if (lead->note_count == 0) {
        return NULL;
    }
    char *text = arena_alloc(l->arena, 1 + room_for(lead->notes, lead->note_count, false, 1));
    const char *end = append_all(text, text, lead->notes, lead->note_count, false, STR(";"));
    return arena_printf(l->arena, tr("需说明:%.*s", "to be explained: %.*s"), (int)(end - text), text);
}

struct str lead_note(const struct list *l, const struct lead *lead)
{
    const char *const parts[] = {roster_note(l, lead), decision_note(l, lead), explain_note(l, lead)};
    const char *all = NULL;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i] != NULL) {
            all = all == NULL ? parts[i] : arena_printf(l->arena, "%s;%s", all, parts[i]);
        }
    }
    return str_from(all);
}

/* ---- Leads ---- */

struct str number_masked(struct arena *a, struct str number)
{
    char out[IDNO_LEN + 1];
    if (number.n != IDNO_LEN) {
        return str_is_empty(number) ? STR("") : text_mask_value(a, number);
    }
    idno_mask(number.p, out);
    return arena_str(a, str_from(out));
}

static struct str copied(struct arena *a, const PGresult *res, int row, int column)
{
    return arena_str(a, db_text(res, row, column));
}

static void fill_lead(struct list *l, const PGresult *res, int row, struct lead *lead)
{
    struct arena *a = l->arena;
    *lead = (struct lead){.id = db_i64(res, row, 0),
                          .lead_no = copied(a, res, row, 1),
                          .kind = copied(a, res, row, 2),
                          .level = copied(a, res, row, 3),
                          .state = copied(a, res, row, 4),
                          .sheet = sheet_from(db_text(res, row, 5)),
                          .due_on = db_date(res, row, 6),
                          .opened_on = db_date(res, row, 7),
                          .household_no = copied(a, res, row, 8),
                          .householder = copied(a, res, row, 9),
                          .category = copied(a, res, row, 11),
                          .class = copied(a, res, row, 12),
                          .region = copied(a, res, row, 13),
                          .township_code = copied(a, res, row, 14),
                          .township = copied(a, res, row, 15),
                          .village = copied(a, res, row, 16),
                          .works_no = copied(a, res, row, 17)};
    if (!str_is_null(lead->household_no)) {
        lead->householder_number = number_masked(a, db_text(res, row, 10));
    }
    if (str_is_null(lead->region)) {
        lead->region = str_from(l->config->county);
    }
    l->per_sheet[lead->sheet]++;
}

static enum rc load_leads(struct db *asked, struct list *l)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_answer(asked, &res));
    l->lead_count = (size_t)PQntuples(res);
    l->leads = arena_array(l->arena, l->lead_count, sizeof *l->leads);
    for (size_t i = 0; i < l->lead_count; i++) {
        fill_lead(l, res, (int)i, &l->leads[i]);
    }
    return RC_OK;
}

/* ---- Reasons ---- */

struct version {
    struct str rule;
    int number;
    struct rule_words words;
};
struct versions {
    struct version *all;
    size_t count;
};

static enum rc load_versions(struct stage *s, const struct list *l, struct versions *ret)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db, "select rule, version, body from bidui.rule_version where county = $1", DB_PARAMS(s->config->county),
                 &res));
    *ret = (struct versions){arena_array(l->arena, (size_t)PQntuples(res), sizeof *ret->all), (size_t)PQntuples(res)};
    for (size_t i = 0; i < ret->count; i++) {
        struct version *v = &ret->all[i];
        v->rule = copied(l->arena, res, (int)i, 0);
        v->number = (int)db_i64(res, (int)i, 1);
        TRY(rules_read_words(l->arena, db_text(res, (int)i, 2), &v->words));
    }
    return RC_OK;
}

static const struct version *find_version(const struct versions *versions, struct str rule, int number)
{
    for (size_t i = 0; i < versions->count; i++) {
        if (versions->all[i].number == number && str_eq(versions->all[i].rule, rule)) {
            return &versions->all[i];
        }
    }
    return NULL;
}

static enum rc fill_reason(struct arena *a, const struct versions *versions, const PGresult *res, int row, struct reason *r)
{
    const struct version *v = find_version(versions, db_text(res, row, 2), (int)db_i64(res, row, 3));
    if (v == NULL) {
        return err_fail(RC_BUG, "%s %s", PQgetvalue(res, row, 2), PQgetvalue(res, row, 3));
    }
    *r = (struct reason){.lead_id = db_i64(res, row, 0),
                         .alert_id = db_i64(res, row, 1),
                         .rule = v->rule,
                         .version = v->number,
                         .title = v->words.title,
                         .severity = copied(a, res, row, 4),
                         .state = copied(a, res, row, 5),
                         .cause = copied(a, res, row, 6),
                         .details = copied(a, res, row, 7),
                         .evidence = copied(a, res, row, 8),
                         .opened_on = db_date(res, row, 9)};
    struct str name = db_text(res, row, 10);
    if (!str_is_null(name)) {
        r->person_name = text_mask_name(a, name);
        r->person_number = number_masked(a, db_text(res, row, 11));
        r->relation = copied(a, res, row, 12);
    }
    return rules_render_words(a, &v->words, r->details, &r->text, &r->field_text);
}

static int by_lead_id(const void *a, const void *b)
{
    int64_t x = (*(struct lead *const *)a)->id, y = (*(struct lead *const *)b)->id;
    return (x > y) - (x < y);
}

static void give(struct lead *lead, struct reason *reasons, size_t n, bool are_notes)
{
    if (are_notes) {
        lead->notes = reasons;
        lead->note_count = n;
    } else {
        lead->reasons = reasons;
        lead->reason_count = n;
    }
}

/* Reasons, or notes, come sorted by lead: give each lead its run of them. */
static void attach_reasons(struct list *l, struct reason *reasons, size_t n, bool are_notes)
{
    struct lead **sorted = arena_array(l->arena, l->lead_count, sizeof(struct lead *));
    for (size_t i = 0; i < l->lead_count; i++) {
        sorted[i] = &l->leads[i];
    }
    qsort(sorted, l->lead_count, sizeof(struct lead *), by_lead_id);
    size_t at = 0;
    for (size_t i = 0; i < l->lead_count; i++) {
        size_t from = at;
        while (at < n && reasons[at].lead_id == sorted[i]->id) {
            at++;
        }
        give(sorted[i], reasons + from, at - from, are_notes);
    }
}

static enum rc load_reasons(struct db *asked, struct list *l, const struct versions *versions, struct reason **ret,
                            size_t *ret_n)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_answer(asked, &res));
    size_t n = (size_t)PQntuples(res);
    struct reason *reasons = arena_array(l->arena, n, sizeof *reasons);
    for (size_t i = 0; i < n; i++) {
        TRY(fill_reason(l->arena, versions, res, (int)i, &reasons[i]));
    }
    *ret = reasons;
    *ret_n = n;
    return RC_OK;
}

/* ---- Both ---- */

static enum rc ask(struct db *db, const struct list *l, const char *sql)
{
    char number[DB_NUMBER];
    TRY(db_set(db, "work_mem", "128MB")); /* the list is sorted in memory */
    return db_ask(db, sql, DB_PARAMS(l->config->county, db_number(l->edition, number)));
}

static enum rc load_from(struct db *db, struct db *other, struct list *l, const struct versions *versions)
{
    struct reason *reasons = NULL, *notes = NULL;
    size_t n = 0, note_n = 0;
    TRY(ask(other, l, leads_sql));
    TRY(ask(db, l, reasons_sql));
    TRY(load_reasons(db, l, versions, &reasons, &n)); /* the shorter answer */
    TRY(ask(db, l, notes_sql));
    TRY(load_reasons(db, l, versions, &notes, &note_n));
    TRY(load_leads(other, l));
    attach_reasons(l, reasons, n, false);
    attach_reasons(l, notes, note_n, true);
    return RC_OK;
}

/* The two long queries side by side, each in a session of its own. */
static enum rc load_both(struct stage *s, struct list *l)
{
    struct versions versions;
    struct db *other = NULL;
    TRY(load_versions(s, l, &versions));
    TRY(db_open(s->config->database, arena_printf(l->arena, "bidui list %s", s->config->county), &other));
    enum rc rc = load_from(s->db, other, l, &versions);
    db_close(other);
    return rc;
}

enum rc list_load(struct stage *s, struct arena *arena, struct list *ret)
{
    *ret = (struct list){.arena = arena, .config = s->config, .edition = s->edition.number, .as_of = s->edition.as_of};
    TRY(load_both(s, ret));
    TRY(off_roster_load(s, ret));
    TRY(works_load(s, ret));
    TRY(results_load(s, ret));
    TRY(notices_load(s, ret));
    TRY(cases_load(s, ret));
    TRY(pins_load(s, ret));
    return screening_load(s, ret);
}
