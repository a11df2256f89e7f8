/* The findings of an edition: each unfrozen rule evaluated in a transaction of its own, rules shared out among as many
 * connections as the configuration has workers. */
#include "base/log.h"
#include "pipeline/assess.h"
#include "pipeline/crew.h"

struct findings {
    struct stage *s;
    const struct rule_set *set;
    const bool *frozen;
};

enum rc rules_plan_for_all(struct db *db)
{
    return db_exec(db, "set local enable_nestloop = off; set local work_mem = '128MB'");
}

/* ---- One rule ---- */

/* Where it puts what it finds. */
static const char *table_of(const struct rule *rule)
{
    return rule->text->is_note ? "lead_note" : "finding";
}

static enum rc forget(struct stage *s, const struct rule *rule)
{
    char edition[DB_NUMBER];
    (void)db_number(s->edition.number, edition);
    const char *const params[] = {s->config->county, edition, rule->text->id};
    TRY(db_run(s->db, "delete from bidui.finding where county = $1 and edition = $2::int and rule = $3", 3, params, NULL));
    TRY(db_run(s->db, "delete from bidui.lead_note where county = $1 and edition = $2::int and rule = $3", 3, params, NULL));
    return db_run(s->db, "delete from bidui.finding_evidence where county = $1 and rule = $2",
                  DB_PARAMS(s->config->county, rule->text->id), NULL);
}

static void ask(struct stage *s, const struct rule *rule, const char *subjects, const char *params[RULE_PARAMS + 2])
{
    struct rule_moment now = {s->edition.as_of, s->edition.as_of, s->edition.number, subjects};
    rules_params(rule, s->config, now, s->arena, params);
    params[RULE_PARAMS] = rule->text->id;
    params[RULE_PARAMS + 1] = rule->unit;
}

static enum rc find(struct stage *s, const struct rule *rule, int64_t *ret_found)
{
    const char *params[RULE_PARAMS + 2];
    bool is_note = rule->text->is_note;
    ask(s, rule, NULL, params);
    return db_run(
        s->db,
        arena_printf(
            s->arena,
            "insert into bidui.%s (county, edition, rule, subject, person_id, household_id, %s, details)"
            " select $1, $3::int, $9::text, e.subject, e.person_id, e.household_id, %s,"
            " jsonb_build_object('values', e.named, 'threshold', e.threshold, 'unit', $10::text, 'parameter', e.parameter)"
            " from (%s) e",
            table_of(rule), is_note ? "evidence" : "works_no", is_note ? "'[]'::jsonb" : "e.works_no", rule->find),
        RULE_PARAMS + 2, params, ret_found);
}

static enum rc found_subjects(struct stage *s, const struct rule *rule, struct str *ret)
{
    char edition[DB_NUMBER];
    return db_query_text(s->db, s->arena,
                         arena_printf(s->arena,
                                      "select array_agg(subject order by subject collate \"C\")::text from bidui.%s"
                                      " where county = $1 and edition = $2::int and rule = $3",
                                      table_of(rule)),
                         DB_PARAMS(s->config->county, db_number(s->edition.number, edition), rule->text->id), ret);
}

static enum rc prove(struct stage *s, const struct rule *rule)
{
    const char *params[RULE_PARAMS + 2];
    struct str subjects = STR_NULL;
    if (rule->evidence == NULL) {
        return RC_OK;
    }
    TRY(found_subjects(s, rule, &subjects));
    if (str_is_null(subjects)) {
        return RC_OK;
    }
    ask(s, rule, subjects.p, params);
    return db_run(s->db,
                  arena_printf(s->arena,
                               "insert into bidui.finding_evidence select $1, $3::int, $9::text, v.subject, v.total,"
                               " v.evidence from (%s) v",
                               rule->evidence),
                  RULE_PARAMS + 1, params, NULL);
}

/* Nobody else carries a note's evidence on. */
static enum rc keep_evidence(struct stage *s, const struct rule *rule)
{
    char edition[DB_NUMBER];
    if (!rule->text->is_note) {
        return RC_OK;
    }
    return db_run(s->db,
                  "update bidui.lead_note n set evidence = v.evidence from bidui.finding_evidence v where n.county = $1"
                  " and n.edition = $2::int and n.rule = $3 and v.county = n.county and v.edition = n.edition"
                  " and v.rule = n.rule and v.subject = n.subject",
                  DB_PARAMS(s->config->county, db_number(s->edition.number, edition), rule->text->id), NULL);
}

static enum rc assess_rule(struct stage *s, const struct rule *rule, bool is_frozen)
{
    int64_t found = 0;
    DB_ROLLBACK struct db *tx = s->db;
    TRY(db_begin(s->db));
    TRY(forget(s, rule));
    if (!is_frozen) {
        TRY(rules_plan_for_all(s->db));
        TRY(find(s, rule, &found));
        TRY(prove(s, rule));
        TRY(keep_evidence(s, rule));
    }
    TRY(db_commit(s->db));
    log_event(LOG_INFO, "rule assessed", LOG_S("rule", rule->text->id), LOG_I("found", found),
              LOG_S("frozen", is_frozen ? "yes" : "no"));
    return RC_OK;
}

/* ---- All of them ---- */

static enum rc assess_rules(const struct findings *f, struct stage *s, struct crew *crew)
{
    size_t i = 0;
    while (crew_next(crew, &i)) {
        log_progress("assess", (int64_t)i, (int64_t)f->set->count);
        TRY(assess_rule(s, &f->set->rules[i], f->frozen[i]));
    }
    return RC_OK;
}

static enum rc member(void *ctx, struct crew *crew, bool forked)
{
    const struct findings *f = ctx;
    struct stage own = *f->s;
    if (!forked) {
        return assess_rules(f, f->s, crew);
    }
    TRY(db_open(own.config->database, arena_printf(own.arena, "bidui assess %s worker", own.config->county), &own.db));
    db_set_fence(own.db, own.config->county, own.edition.number, own.edition.fence);
    enum rc rc = assess_rules(f, &own, crew);
    db_close(own.db);
    return rc;
}

enum rc findings_write(struct stage *s, const struct rule_set *set, const bool *frozen)
{
    struct findings f = {s, set, frozen};
    enum rc rc = crew_run(set->count, s->config->workers, member, &f);
    log_progress_end();
    return rc;
}
