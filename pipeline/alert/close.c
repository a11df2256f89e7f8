/* What becomes of the alerts that were open: `outcome` is keep (true today), stay (open with its old values), cleared,
 * answered (answers.c) or withdrawn; `ended` on the way, until its evidence has been looked at. One that moves with its person is withdrawn
 * here and goes on (`goes_on`) as a new one there. */
#include "pipeline/alert/alert.h"

/* ---- Without asking the rule ---- */

static const char retired[] =
    "update w_alert w set outcome = 'withdrawn', cause = 'rule_retired' where w.outcome is null and not exists"
    " (select from w_rule r where r.rule = w.rule)";

static const char gone[] =
    "update w_alert w set outcome = 'withdrawn', cause = 'household_gone' where w.outcome is null and w.works_no is null"
    " and w.now_household is null";

static const char class_changed[] =
    "update w_alert w set outcome = 'cleared', cause = 'class_changed' from w_rule r, bidui.household h"
    " where w.outcome is null and r.rule = w.rule and w.works_no is null and h.county = $1"
    " and h.household_id = w.now_household and h.learned <= $2::int and (h.ended is null or h.ended > $2::int)"
    " and not (h.class = any (r.applies) or (h.risk_cleared and 'cleared' = any (r.applies)))";

static const char kept[] = "update w_alert w set outcome = 'keep' where w.outcome is null and w.found";

static enum rc close_gone_works(struct alerts *a)
{
    const struct dataset *works = rules_works_dataset(a->s->config);
    if (works == NULL || !a->works_are_healthy) {
        return RC_OK;
    }
    return alert_run(
        a,
        arena_printf(
            a->s->arena,
            "update w_alert w set outcome = 'withdrawn', cause = 'household_gone' where w.outcome is null"
            " and w.works_no is not null and not exists (select from bidui.fact_%s f"
            " where f.county = $1 and f.works_no = w.works_no and f.learned <= $2::int"
            " and (f.ended is null or f.ended > $2::int))",
            works->table),
        DB_NONE);
}

static enum rc close_by_roster(struct alerts *a)
{
    if (!a->roster_is_healthy) {
        return RC_OK;
    }
    TRY(alert_run(a, gone, DB_NONE));
    return alert_run(a, class_changed, DB_NONE);
}

/* ---- The closing test ---- */

static enum rc pending_subjects(struct alerts *a, const char *rule, struct str *ret)
{
    return db_query_text(
        a->s->db, a->s->arena,
        "select array_agg(subject order by subject)::text from w_alert where rule = $1 and outcome is null",
        DB_PARAMS(rule), ret);
}

static enum rc evaluate(struct alerts *a, const struct rule *rule, const char *update, date_t as_of,
                        const char *subjects)
{
    struct stage *s = a->s;
    const char *params[RULE_PARAMS + 1];
    struct rule_moment moment = {as_of, s->edition.as_of, s->edition.number, subjects};
    rules_params(rule, s->config, moment, s->arena, params);
    params[RULE_PARAMS] = rule->text->id;
    return db_run(
        s->db,
        arena_printf(s->arena, "%s from (%s) e where %s", update, rule->evaluate,
                     "w.rule = $9::text and w.subject = e.subject and w.outcome is null and e.closes"),
        RULE_PARAMS + 1, params, NULL);
}

/* An exception true today is evidence that the condition ended. */
static enum rc close_by_exception(struct alerts *a, const struct rule *rule, const char *subjects)
{
    struct rule asked = *rule;
    asked.evaluate =
        arena_printf(a->s->arena, "select x.*, x.cause is not null as closes from (%s) x", rule->evaluate);
    return evaluate(a, &asked, "update w_alert w set outcome = 'cleared', cause = e.cause",
                    a->s->edition.as_of, subjects);
}

/* Windows begin where they did when the alert was last true; what is known is today's. */
static enum rc close_by_condition(struct alerts *a, const struct rule *rule)
{
    DB_RESULT PGresult *anchors = NULL;
    struct rule asked = *rule;
    asked.evaluate =
        arena_printf(a->s->arena, "select x.*, x.judged is not true as closes from (%s) x", rule->evaluate);
    TRY(db_query(
        a->s->db,
        "select anchor, array_agg(subject order by subject)::text from w_alert where rule = $1 and outcome is null"
        " group by anchor order by anchor",
        DB_PARAMS(rule->text->id), &anchors));
    for (int i = 0; i < PQntuples(anchors); i++) {
        TRY(evaluate(
            a, &asked,
            "update w_alert w set outcome = case when e.judged is null then 'unsure' else 'ended' end",
            db_date(anchors, i, 0), PQgetvalue(anchors, i, 1)));
    }
    return RC_OK;
}

