/* One household or works judged by every rule, with each condition told. */
#include "pipeline/rules/rules.h"

struct teller {
    const struct rule_set *set;
    struct db *db;
    struct rule_moment moment;
    struct arena *arena;
    const char *household, *works; /* the id as text, or the works' number */
    struct rule_outcome *outcomes;
    size_t n, cap;
};

static enum truth truth_of(const PGresult *res, int row, int column)
{
    if (str_is_null(db_text(res, row, column))) {
        return TRUTH_UNKNOWN;
    }
    return db_bool(res, row, column) ? TRUTH_TRUE : TRUTH_FALSE;
}

static struct str copied(struct teller *t, const PGresult *res, int row, int column)
{
    return arena_str(t->arena, db_text(res, row, column));
}

/* ---- Who is judged ---- */

static const char *persons_sql =
    "select array_agg(person_id order by person_id)::text from bidui.person"
    " where county = $1 and household_id = $2::bigint and learned <= $3::int and (ended is null or ended > $3::int)";

static enum rc persons_of(struct teller *t, const char **ret)
{
    char known[DB_NUMBER];
    struct str all = STR_NULL;
    TRY(db_query_text(t->db, t->arena, persons_sql,
                      DB_PARAMS(t->set->config->county, t->household, db_number(t->moment.known_at, known)),
                      &all));
    *ret = str_is_null(all) ? "{}" : all.p;
    return RC_OK;
}

static enum rc subjects_of(struct teller *t, const struct rule *rule, const char **ret)
{
    bool of_works = rule->subject == SUBJECT_WORKS;
    if (of_works != (t->works != NULL)) {
        *ret = NULL; /* a household has no works of its own */
        return RC_OK;
    }
    if (rule->subject == SUBJECT_PERSON) {
        return persons_of(t, ret);
    }
    struct str id = str_from(of_works ? t->works : t->household);
    *ret = db_array(t->arena, &id, 1);
    return RC_OK;
}

/* ---- What was found ---- */

static struct rule_outcome *add_outcome(struct teller *t)
{
    if (t->n == t->cap) {
        size_t cap = t->cap == 0 ? 64 : t->cap * 2;
        struct rule_outcome *longer = arena_array(t->arena, cap, sizeof *longer);
        for (size_t i = 0; i < t->n; i++) {
            longer[i] = t->outcomes[i];
        }
        t->outcomes = longer;
        t->cap = cap;
    }
    return &t->outcomes[t->n++];
}

static const char *values_sql =
    "select key, value from jsonb_each_text($1::jsonb) order by key collate \"C\"";

static enum rc read_values(struct teller *t, const PGresult *res, int row, struct rule_outcome *o)
{
    DB_RESULT PGresult *values = NULL;
    TRY(db_query(t->db, values_sql, DB_PARAMS(arena_cstr(t->arena, db_text(res, row, 4))), &values));
    o->value_count = (size_t)PQntuples(values);
    o->values = arena_array(t->arena, o->value_count, sizeof *o->values);
    for (size_t i = 0; i < o->value_count; i++) {
        o->values[i] = (struct rule_named){copied(t, values, (int)i, 0), copied(t, values, (int)i, 1)};
    }
    return RC_OK;
}

static const char *trace_sql =
    "select x->>'left', x->>'right', (x->>'result')::boolean from jsonb_array_elements($1::jsonb) with ordinality as t(x, n)"
    " order by n";

static enum rc read_trace(struct teller *t, const PGresult *res, int row, struct rule_outcome *o)
{
    DB_RESULT PGresult *trace = NULL;
    TRY(db_query(t->db, trace_sql, DB_PARAMS(arena_cstr(t->arena, db_text(res, row, 6))), &trace));
    if ((size_t)PQntuples(trace) != o->rule->condition_count) {
        return err_fail(RC_BUG, "rule %s: trace", o->rule->text->id);
    }
    o->condition_count = o->rule->condition_count;
    o->conditions = arena_array(t->arena, o->condition_count, sizeof *o->conditions);
    for (size_t i = 0; i < o->condition_count; i++) {
        struct rule_verdict *v = &o->conditions[i];
        *v = (struct rule_verdict){&o->rule->conditions[i], copied(t, trace, (int)i, 0),
                                   copied(t, trace, (int)i, 1), truth_of(trace, (int)i, 2)};
        if (str_is_null(v->right)) {
            v->right = str_from(v->condition->right); /* a list or a window: as written */
        }
        o->missing = o->missing == NULL && v->truth != TRUTH_TRUE ? v : o->missing;
    }
    return RC_OK;
}

static enum rc read_outcome(struct teller *t, const struct rule *rule, const PGresult *res, int row)
{
    struct rule_outcome *o = add_outcome(t);
    *o = (struct rule_outcome){.rule = rule,
                               .subject = copied(t, res, row, 0),
                               .person_id = db_i64(res, row, 1),
                               .result = truth_of(res, row, 2),
                               .cause = copied(t, res, row, 3),
                               .threshold = copied(t, res, row, 5),
                               .details = copied(t, res, row, 7)};
    TRY(read_values(t, res, row, o));
    return read_trace(t, res, row, o);
}

static enum rc judge(struct teller *t, const struct rule *rule, const char *subjects)
{
    const char *params[RULE_PARAMS + 1];
    struct rule_moment moment = t->moment;
    moment.subjects = subjects;
    rules_params(rule, t->set->config, moment, t->arena, params);
    params[RULE_PARAMS] = rule->unit;
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(
        t->db,
        arena_printf(t->arena,
                     "select e.subject, e.person_id, e.result, e.cause, e.named, e.threshold, e.trace,"
                     " jsonb_build_object('values', e.named, 'threshold', e.threshold, 'unit', $9::text,"
                     " 'parameter', e.parameter) from (%s) e order by e.person_id, e.subject collate \"C\"",
                     rule->evaluate),
        RULE_PARAMS + 1, params, &res));
    for (int row = 0; row < PQntuples(res); row++) {
        TRY(read_outcome(t, rule, res, row));
    }
    if (PQntuples(res) == 0) {
        *add_outcome(t) = (struct rule_outcome){.rule = rule, .result = TRUTH_FALSE};
    }
    return RC_OK;
}

enum rc rules_explain(const struct rule_set *set, struct db *db, struct rule_moment moment,
                      int64_t household_id, struct str works_no, struct arena *arena,
                      struct rule_outcome **ret, size_t *ret_n)
{
    char number[DB_NUMBER];
    struct teller t = {.set = set, .db = db, .moment = moment, .arena = arena};
    t.household = arena_cstr(arena, str_from(db_number(household_id, number)));
    t.works = household_id > 0 ? NULL : arena_cstr(arena, works_no);
    for (size_t i = 0; i < set->count; i++) {
        const char *subjects = NULL;
        TRY(subjects_of(&t, &set->rules[i], &subjects));
        if (subjects != NULL && set->rules[i].evaluate != NULL) {
            TRY(judge(&t, &set->rules[i], subjects));
        }
    }
    *ret = t.outcomes;
    *ret_n = t.n;
    return RC_OK;
}
