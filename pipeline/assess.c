/* Assess: which rules are true of whom, as known at the edition. First the configuration becomes versions, then the
 * rules are evaluated (findings.c). Run again, the same edition gives the same rows. */
#include "pipeline/assess.h"

#include <stdlib.h>

#include "base/money.h"

#define JSON_MOST ((size_t)4 << 20)

struct assess {
    struct stage *s;
    struct rule_set set;
    struct feed *feeds;
    size_t feed_count;
    bool *frozen; /* by rule */
    char edition[DB_NUMBER];
};

static enum rc run(struct assess *a, const char *sql, int n, const char *const *params)
{
    return db_run(a->s->db, sql, n, params, NULL);
}

/* ---- Parameters ---- */

static const char *const parameter_undo[] = {
    "delete from bidui.parameter where county = $1 and learned = $2::int",
    "update bidui.parameter set ended = null where county = $1 and ended = $2::int",
};

#define PARAMETER_ROWS                                                                  \
    "unnest($3::text[], $4::text[], $5::date[], $6::numeric[], $7::text[], $8::text[])" \
    " as c (name, region, valid_from, value, unit, basis)"
#define PARAMETER_SAME                                                                                                  \
    "p.name = c.name and p.region = c.region and p.valid_from = c.valid_from and p.value = c.value and p.unit = c.unit" \
    " and p.basis = c.basis"

static const char *const parameter_sync[] = {
    "update bidui.parameter p set ended = $2::int where p.county = $1 and p.ended is null"
    " and not exists (select from " PARAMETER_ROWS " where " PARAMETER_SAME ")",
    "insert into bidui.parameter (county, name, region, valid_from, learned, value, unit, basis)"
    " select $1, c.name, c.region, c.valid_from, $2::int, c.value, c.unit, c.basis from " PARAMETER_ROWS
    " where not exists (select from bidui.parameter p where p.county = $1 and p.ended is null and " PARAMETER_SAME
    ")",
};

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

static enum rc sync_parameters(struct assess *a)
{
    const struct config *c = a->s->config;
    struct arena *arena = a->s->arena;
    enum { NAME, REGION, FROM, VALUE, UNIT, BASIS, COLUMNS };
    struct str *columns[COLUMNS];
    const char *params[2 + COLUMNS] = {c->county, a->edition};
    for (int k = 0; k < COLUMNS; k++) {
        columns[k] = arena_array(arena, c->parameter_count, sizeof *columns[k]);
    }
    for (size_t i = 0; i < c->parameter_count; i++) {
        const struct parameter *p = &c->parameters[i];
        char from[DATE_TEXT], value[MONEY_TEXT];
        date_format(p->from, from);
        decimal_format(p->value_micro, value);
        const char *texts[COLUMNS] = {p->name, p->region, from, value, or_empty(p->unit), or_empty(p->basis)};
        for (int k = 0; k < COLUMNS; k++) {
            columns[k][i] = arena_str(arena, str_from(texts[k]));
        }
    }
    for (int k = 0; k < COLUMNS; k++) {
        params[2 + k] = db_array(arena, columns[k], c->parameter_count);
    }
    for (size_t i = 0; i < 2; i++) {
        TRY(run(a, parameter_undo[i], 2, params));
    }
    for (size_t i = 0; i < 2; i++) {
        TRY(run(a, parameter_sync[i], 2 + COLUMNS, params));
    }
    return RC_OK;
}

/* ---- Rule versions ---- */

static const char *const version_undo[] = {
    "delete from bidui.rule_version where county = $1 and learned = $2::int",
    "update bidui.rule_version set ended = null where county = $1 and ended = $2::int",
};
#define VERSION_ROWS "unnest($3::text[], $4::text[], $5::text[]) as c (rule, digest, body)"
static const char *const version_sync[] = {
    "update bidui.rule_version v set ended = $2::int where v.county = $1 and v.ended is null"
    " and not exists (select from " VERSION_ROWS " where v.rule = c.rule and v.digest = c.digest)",
    "insert into bidui.rule_version (county, rule, version, learned, digest, body)"
    " select $1, c.rule, 1 + coalesce((select max(v.version) from bidui.rule_version v where v.county = $1 and"
    " v.rule = c.rule), 0), $2::int, c.digest, c.body from " VERSION_ROWS
    " where not exists (select from bidui.rule_version v where v.county = $1 and v.rule = c.rule and v.ended is null)",
};