/* Unknown, because no version it stood on of this dataset is in force any more: what it found there has ended. */
static enum rc end_without_evidence(struct alerts *a, const struct rule *rule, const struct dataset *d)
{
    return alert_run(
        a,
        arena_printf(
            a->s->arena,
            "update w_alert w set outcome = 'ended' from (select w.alert_id from w_alert w"
            " cross join lateral jsonb_array_elements(w.evidence) x"
            " left join bidui.fact_%s f on f.county = $1 and f.record_key = x->>'record_key'"
            "  and f.learned = (x->>'edition')::int and (f.ended is null or f.ended > $2::int)"
            " where w.rule = $5 and w.outcome = 'unsure' and x->>'department' = $6 and x->>'dataset' = $7"
            " group by w.alert_id having count(f.learned) = 0) g where g.alert_id = w.alert_id",
            d->table),
        DB_PARAMS(rule->text->id, d->department->name, d->name));
}

static enum rc settle_unsure(struct alerts *a, const struct rule *rule)
{
    for (size_t i = 0; i < rule->dataset_count; i++) {
        TRY(end_without_evidence(a, rule, rule->datasets[i]));
    }
    return alert_run(a, "update w_alert set outcome = 'stay' where rule = $5 and outcome = 'unsure'",
                     DB_PARAMS(rule->text->id));
}

/* ---- Why it ended ---- */

/* A record that is gone with no newer version of its key was taken back, or its link was. */
static enum rc close_by_retraction(struct alerts *a, const struct rule *rule, const struct dataset *d)
{
    return alert_run(
        a,
        arena_printf(
            a->s->arena,
            "update w_alert w set outcome = 'withdrawn', cause = case when g.unlinked then 'link_undone' else"
            " 'record_retracted' end from (select w.alert_id, bool_or(l.ended_why = 'link_undone') as unlinked from w_alert w"
            " cross join lateral jsonb_array_elements(w.evidence) x join lateral (select f.ended, f.ended_why"
            "  from bidui.fact_%s f where f.county = $1 and f.record_key = x->>'record_key' and f.learned <= $2::int"
            "  order by f.learned desc limit 1) l on l.ended <= $2::int"
            " where w.rule = $5 and w.outcome = 'ended' and x->>'department' = $6 and x->>'dataset' = $7"
            " group by w.alert_id) g where g.alert_id = w.alert_id",
            d->table),
        DB_PARAMS(rule->text->id, d->department->name, d->name));
}

static enum rc close_rule(struct alerts *a, const struct rule *rule)
{
    struct str subjects = STR_NULL;
    TRY(pending_subjects(a, rule->text->id, &subjects));
    if (str_is_null(subjects)) {
        return RC_OK;
    }
    TRY(close_by_exception(a, rule, subjects.p));
    TRY(close_by_condition(a, rule));
    TRY(settle_unsure(a, rule));
    for (size_t i = 0; i < rule->dataset_count; i++) {
        TRY(close_by_retraction(a, rule, rule->datasets[i]));
    }
    return alert_run(
        a,
        "update w_alert set outcome = 'cleared', cause = 'condition_ended' where rule = $5 and outcome = 'ended'",
        DB_PARAMS(rule->text->id));
}

/* What would go on goes on in the household its person lives in now. */
static const char *const settle[] = {
    "update w_alert set outcome = 'stay' where outcome is null",
    "update w_alert set goes_on = outcome, outcome = 'withdrawn', cause = 'person_moved' where outcome in ('keep', 'stay')"
    " and person_id is not null and now_household is distinct from household_id and now_household is not null",
};

enum rc alert_close(struct alerts *a)
{
    TRY(alert_run(a, retired, DB_NONE));
    TRY(close_by_roster(a));
    TRY(close_gone_works(a));
    TRY(alert_run(a, kept, DB_NONE));
    for (size_t i = 0; i < a->set.count; i++) {
        if (!a->frozen[i]) {
            TRY(close_rule(a, &a->set.rules[i]));
        }
    }
    return alert_run_all(a, settle, sizeof settle / sizeof *settle);
}
