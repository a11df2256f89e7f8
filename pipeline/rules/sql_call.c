/* Aggregates: each becomes one CTE aN with a row per subject that has facts for it.
 *
 *   exists, absent   sid, sure                     some fact surely satisfies, or only may
 *   sum, count, max  sid, lo, hi
 *   latest           sid, known, lo, hi, ev_lo, ev_hi, record_key, learned
 *
 * Facts are scanned once, filtered to those that may count, and grouped before they meet the subjects. */
#include "pipeline/rules/sql.h"

struct piece {
    const struct expr *call;
    int n;
    const char *key, *from;      /* subject of a fact; tables with everything the conditions need */
    const char *where, *certain; /* what holds for every fact; what is asked of it beyond that */
    const char *sure, *maybe;    /* both together, in the two readings */
    struct span value;           /* the field as stored; lo NULL without one */
    struct span event;           /* event date; lo NULL without one */
};

/* A lookup was answered about some: of the others nothing is known. */
static bool has_answers(const struct compiler *c, int n)
{
    return n > 0 && c->called[n - 1]->dataset->is_lookup;
}

const char *sql_call_answered(struct compiler *c, int n, const char *value)
{
    return has_answers(c, n) ? sql(c, "(case when k%d.sid is not null then %s end)", n, value) : value;
}

/* ---- Whose fact it is ---- */

static const char *fact_key(const struct compiler *c, const struct dataset *d)
{
    if (d == &rule_members && c->rule->subject == SUBJECT_PERSON) {
        return "o.person_id"; /* everybody's housemates, himself among them */
    }
    bool of_person = d->grain == GRAIN_PERSON;
    switch (c->rule->subject) {
    case SUBJECT_PERSON:
        return of_person ? "f.person_id" : "m.person_id";
    case SUBJECT_HOUSEHOLD:
        return of_person ? "m.household_id" : "f.household_id";
    case SUBJECT_WORKS:
        break;
    }
    return "f.works_no";
}

/* A household's facts are those of its present members too, a person's those of the household he lives in. */
static const char *member_join(struct compiler *c, const struct dataset *d)
{
    bool of_person = d->grain == GRAIN_PERSON;
    if (c->rule->subject == SUBJECT_WORKS || (c->rule->subject == SUBJECT_PERSON) == of_person) {
        return "";
    }
    return sql(c, " join bidui.person m on m.%s = f.%s and %s", of_person ? "person_id" : "household_id",
               of_person ? "person_id" : "household_id", sql_known(c, "m"));
}

/* Facts as `f`, the person of each (where he is asked about) as `m`. */
static const char *rows_of(struct compiler *c, const struct dataset *d)
{
    if (d != &rule_members) {
        return sql(c, "bidui.fact_%s f%s", sql_name(c, d->table), member_join(c, d));
    }
    return c->rule->subject == SUBJECT_PERSON
               ? sql(c, "bidui.person m join bidui.person o on o.household_id = m.household_id and %s", sql_known(c, "o"))
               : "bidui.person m";
}

static const char *asked_for(struct compiler *c, const char *key)
{
    return sql(c, "($4::text[] is null or %s = any ($4::text[]%s))", key,
               c->rule->subject == SUBJECT_WORKS ? "" : "::bigint[]");
}

static bool has_candidates(const struct compiler *c, int n)
{
    return c->called[n - 1]->aggregate == AGG_ABSENT;
}

const char *sql_call_joins(struct compiler *c, const struct needs *needs, const char *key)
{
    const char *joins = "";
    for (int i = 1; i <= c->calls; i++) {
        if ((needs->calls & (UINT32_C(1) << (i - 1))) != 0) {
            joins = sql(c, "%s left join a%d on a%d.sid = %s", joins, i, i, key);
            joins =
                has_candidates(c, i) ? sql(c, "%s left join c%d on c%d.sid = %s", joins, i, i, key) : joins;
            joins = has_answers(c, i) ? sql(c, "%s left join k%d on k%d.sid = %s", joins, i, i, key) : joins;
        }
    }
    return joins;
}

/* Few households are registered: findings about them alone leave the others' facts aside before they are grouped. */
static bool is_about_few(const struct compiler *c)
{
    bool few = c->finds && c->rule->subject != SUBJECT_WORKS;
    for (size_t i = 0; i < c->rule->text->applies_count; i++) {
        few = few && strcmp(c->rule->text->applies_to[i], "general") != 0;
    }
    return few;
}