static enum rc sync_versions(struct assess *a)
{
    struct arena *arena = a->s->arena;
    size_t n = a->set.count;
    struct str *columns[3];
    const char *params[5] = {a->s->config->county, a->edition};
    for (int k = 0; k < 3; k++) {
        columns[k] = arena_array(arena, n, sizeof *columns[k]);
    }
    for (size_t i = 0; i < n; i++) {
        columns[0][i] = str_from(a->set.rules[i].text->id);
        columns[1][i] = str_from(a->set.rules[i].digest);
        columns[2][i] = str_from(a->set.rules[i].body);
    }
    for (int k = 0; k < 3; k++) {
        params[2 + k] = db_array(arena, columns[k], n);
    }
    for (size_t i = 0; i < 2; i++) {
        TRY(run(a, version_undo[i], 2, params));
    }
    for (size_t i = 0; i < 2; i++) {
        TRY(run(a, version_sync[i], 5, params));
    }
    return RC_OK;
}

static enum rc sync_configuration(struct assess *a)
{
    DB_ROLLBACK struct db *tx = a->s->db;
    TRY(db_begin(a->s->db));
    TRY(sync_parameters(a));
    TRY(sync_versions(a));
    return db_commit(a->s->db);
}

/* ---- Frozen rules ---- */

static bool is_frozen_by(const struct assess *a, const struct dataset *d)
{
    const struct feed *f = feeds_find(a->feeds, a->feed_count, str_from(d->id));
    return f == NULL || !f->is_healthy;
}

static bool is_frozen(const struct assess *a, const struct rule *rule)
{
    bool frozen = rule->missing != NULL;
    for (size_t i = 0; i < rule->dataset_count; i++) {
        frozen = frozen || is_frozen_by(a, rule->datasets[i]);
    }
    return frozen;
}

static enum rc put_frozen_rule(struct assess *a, const struct rule *rule, struct buf *out)
{
    TRY(buf_puts(out, out->n > 1 ? STR(",{\"rule\":") : STR("{\"rule\":")));
    TRY(buf_put_json(out, str_from(rule->text->id)));
    TRY(buf_puts(out, STR(",\"datasets\":[")));
    bool any = rule->missing != NULL;
    if (any) {
        TRY(buf_put_json(out, str_from(rule->missing)));
    }
    for (size_t i = 0; i < rule->dataset_count; i++) {
        if (is_frozen_by(a, rule->datasets[i])) {
            TRY(buf_puts(out, any ? STR(",") : STR("")));
            TRY(buf_put_json(out, str_from(rule->datasets[i]->id)));
            any = true;
        }
    }
    return buf_puts(out, STR("]}"));
}

static enum rc put_frozen(struct assess *a, struct buf *out)
{
    TRY(buf_putc(out, '['));
    for (size_t i = 0; i < a->set.count; i++) {
        if (a->frozen[i]) {
            TRY(put_frozen_rule(a, &a->set.rules[i], out));
        }
    }
    return buf_putc(out, ']');
}

static enum rc frozen_json(struct assess *a, char **ret)
{
    struct buf out;
    buf_init(&out, JSON_MOST);
    enum rc rc = put_frozen(a, &out);
    if (rc == RC_OK) {
        *ret = arena_cstr(a->s->arena, buf_str(&out));
    }
    buf_done(&out);
    return rc;
}

/* ---- Lines ---- */

/* Of each parameter the value in force on the day, place by place. */
static const char line_sql[] =
    "select encode(sha256(convert_to($4 || coalesce(string_agg(chr(10) || name || ' ' || region || ' ' ||"
    " trim_scale(value)::text || ' ' || unit, '' order by name collate \"C\", region collate \"C\"), ''), 'UTF8')), 'hex')"
    " from (select distinct on (p.name, p.region) p.* from bidui.parameter p where p.county = $1 and p.learned <= $2::int"
    " and (p.ended is null or p.ended > $2::int) and p.valid_from <= $3::date and p.name = any ($5::text[])"
    " order by p.name, p.region, p.valid_from desc) x";

