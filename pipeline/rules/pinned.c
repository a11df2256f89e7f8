/* The rules of a past edition, from the versions it kept: read as they were written, compiled against today's datasets
 * (whose columns are only ever added). */
#include <stdlib.h>

#include "pipeline/rules/rules.h"

static const char *text_at(struct arena *a, const struct yaml *body, const char *key)
{
    return arena_cstr(a, yaml_text(body, key));
}

static void fill_classes(struct arena *a, const struct yaml *classes, struct rule_text *r)
{
    r->applies_to = arena_array(a, classes != NULL ? classes->n : 0, sizeof *r->applies_to);
    for (const struct yaml *c = classes != NULL ? classes->first : NULL; c != NULL; c = c->next) {
        r->applies_to[r->applies_count++] = arena_cstr(a, c->text);
    }
}

/* A version's body is JSON, which YAML understands. */
static enum rc read_version(struct arena *a, const PGresult *res, int row, struct rule_text *ret)
{
    struct yaml *body = NULL;
    struct rule_text r = {.id = arena_cstr(a, db_text(res, row, 0)), .version = (int)db_i64(res, row, 1)};
    TRY(yaml_parse(a, r.id, arena_str(a, db_text(res, row, 2)), &body));
    r.title = text_at(a, body, "title");
    r.family = text_at(a, body, "family");
    r.subject = text_at(a, body, "subject");
    r.severity = text_at(a, body, "severity");
    r.reason = text_at(a, body, "reason");
    const char *field_reason = text_at(a, body, "field_reason");
    r.field_reason = *field_reason != '\0' ? field_reason : NULL;
    r.is_note = str_is(yaml_text(body, "effect"), "note");
    fill_classes(a, yaml_get(body, "applies_to"), &r);
    r.node = body;
    r.let = yaml_get(body, "let");
    r.when = yaml_get(body, "when");
    r.unless = yaml_get(body, "unless");
    r.basis = yaml_get(body, "basis");
    *ret = r;
    return RC_OK;
}

/* In the order of today's configuration; rules that are no longer in it come last. */
static char *order_of(const struct config *today, struct arena *a)
{
    struct str *ids = arena_array(a, today->rule_count, sizeof *ids);
    for (size_t i = 0; i < today->rule_count; i++) {
        ids[i] = str_from(today->rules[i].id);
    }
    return db_array(a, ids, today->rule_count);
}

enum rc rules_compile_pinned(const struct config *today, struct db *db, int edition, struct arena *arena,
                             struct rule_set *ret)
{
    char number[DB_NUMBER];
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(db,
                 "select rule, version, body from bidui.rule_version where county = $1 and learned <= $2::int"
                 " and (ended is null or ended > $2::int) order by array_position($3::text[], rule) nulls last, rule collate \"C\"",
                 DB_PARAMS(today->county, db_number(edition, number), order_of(today, arena)), &res));
    struct config *then = arena_alloc(arena, sizeof *then);
    *then = *today;
    then->rule_count = (size_t)PQntuples(res);
    then->rules = arena_array(arena, then->rule_count, sizeof *then->rules);
    for (size_t i = 0; i < then->rule_count; i++) {
        TRY(read_version(arena, res, (int)i, &then->rules[i]));
    }
    return rules_compile(then, arena, ret);
}