static const char *needed_joins(struct compiler *c, const struct needs *needs, const char *key)
{
    const char *subject = "";
    if (needs->subject) {
        subject = sql(c, " join s on s.sid = %s%s", key,
                      needs->place ? " left join pl on pl.region = s.region" : "");
    }
    return sql(c, "%s%s", subject, sql_call_joins(c, needs, key));
}

/* ---- Which facts count ---- */

static const char *conditions(struct compiler *c, const struct piece *p, bool sure)
{
    const char *text = "";
    if (p->event.lo != NULL && p->call->period == NULL) {
        text = sql(c, " and %s < $5::date", sure ? p->event.hi : p->event.lo);
    }
    if (p->call->period != NULL) {
        text = sql(c, " and %s", sql_inside(c, p->event, p->call->period, sure));
    }
    for (const struct expr *arg = p->call->args->next; arg != NULL; arg = arg->next) {
        if (arg != p->call->period) {
            text = sql(c, "%s and %s", text, sql_match(c, arg, sure));
        }
    }
    return text;
}

/* Fields as they are stored: scaling comes after aggregation. */
static struct span stored_value(struct compiler *c, const struct field *f)
{
    if (f == NULL) {
        return (struct span){NULL, NULL};
    }
    if (f->type == FIELD_NUMBER) {
        const char *raw = sql(c, "f.f_%s", sql_name(c, f->name));
        return (struct span){raw, raw};
    }
    return sql_field(c, f);
}

static struct span event_of(struct compiler *c, const struct dataset *d)
{
    return d->event_field >= 0 ? sql_field(c, &d->fields[d->event_field]) : (struct span){NULL, NULL};
}

static void describe(struct compiler *c, struct piece *p)
{
    const struct dataset *d = p->call->dataset;
    struct needs needs = {0}, *outer = c->needs;
    c->needs = &needs;
    p->key = fact_key(c, d);
    p->value = stored_value(c, p->call->field);
    p->event = event_of(c, d);
    const char *sure = conditions(c, p, true), *maybe = conditions(c, p, false);
    c->needs = outer;
    needs.subject = needs.subject || is_about_few(c);
    p->where = sql(c, "%s and %s is not null and %s", sql_known(c, d == &rule_members ? "m" : "f"), p->key,
                   asked_for(c, p->key));
    p->from = sql(c, "%s%s", rows_of(c, d), needed_joins(c, &needs, p->key));
    p->certain = sql(c, "(true%s) is true", sure);
    p->sure = sql(c, "%s%s", p->where, sure);
    p->maybe = sql(c, "%s%s", p->where, maybe);
    if (strcmp(sure, maybe) == 0) {
        p->maybe = p->sure;
    }
}

static bool has_doubt(const struct piece *p)
{
    return p->sure != p->maybe;
}

/* ---- The CTEs ---- */

static void put_cte(struct compiler *c, const char *text)
{
    if (buf_puts(c->ctes, str_from(text)) != RC_OK) {
        err_clear();
        c->too_large = true;
    }
}

static const char *existence(struct compiler *c, const struct piece *p)
{
    return sql(c, "select %s as sid, %s as sure from %s where %s group by 1", p->key,
               has_doubt(p) ? sql(c, "bool_or(%s)", p->certain) : "true", p->from, p->maybe);
}

static const char *counted(struct compiler *c, const struct piece *p)
{
    return sql(
        c, "select %s as sid, count(*) filter (where %s) as lo, count(*) as hi from %s where %s group by 1",
        p->key, p->certain, p->from, p->maybe);
}

/* A doubtful reversal lowers the least the sum can be, a doubtful amount raises the most. */
static const char *summed(struct compiler *c, const struct piece *p)
{
    const char *v = p->value.lo;
    return sql(
        c,
        "select %s as sid, sum(%s) filter (where %s or %s < 0) as lo, sum(%s) filter (where %s or %s > 0) as hi"
        " from %s where %s group by 1",
        p->key, v, p->certain, v, v, p->certain, v, p->from, p->maybe);
}

/* Without a certain fact there may be none at all: nothing to compare. */
static const char *greatest_of(struct compiler *c, const struct piece *p)
{
    return sql(
        c,
        "select %s as sid, max(%s) filter (where %s) as lo, case when bool_or(%s) then max(%s) end as hi"
        " from %s where %s and %s is not null group by 1",
        p->key, p->value.lo, p->certain, p->certain, p->value.hi, p->from, p->maybe, p->value.lo);
}

