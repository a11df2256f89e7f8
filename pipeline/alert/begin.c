#include "pipeline/alert/alert.h"

/* ---- Undoing an earlier attempt ---- */

static const char *const undo[] = {
    "delete from bidui.alert_state where county = $1 and edition = $2::int",
    "delete from bidui.lead_state where county = $1 and edition = $2::int",
    "delete from bidui.held where county = $1 and edition = $2::int",
    "delete from bidui.alert where county = $1 and opened_edition = $2::int",
    "delete from bidui.lead where county = $1 and opened_edition = $2::int",
    "update bidui.alert set closed_edition = null where county = $1 and closed_edition = $2::int",
    /* numbers are given out in order, so what is left tells where the counters stood */
    "insert into bidui.counter (county, name, value) values"
    " ($1, 'alert', (select coalesce(max(alert_id), 0) from bidui.alert where county = $1)),"
    " ($1, 'lead', (select coalesce(max(lead_id), 0) from bidui.lead where county = $1)),"
    " ($1, 'lead_no_' || extract(year from $3::date), (select coalesce(max(substr(lead_no, 3, 6)::bigint), 0) from bidui.lead"
    "   where county = $1 and substr(lead_no, 1, 2) = to_char($3::date, 'YY')))"
    " on conflict (county, name) do update set value = excluded.value",
};

enum rc alert_undo(struct alerts *a)
{
    return alert_run_all(a, undo, sizeof undo / sizeof *undo);
}

/* ---- Working tables ---- */

static const char working_tables[] =
    "create temp table w_rule (rule text primary key, version int, family text, severity text, of text, applies text[],"
    "  frozen boolean, covered boolean) on commit drop;"
    "create temp table w_alert (alert_id bigint primary key, rule text, subject text, person_id bigint, household_id bigint,"
    "  works_no text, lead_id bigint, key text, opened_on date, standing boolean, of_day boolean, started_on date,"
    "  due_on date, version int, severity text, severity_before text, details jsonb, evidence jsonb, old_anchor date, anchor date, now_household bigint,"
    "  found boolean, outcome text, goes_on text, cause text not null default '') on commit drop;"
    "create temp table w_new (rule text, subject text, person_id bigint, household_id bigint, works_no text, key text,"
    "  opened_on date, standing boolean, started_on date, due_on date, from_alert bigint) on commit drop;"
    "create temp table w_opened (alert_id bigint, lead_id bigint, rule text, subject text, person_id bigint,"
    "  household_id bigint, works_no text, opened_on date, standing boolean, started_on date, due_on date,"
    "  from_alert bigint) on commit drop;"
    "create temp table w_open (alert_id bigint, rule text, subject text, key text, family text, severity text, grade int,"
    "  standing boolean, opened_on date, started_on date, due_on date) on commit drop;"
    "create temp table w_case (key text, lead_id bigint, household_id bigint, works_no text, region text, no text,"
    "  was_open boolean, of_day boolean, joined boolean, grade_before int, old_kind text, old_grade int, old_due date,"
    "  old_started date, raised_on date, raised_due date) on commit drop;"
    "create temp table w_lead (key text, lead_id bigint, household_id bigint, works_no text, off_id bigint, region text, no text,"
    "  was_open boolean, is_open boolean, kind text, grade int, state text, is_raised boolean, raised_on date, raised_due date,"
    "  due_on date, started_on date, lead_no text) on commit drop;"
    "create temp table w_clock (region text, grade int, start date, unit text, value int, due date) on commit drop";

/* ---- Rules ---- */

static const char rule_sql[] =
    "insert into w_rule select $5, v.version, $6, $7, $8, $9::text[],"
    " coalesce(e.summary->'frozen' @> jsonb_build_array(jsonb_build_object('rule', $5)), false),"
    " exists (select from bidui.rule_cover c where c.county = $1 and c.rule = $5 and c.line = $10 and c.first_edition <= $4::int)"
    " from bidui.edition e join bidui.rule_version v on v.county = e.county and v.rule = $5 and v.learned <= e.edition"
    "  and (v.ended is null or v.ended > e.edition) and v.digest = $11"
    " where e.county = $1 and e.edition = $2::int";

static enum rc load_rule(struct alerts *a, const struct rule *rule)
{
    const struct rule_text *t = rule->text;
    struct arena *arena = a->s->arena;
    struct str line = STR_NULL;
    struct str *classes = arena_array(arena, t->applies_count, sizeof *classes);
    for (size_t i = 0; i < t->applies_count; i++) {
        classes[i] = str_from(t->applies_to[i]);
    }
    TRY(rule_line(a->s, rule, &line));
    return alert_run(a, rule_sql,
                     DB_PARAMS(t->id, t->family, t->severity, t->subject,
                               db_array(arena, classes, t->applies_count), line.p, rule->digest));
}