enum rc rule_line(struct stage *s, const struct rule *rule, struct str *ret)
{
    char edition[DB_NUMBER], day[DATE_TEXT];
    struct str *names = arena_array(s->arena, rule->parameter_count, sizeof *names);
    for (size_t i = 0; i < rule->parameter_count; i++) {
        names[i] = str_from(rule->parameters[i]);
    }
    date_format(s->edition.as_of, day);
    return db_query_text(s->db, s->arena, line_sql,
                         DB_PARAMS(s->config->county, db_number(s->edition.number, edition), day,
                                   rule->condition_digest, db_array(s->arena, names, rule->parameter_count)),
                         ret);
}

/* A baseline only counts: what it sees is still new to the lists. */
static enum rc cover(struct assess *a)
{
    struct stage *s = a->s;
    TRY(run(a, "delete from bidui.rule_cover where county = $1 and first_edition = $2::int",
            DB_PARAMS(s->config->county, a->edition)));
    for (size_t i = 0; i < a->set.count && !s->edition.baseline; i++) {
        struct str line = STR_NULL;
        if (a->frozen[i]) {
            continue;
        }
        TRY(rule_line(s, &a->set.rules[i], &line));
        TRY(run(a, "insert into bidui.rule_cover values ($1, $3, $4, $2::int) on conflict do nothing",
                DB_PARAMS(s->config->county, a->edition, a->set.rules[i].text->id, line.p)));
    }
    return RC_OK;
}

static enum rc finish(struct assess *a)
{
    struct stage *s = a->s;
    char *frozen = NULL;
    TRY(frozen_json(a, &frozen));
    struct str *ids = arena_array(s->arena, a->set.count, sizeof *ids);
    for (size_t i = 0; i < a->set.count; i++) {
        ids[i] = str_from(a->set.rules[i].text->id);
    }
    DB_ROLLBACK struct db *tx = s->db;
    TRY(db_begin(s->db));
    TRY(cover(a));
    TRY(run(
        a,
        "delete from bidui.finding where county = $1 and edition = $2::int and not (rule = any ($3::text[]))",
        DB_PARAMS(s->config->county, a->edition, db_array(s->arena, ids, a->set.count))));
    TRY(run(a, "delete from bidui.lead_note where county = $1 and edition = $2::int and not (rule = any ($3::text[]))",
            DB_PARAMS(s->config->county, a->edition, db_array(s->arena, ids, a->set.count))));
    TRY(run(a, "delete from bidui.finding_evidence where county = $1 and (edition <> $2::int or not (rule = any ($3::text[])))",
            DB_PARAMS(s->config->county, a->edition, db_array(s->arena, ids, a->set.count))));
    TRY(run(a,
            "update bidui.edition set state = 'assessed', summary = coalesce(summary, '{}') ||"
            " jsonb_build_object('frozen', $3::jsonb) where county = $1 and edition = $2::int",
            DB_PARAMS(s->config->county, a->edition, frozen)));
    return db_commit(s->db);
}

enum rc stage_assess(struct stage *s)
{
    struct assess a = {.s = s};
    (void)db_number(s->edition.number, a.edition);
    if (s->edition.as_of == DATE_NONE) {
        return err_fail(RC_BUG, "edition %d has no date", s->edition.number);
    }
    TRY(rules_compile(s->config, s->arena, &a.set));
    TRY(feeds_load(s, &a.feeds, &a.feed_count));
    a.frozen = arena_array(s->arena, a.set.count, sizeof *a.frozen);
    TRY(sync_configuration(&a));
    for (size_t i = 0; i < a.set.count; i++) {
        a.frozen[i] = is_frozen(&a, &a.set.rules[i]);
    }
    TRY(findings_write(s, &a.set, a.frozen));
    return finish(&a);
}