static const char *latest_rows(struct compiler *c, const struct piece *p)
{
    const char *scale = p->call->field->type == FIELD_NUMBER ? " * 0.000001" : "";
    bool has_event = p->event.lo != NULL;
    return sql(
        c,
        "select %s as sid, %s%s as lo, %s%s as hi, %s as ev_lo, %s as ev_hi, %s as sure, %s as updated_at,"
        " f.record_key collate \"C\" as record_key, f.learned from %s where %s",
        p->key, p->value.lo, scale, p->value.hi, scale, has_event ? p->event.lo : "null::date",
        has_event ? p->event.hi : "null::date", p->certain, has_event ? "null::timestamp" : "f.updated_at",
        p->from, p->maybe);
}

/* Rows that may count, then the last of each subject. A fact known to the month may be later than the last exact
 * one: if it says otherwise, the answer is unknown. */
static const char *latest_of(struct compiler *c, const struct piece *p)
{
    int n = p->n;
    put_cte(c, sql(c, ", r%d as (%s)", n, latest_rows(c, p)));
    put_cte(c, sql(c,
                   ", t%d as (select distinct on (sid) * from r%d order by sid, ev_hi desc, ev_lo desc,"
                   " updated_at desc nulls last, record_key desc)",
                   n, n));
    put_cte(
        c,
        sql(c,
            ", x%d as (select distinct t.sid from t%d t join r%d o on o.sid = t.sid where o.ev_hi >= t.ev_lo"
            " and (o.ev_lo <> t.ev_lo or o.ev_hi <> t.ev_hi) and (o.lo, o.hi) is distinct from (t.lo, t.hi))",
            n, n, n));
    return sql(
        c,
        "select t.sid, k.known, case when k.known then t.lo end as lo, case when k.known then t.hi end as hi,"
        " case when k.known then t.ev_lo end as ev_lo, case when k.known then t.ev_hi end as ev_hi,"
        " t.record_key, t.learned from t%d t left join x%d x on x.sid = t.sid"
        " cross join lateral (select t.sure and x.sid is null as known) k",
        n, n);
}

/* ---- Candidates ---- */

/* Of the newest delivery that became facts. */
static const char *quarantined(struct compiler *c, const char *id)
{
    return sql(c,
               "bidui.quarantine q where q.county = $1 and q.dataset = %s and q.edition = (select max(d.edition) from"
               " bidui.delivery d where d.county = $1 and d.dataset = %s and d.state = 'admitted'"
               " and coalesce(d.decided_edition, d.edition) <= $3::int)",
               id, id);
}

/* A record without a key, and nobody knows whom it concerns: it may be anyone's. (A lookup knows whom it asked about.) */
static const char *anybody(struct compiler *c, const struct dataset *d, const char *kept)
{
    return d->is_lookup ? "select s.sid from s where false"
                        : sql(c,
                              "select s.sid from s where exists (select from %s and q.record_code = ''"
                              " and q.candidates = '{}')",
                              kept);
}

/* Persons (or households) that a record waiting for review or kept in quarantine may concern. */
static const char *named_candidates(struct compiler *c, const struct dataset *d, const char *id, const char *quarantine)
{
    const char *review =
        sql(c,
            "select unnest(r.candidates) as id from bidui.review r where r.county = $1 and r.dataset = %s"
            " and r.edition <= $3::int and (r.state = 'open' or r.decided_edition > $3::int)",
            id);
    const char *kept = sql(c, "select unnest(q.candidates) as id from %s", quarantine);
    const char *reviewed = d->grain == GRAIN_PERSON ? "person_id" : "household_id";
    const char *of = c->rule->subject == SUBJECT_PERSON ? "person_id" : "household_id";
    /* quarantine names persons; with them their household stands in doubt where the dataset speaks of households */
    const char *housemates =
        d->grain != GRAIN_PERSON && c->rule->subject == SUBJECT_PERSON
            ? sql(c,
                  " union select o.person_id from bidui.person m join bidui.person o on"
                  " o.household_id = m.household_id and %s join (%s) i on i.id = m.person_id where %s",
                  sql_known(c, "o"), kept, sql_known(c, "m"))
            : "";
    return sql(c,
               "select m.%s as sid from bidui.person m join (%s) i on i.id = m.%s where %s"
               " union select m.%s from bidui.person m join (%s) i on i.id = m.person_id where %s%s",
               of, review, reviewed, sql_known(c, "m"), of, kept, sql_known(c, "m"), housemates);
}