/* Findings of other rules than these are no ground for alerts. */
static enum rc prove_versions(struct alerts *a)
{
    int64_t n = 0;
    size_t notes = 0;
    for (size_t i = 0; i < a->set.count; i++) {
        notes += a->set.rules[i].text->is_note ? 1 : 0;
    }
    TRY(db_query_i64(a->s->db, "select count(*) from w_rule", DB_NONE, &n));
    if ((size_t)n + notes != a->set.count) {
        enum rc rc = err_fail(RC_STATE, "%s", tr("规则在 assess 之后改动过", "rules changed after assess"));
        err_hint("%s", tr("重新运行 bidui assess。", "Run bidui assess again."));
        return rc;
    }
    return RC_OK;
}

static enum rc load_frozen(struct alerts *a)
{
    DB_RESULT PGresult *res = NULL;
    a->frozen = arena_array(a->s->arena, a->set.count, sizeof *a->frozen);
    TRY(db_query(a->s->db, "select rule from w_rule where frozen", DB_NONE, &res));
    for (int i = 0; i < PQntuples(res); i++) {
        const struct rule *rule = rules_find(&a->set, db_text(res, i, 0));
        if (rule != NULL) {
            a->frozen[rule - a->set.rules] = true;
        }
    }
    return RC_OK;
}

/* ---- Open alerts ---- */

/* The day an alert was last true moves without a word: the last edition's finding tells it. Alerts are few beside the
 * roster: their persons are looked up, in the order they lie in. */
static const char open_sql[] =
    "insert into w_alert (alert_id, rule, subject, person_id, household_id, works_no, lead_id, key, opened_on, standing,"
    "  of_day, started_on, due_on, version, severity, severity_before, details, evidence, old_anchor, anchor, now_household, found)"
    " select a.alert_id, a.rule, a.subject, a.person_id, a.household_id, a.works_no, a.lead_id,"
    "  coalesce('h' || a.household_id, 'w' || a.works_no), a.opened_on, a.standing,"
    "  a.opened_edition > $4::int, t.started_on, t.due_on, t.rule_version, t.severity, n.severity, t.details, t.evidence, t.anchor, case when last.subject is not null then b.as_of else t.anchor end,"
    "  h.household_id, now.subject is not null"
    " from (select * from bidui.alert where county = $1 and closed_edition is null order by person_id, household_id) a"
    " join lateral (select * from bidui.alert_state t where t.county = a.county and t.alert_id = a.alert_id"
    "   order by t.edition desc limit 1) t on true"
    " left join lateral (select n.severity from bidui.alert_state n where n.county = a.county and n.alert_id = a.alert_id"
    "   and n.edition <= $4::int order by n.edition desc limit 1) n on true"
    " left join bidui.edition b on b.county = a.county and b.edition = $5::int"
    " left join bidui.finding last on last.county = a.county and last.edition = b.edition and last.rule = a.rule"
    "   and last.subject = a.subject"
    " left join bidui.finding now on now.county = a.county and now.edition = $2::int and now.rule = a.rule"
    "   and now.subject = a.subject"
    " left join lateral (select p.household_id from bidui.person p where p.county = a.county and p.person_id = a.person_id"
    "   and p.learned <= $2::int and (p.ended is null or p.ended > $2::int) limit 1) p on true"
    " left join lateral (select h.household_id from bidui.household h where h.county = a.county"
    "   and h.household_id = case when a.person_id is not null then p.household_id else a.household_id end"
    "   and h.learned <= $2::int and (h.ended is null or h.ended > $2::int) limit 1) h on true";

enum rc alert_begin(struct alerts *a)
{
    TRY(db_exec(a->s->db, working_tables));
    TRY(rules_plan_for_all(a->s->db));
    for (size_t i = 0; i < a->set.count; i++) { /* notes open and close nothing */
        TRY(a->set.rules[i].text->is_note ? RC_OK : load_rule(a, &a->set.rules[i]));
    }
    TRY(prove_versions(a));
    TRY(load_frozen(a));
    TRY(db_exec(a->s->db, "set local default_statistics_target = 10;" /* enough for counts, a tenth of the work */
                          "analyze bidui.finding (county, edition, rule, subject);"
                          "analyze bidui.finding_evidence (county, edition, rule, subject)"));
    TRY(alert_run(a, open_sql, DB_PARAMS(a->before)));
    return db_exec(a->s->db, "analyze w_alert (alert_id, rule, subject, key, person_id, household_id, outcome)");
}