/* Of whom nobody can say that he is absent. */
static const char *candidates(struct compiler *c, const struct piece *p)
{
    const struct dataset *d = p->call->dataset;
    const char *id = sql_literal(c, str_from(d->id)), *quarantine = quarantined(c, id);
    const char *all = anybody(c, d, quarantine);
    return c->rule->subject == SUBJECT_WORKS ? all
                                             : sql(c, "%s union %s", named_candidates(c, d, id, quarantine), all);
}

/* ---- Answers ---- */

/* Persons whose last answer still counts, whatever it held; a household when that is so of everybody in it. */
static const char *answered(struct compiler *c, const struct dataset *d)
{
    const char *persons = sql(
        c,
        "select q.person_id from (select distinct on (q.person_id) q.person_id, q.outcome, q.asked_on from bidui.question q"
        " join bidui.delivery d on d.county = q.county and d.dataset = q.dataset and d.edition = q.edition"
        " and d.state = 'admitted' and d.decided_edition <= $3::int where q.county = $1 and q.dataset = %s"
        " and q.outcome in ('record', 'none', 'conflict') order by q.person_id, d.decided_edition desc, q.edition desc,"
        " q.attempt desc) q where q.outcome <> 'conflict' and q.asked_on > $5::date - %d",
        sql_literal(c, str_from(d->id)), d->ask.valid_days);
    if (c->rule->subject == SUBJECT_PERSON) {
        return sql(c, "select person_id as sid from (%s) q", persons);
    }
    return sql(c,
               "select m.household_id as sid from bidui.person m left join (%s) q on q.person_id = m.person_id"
               " where %s group by 1 having count(*) = count(q.person_id)",
               persons, sql_known(c, "m"));
}

static const char *cte_of(struct compiler *c, const struct piece *p)
{
    switch (p->call->aggregate) {
    case AGG_SUM:
        return summed(c, p);
    case AGG_COUNT:
        return counted(c, p);
    case AGG_MAX:
        return greatest_of(c, p);
    case AGG_LATEST:
        return latest_of(c, p);
    case AGG_EXISTS:
    case AGG_ABSENT:
    case AGG_DAYS_SINCE:
        break;
    }
    return existence(c, p);
}

/* ---- Evidence ---- */

static const char *evidence_columns(struct compiler *c, const struct dataset *d, const char *lo,
                                    const char *hi)
{
    return sql(c, "%s as department, %s as dataset, %s as day, %s as day_last",
               sql_literal(c, str_from(d->department->name)), sql_literal(c, str_from(d->name)),
               lo != NULL ? lo : "null::date", hi != NULL ? hi : "null::date");
}

static const char *evidence_of(struct compiler *c, const struct piece *p)
{
    const struct dataset *d = p->call->dataset;
    if (p->call->aggregate == AGG_ABSENT || d == &rule_members) {
        return NULL;
    }
    if (p->call->aggregate == AGG_LATEST) {
        return sql(c, "select a%d.sid, a%d.record_key, a%d.learned, %s from a%d where a%d.known", p->n, p->n,
                   p->n, evidence_columns(c, d, sql(c, "a%d.ev_lo", p->n), sql(c, "a%d.ev_hi", p->n)), p->n,
                   p->n);
    }
    const char *the_greatest = "";
    if (p->call->aggregate == AGG_MAX) {
        the_greatest = sql(c, " join a%d g on g.sid = %s and g.lo = %s", p->n, p->key, p->value.lo);
    }
    return sql(c,
               "select %s as sid, f.record_key collate \"C\" as record_key, f.learned, %s from %s%s where %s",
               p->key, evidence_columns(c, d, p->event.lo, p->event.hi), p->from, the_greatest, p->sure);
}

/* ---- Use ---- */

/* sum and count are 0 without facts, max and latest are null. */
static struct span call_value(struct compiler *c, const struct expr *e, int n)
{
    bool is_number = e->field != NULL && e->field->type == FIELD_NUMBER && e->aggregate != AGG_LATEST;
    bool is_total = e->aggregate == AGG_SUM || e->aggregate == AGG_COUNT;
    const char *pattern_lo = is_total ? sql(c, "coalesce(a%d.lo, 0)", n) : sql(c, "a%d.lo", n);
    const char *pattern_hi = is_total ? sql(c, "coalesce(a%d.hi, 0)", n) : sql(c, "a%d.hi", n);
    struct span s = {pattern_lo, pattern_hi};
    if (is_number) {
        s = (struct span){sql(c, "(%s * 0.000001)", s.lo), sql(c, "(%s * 0.000001)", s.hi)};
    }
    return s;
}

static void compile_call(struct compiler *c, struct piece *p)
{
    describe(c, p);
    if (c->calls == RULE_MAX_CALLS) {
        c->too_large = true;
        return;
    }
    p->n = ++c->calls; /* only now: those it depends on come before it */
    c->called[p->n - 1] = p->call;
    c->doubts |= has_doubt(p) ? UINT32_C(1) << (p->n - 1) : 0;
    const char *body = cte_of(c, p);
    if (p->call == c->floored) {
        body = sql(c, "select * from (%s) a%d where %s %s", body, p->n, call_value(c, p->call, p->n).lo, c->floor);
    }
    put_cte(c, sql(c, ", a%d as (%s)", p->n, body));
    if (has_candidates(c, p->n)) {
        put_cte(c, sql(c, ", c%d as (%s)", p->n, candidates(c, p)));
    }
    if (has_answers(c, p->n)) {
        put_cte(c, sql(c, ", k%d as (%s)", p->n, answered(c, p->call->dataset)));
    }
    c->parts[p->n - 1] = evidence_of(c, p);
}

static int number_of(const struct compiler *c, const struct expr *e)
{
    for (int i = 0; i < c->calls; i++) {
        if (c->called[i] == e) {
            return i + 1;
        }
    }
    return 0;
}

int sql_call(struct compiler *c, const struct expr *e)
{
    int n = number_of(c, e);
    if (n == 0) {
        struct piece p = {.call = e};
        compile_call(c, &p);
        n = p.n;
    }
    if (n > 0) {
        c->needs->calls |= UINT32_C(1) << (n - 1);
    }
    return n;
}

static bool is_doubtful(const struct compiler *c, int n)
{
    return n > 0 && (c->doubts & (UINT32_C(1) << (n - 1))) != 0;
}

struct span sql_call_value(struct compiler *c, const struct expr *e)
{
    int n = sql_call(c, e);
    struct span s = call_value(c, e, n);
    bool is_date = e->type == TYPE_DATE;
    bool may_differ = is_date || (is_doubtful(c, n) && e->aggregate != AGG_LATEST);
    const char *lo = sql_call_answered(c, n, s.lo);
    return (struct span){lo, may_differ ? sql_call_answered(c, n, s.hi) : lo};
}

static const char *test_absent(struct compiler *c, int n)
{
    const char *doubt = is_doubtful(c, n) ? sql(c, "when a%d.sid is not null then null ", n) : "";
    const char *found = sql(c, "when a%d.sure then false %s", n, doubt);
    if (n == 0) {
        return sql(c, "(case %selse true end)", found);
    }
    return sql(c, "(case %swhen c%d.sid is null then true end)", found, n);
}

const char *sql_call_test(struct compiler *c, const struct expr *e)
{
    int n = sql_call(c, e);
    if (e->aggregate == AGG_ABSENT) {
        return sql_call_answered(c, n, test_absent(c, n));
    }
    if (e->aggregate == AGG_LATEST) {
        return sql_call_answered(c, n, sql(c, "a%d.lo", n));
    }
    const char *test = is_doubtful(c, n)
                           ? sql(c, "(case when a%d.sid is null then false when a%d.sure then true end)", n, n)
                           : sql(c, "(a%d.sid is not null)", n);
    return sql_call_answered(c, n, test);
}

const char *sql_call_is_none(struct compiler *c, const struct expr *e)
{
    int n = sql_call(c, e);
    const char *test =
        e->aggregate == AGG_MAX
            ? sql(c, "(case when a%d.sid is null then true when a%d.lo is not null then false end)", n, n)
            : sql(c, "(case when a%d.sid is null then true when a%d.known then a%d.lo is null end)", n, n, n);
    return sql_call_answered(c, n, test);
}
