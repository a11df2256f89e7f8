/* One rule to three statements: evaluate, evidence and find. See rules.h for their columns and parameters. */
#include "pipeline/rules/sql.h"

#define STATEMENT_MOST ((size_t)256 << 10)

/* Every parameter is named once with its type, so that a statement that uses few of them still takes all. */
#define ARGS \
    "with args as (select $1::text, $2::date, $3::int, $4::text[], $5::date, $6::date, $7::date, $8::text[])"
#define EVIDENCE_MOST 20 /* facts kept of a finding; all are counted */

static void put(struct compiler *c, struct buf *out, const char *text)
{
    if (buf_puts(out, str_from(text)) != RC_OK) {
        err_clear();
        c->too_large = true;
    }
}

/* ---- Subjects ---- */

static bool is_read(const struct compiler *c, size_t attribute)
{
    return (c->columns & (UINT64_C(1) << attribute)) != 0;
}

/* age and birth_date read one column: it is listed once. */
static bool is_listed(const struct compiler *c, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        const char *column = attribute_at(k)->column;
        if (is_read(c, k) && column != NULL && strcmp(column, attribute_at(i)->column) == 0) {
            return true;
        }
    }
    return false;
}

static const char *columns_of(struct compiler *c, enum attribute_of of, char alias)
{
    const char *text = "";
    for (size_t i = 0; attribute_at(i) != NULL; i++) {
        const struct attribute *a = attribute_at(i);
        if (is_read(c, i) && a->of == of && a->column != NULL && !is_listed(c, i)) {
            text = sql(c, "%s, %c.%s", text, alias, a->column);
        }
    }
    return text;
}

static bool reads_members(const struct compiler *c)
{
    return is_read(c, (size_t)(attribute_find(STR("members")) - attribute_at(0)));
}

static const char *members_join(struct compiler *c)
{
    if (!reads_members(c)) {
        return "";
    }
    return sql(
        c,
        " left join (select m.household_id, count(*) as members from bidui.person m where %s group by 1) n"
        " on n.household_id = h.household_id",
        sql_known(c, "m"));
}

/* Classes are exclusive; a household whose risk was cleared has one and may be listed as cleared besides. */
static const char *class_test(struct compiler *c)
{
    const char *classes = "", *cleared = "";
    for (size_t i = 0; i < c->rule->text->applies_count; i++) {
        const char *name = c->rule->text->applies_to[i];
        if (strcmp(name, "cleared") == 0) {
            cleared = " or h.risk_cleared";
        } else {
            classes = sql(c, "%s%s%s", classes, *classes == '\0' ? "" : ", ", sql_literal(c, str_from(name)));
        }
    }
    return sql(c, "(h.class in (%s)%s)", *classes == '\0' ? "null" : classes, cleared);
}

static const char *works_subjects(struct compiler *c)
{
    const struct dataset *works = rules_works_dataset(c->config);
    if (works == NULL) {
        c->bad_name = true;
        return "null";
    }
    return sql(
        c,
        "select distinct f.works_no as sid, null::bigint as person_id, null::bigint as household_id, f.works_no,"
        " $1::text as region from bidui.fact_%s f where %s and f.works_no is not null"
        " and ($4::text[] is null or f.works_no = any ($4::text[]))",
        sql_name(c, works->table), sql_known(c, "f"));
}

static const char *household_subjects(struct compiler *c)
{
    const char *members = reads_members(c) ? ", coalesce(n.members, 0) as members" : "";
    const char *household = columns_of(c, OF_HOUSEHOLD, 'h');
    if (c->rule->subject == SUBJECT_HOUSEHOLD) {
        return sql(
            c,
            "select h.household_id as sid, null::bigint as person_id, h.household_id, null::text as works_no,"
            " h.village_code as region%s%s from bidui.household h%s where %s and %s"
            " and ($4::text[] is null or h.household_id = any ($4::text[]::bigint[]))",
            household, members, members_join(c), sql_known(c, "h"), class_test(c));
    }
    return sql(
        c,
        "select p.person_id as sid, p.person_id, p.household_id, null::text as works_no, h.village_code as region%s%s%s"
        " from bidui.person p join bidui.household h on h.household_id = p.household_id and %s%s where %s and %s"
        " and ($4::text[] is null or p.person_id = any ($4::text[]::bigint[]))",
        columns_of(c, OF_PERSON, 'p'), household, members, sql_known(c, "h"), members_join(c),
        sql_known(c, "p"), class_test(c));
}

/* ---- Parameters, once a village ---- */

static const char *place_join(struct compiler *c, size_t i)
{
    return sql(
        c,
        " left join lateral (select p.value, jsonb_build_object('name', p.name, 'region', p.region, 'value',"
        " trim_scale(p.value)::text, 'unit', p.unit, 'from', to_char(p.valid_from, 'YYYY-MM-DD'), 'basis', p.basis) as told"
        " from bidui.parameter p where %s and p.name = %s and starts_with(v.region, p.region) and p.valid_from <= $2::date"
        " order by length(p.region) desc, p.valid_from desc limit 1) q%zu on true",
        sql_known(c, "p"), sql_literal(c, str_from(c->places[i])), i + 1);
}

static void put_places(struct compiler *c, struct buf *out)
{
    put(c, out, ", pl as materialized (select v.region");
    for (size_t i = 0; i < c->place_count; i++) {
        put(c, out, sql(c, ", q%zu.value as p%zu, q%zu.told as t%zu", i + 1, i + 1, i + 1, i + 1));
    }
    put(c, out,
        c->rule->subject == SUBJECT_WORKS
            ? " from (select $1::text as region) v"
            : sql(c, " from (select distinct h.village_code as region from bidui.household h where %s) v",
                  sql_known(c, "h")));
    for (size_t i = 0; i < c->place_count; i++) {
        put(c, out, place_join(c, i));
    }
    put(c, out, ")");
}

/* ---- What a rule reports ---- */

static bool holds(const struct str *names, size_t n, struct str name)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(names[i], name)) {
            return true;
        }
    }
    return false;
}

struct report {
    struct compiler *c;
    struct str names[RULE_MAX_NAMES];
    size_t n;
    const char *text;
};

static void report_value(struct report *r, const struct expr *e)
{
    if (holds(r->names, r->n, e->name)) {
        return;
    }
    if (r->n == RULE_MAX_NAMES) {
        r->c->too_large = true;
        return;
    }
    r->text = sql(r->c, "%s%s'%s', %s", r->text, r->n == 0 ? "" : ", ",
                  sql_name(r->c, arena_cstr(r->c->arena, e->name)), sql_text(r->c, e));
    r->names[r->n++] = e->name;
}

/* Attributes and parameters that the condition names are told beside the lets. */
static void report_names(struct report *r, const struct expr *e)
{
    if (e == NULL) {
        return;
    }
    if (e->kind == EXPR_NAME && (e->symbol == SYMBOL_ATTRIBUTE || e->symbol == SYMBOL_PARAMETER)) {
        report_value(r, e);
    }
    report_names(r, e->left);
    report_names(r, e->right);
    for (const struct expr *item = e->args; item != NULL; item = item->next) {
        report_names(r, item);
    }
}

static void report_let(struct report *r, size_t i)
{
    const struct rule_let *let = &r->c->tree->lets[i];
    struct expr e = {.kind = EXPR_NAME,
                     .name = str_from(let->name),
                     .symbol = SYMBOL_LET,
                     .let = i,
                     .type = let->expr->type};
    report_value(r, &e);
}

static const char *named_values(struct compiler *c)
{
    struct report r = {.c = c, .text = ""};
    for (size_t i = 0; i < c->tree->let_count; i++) {
        report_let(&r, i);
    }
    report_names(&r, c->tree->when);
    for (size_t i = 0; i < c->tree->unless_count; i++) {
        report_names(&r, c->tree->unless[i].expr);
    }
    for (const struct expr *e = c->tree->placed; e != NULL; e = e->next) {
        report_value(&r, e);
    }
    return sql(c, "jsonb_build_object(%s)", r.text);
}

/* ---- The line ---- */

/* The parameter behind a threshold: the amount where one is named, else the first. */
static const struct expr *line_parameter(const struct expr *e)
{
    if (e == NULL) {
        return NULL;
    }
    if (e->kind == EXPR_NAME && e->symbol == SYMBOL_PARAMETER) {
        return e;
    }
    const struct expr *l = line_parameter(e->left), *r = line_parameter(e->right);
    return l == NULL || (r != NULL && l->type != TYPE_MONEY && r->type == TYPE_MONEY) ? r : l;
}

static const char *unit_of(const struct expr *line)
{
    if (line == NULL) {
        return "";
    }
    const struct expr *right = line->right, *p = line_parameter(right);
    if (right->type == TYPE_MONEY) {
        return "yuan";
    }
    if (right->type == TYPE_DATE) {
        return "date";
    }
    return right->type == TYPE_NUMBER && p == right && p->parameter->unit != NULL ? p->parameter->unit : "";
}

/* ---- Conditions told to people ---- */

struct telling {
    struct compiler *c;
    const char *sql;
    struct rule_condition *conditions;
    size_t n;
};

static size_t leaf_count(const struct expr *e)
{
    return e->kind == EXPR_AND || e->kind == EXPR_OR ? leaf_count(e->left) + leaf_count(e->right) : 1;
}

static struct rule_condition describe_leaf(struct compiler *c, const struct expr *e)
{
    struct arena *a = c->arena;
    const char *text = expr_print(a, e);
    if (e->kind == EXPR_COMPARE) {
        return (struct rule_condition){text, rule_op_text(e->op), expr_print(a, e->left),
                                       expr_print(a, e->right)};
    }
    if (e->kind == EXPR_IN) {
        return (struct rule_condition){text, "in", expr_print(a, e->left), expr_print(a, e->right)};
    }
    return (struct rule_condition){text, "", text, ""};
}

static void tell(struct telling *t, const struct expr *e)
{
    if (e->kind == EXPR_AND || e->kind == EXPR_OR) {
        tell(t, e->left);
        tell(t, e->right);
        return;
    }
    struct compiler *c = t->c;
    bool has_sides = e->kind == EXPR_COMPARE || e->kind == EXPR_IN;
    t->sql = sql(c, "%s%sjsonb_build_object('left', %s, 'right', %s, 'result', %s)", t->sql,
                 t->n == 0 ? "" : ", ", sql_text(c, has_sides ? e->left : e),
                 e->kind == EXPR_COMPARE ? sql_text(c, e->right) : "null::text", sql_test(c, e));
    t->conditions[t->n++] = describe_leaf(c, e);
}

static const char *trace(struct compiler *c)
{
    size_t n = leaf_count(c->tree->when);
    struct telling t = {c, "", arena_array(c->arena, n, sizeof(struct rule_condition)), 0};
    tell(&t, c->tree->when);
    c->rule->conditions = t.conditions;
    c->rule->condition_count = t.n;
    return sql(c, "jsonb_build_array(%s)", t.sql);
}

/* ---- Statements ---- */

struct answers {
    const char *judged, *result, *cause, *named, *threshold, *parameter, *trace;
    uint32_t evidence; /* aggregates that `when` reads, by bit */
};

static void judge(struct compiler *c, struct answers *a)
{
    struct needs *all = c->needs, own = {0};
    c->needs = &own;
    a->judged = c->finds ? sql_holds(c, c->tree->when) : sql_test(c, c->tree->when);
    a->evidence = own.calls;
    c->needs = all;
    all->calls |= own.calls;
    all->subject = all->subject || own.subject;
    all->place = all->place || own.place;
    a->result = a->judged;
    a->cause = "";
    for (size_t i = 0; i < c->tree->unless_count; i++) {
        const struct rule_unless *u = &c->tree->unless[i];
        const char *test = sql_test(c, u->expr);
        a->result = sql(c, "%s and not (%s)", a->result, test);
        a->cause = sql(c, "%s when %s then '%s'", a->cause, test, sql_name(c, u->name));
    }
    a->cause = *a->cause == '\0' ? "null::text" : sql(c, "case%s end", a->cause);
}

static void report(struct compiler *c, struct answers *a)
{
    const struct expr *line = c->tree->line;
    const struct expr *p = line != NULL ? line_parameter(line->right) : NULL;
    a->named = named_values(c);
    a->threshold = line != NULL ? sql_text(c, line->right) : "null::text";
    a->parameter = p != NULL ? sql(c, "pl.t%s", sql_place(c, p->parameter->name) + 1) : "null::jsonb";
    a->trace = trace(c);
    c->rule->unit = unit_of(line);
}

static void put_head(struct compiler *c, struct buf *out, const char *subjects)
{
    put(c, out, ARGS ", s as (");
    put(c, out, subjects);
    put(c, out, ")");
    if (c->place_count > 0) {
        put_places(c, out);
    }
    if (buf_puts(out, buf_str(c->ctes)) != RC_OK) {
        err_clear();
        c->too_large = true;
    }
}

static void put_column(struct compiler *c, struct buf *out, const char *value, const char *name)
{
    put(c, out, ", ");
    put(c, out, value);
    put(c, out, " as ");
    put(c, out, name);
}

static void put_select(struct compiler *c, struct buf *out, const struct answers *a)
{
    put(c, out, " select s.sid::text as subject, s.person_id, s.household_id, s.works_no, s.region");
    put_column(c, out, a->named, "named");
    put_column(c, out, a->threshold, "threshold");
    put_column(c, out, a->parameter, "parameter");
    if (!c->finds) {
        put_column(c, out, a->judged, "judged");
        put_column(c, out, a->result, "result");
        put_column(c, out, a->cause, "cause");
        put_column(c, out, a->trace, "trace");
    }
    put(c, out, " from s");
    put(c, out, c->place_count > 0 ? " left join pl on pl.region = s.region" : "");
    put(c, out, sql_call_joins(c, c->needs, "s.sid"));
    if (c->finds) {
        put(c, out, " where ");
        put(c, out, a->result);
    }
}

/* A fact that two aggregates count is one piece of evidence. */
static bool put_evidence(struct compiler *c, struct buf *out, uint32_t calls)
{
    bool any = false;
    for (int i = 0; i < c->calls; i++) {
        if ((calls & (UINT32_C(1) << i)) != 0 && c->parts[i] != NULL) {
            put(c, out, any ? " union " : ", e as (");
            put(c, out, c->parts[i]);
            any = true;
        }
    }
    put(c, out,
        "), ranked as (select e.*, row_number() over (partition by sid order by day_last desc nulls last,"
        " dataset collate \"C\", record_key collate \"C\") as n from e) select sid::text as subject, count(*) as total,"
        " jsonb_agg(jsonb_build_object('department', department, 'dataset', dataset, 'record_key', record_key, 'event_date',"
        " to_char(day, case when day = day_last then 'YYYY-MM-DD' else 'YYYY-MM' end), 'edition', learned) order by n)");
    put(c, out, sql(c, " filter (where n <= %d) as evidence from ranked group by sid", EVIDENCE_MOST));
    return any;
}

static const char *finished(struct compiler *c, struct buf *out)
{
    const char *text = arena_cstr(c->arena, buf_str(out));
    buf_reset(out);
    return text;
}

static void write_statements(struct compiler *c, struct buf *out)
{
    struct answers a;
    judge(c, &a);
    report(c, &a);
    const char *subjects = c->rule->subject == SUBJECT_WORKS ? works_subjects(c) : household_subjects(c);
    put_head(c, out, subjects);
    put_select(c, out, &a);
    c->rule->evaluate = finished(c, out);
    put_head(c, out, subjects);
    bool any = put_evidence(c, out, a.evidence);
    const char *evidence = finished(c, out);
    c->rule->evidence = any ? evidence : NULL;
}

static void write_find(struct compiler *c, struct buf *out)
{
    struct answers a;
    judge(c, &a);
    report(c, &a);
    put_head(c, out, c->rule->subject == SUBJECT_WORKS ? works_subjects(c) : household_subjects(c));
    put_select(c, out, &a);
    c->rule->find = finished(c, out);
}

enum rc rule_compile(const struct config *config, struct rule *rule, struct rule_tree *tree,
                     struct arena *arena)
{
    struct buf ctes, out;
    struct needs needs = {0};
    buf_init(&ctes, STATEMENT_MOST);
    buf_init(&out, STATEMENT_MOST);
    struct compiler c = {
        .config = config, .rule = rule, .tree = tree, .arena = arena, .ctes = &ctes, .needs = &needs};
    write_statements(&c, &out);
    buf_reset(&ctes);
    needs = (struct needs){0};
    struct compiler find = {.config = config, .rule = rule, .tree = tree, .arena = arena, .ctes = &ctes, .needs = &needs,
                            .literals = c.literals, .literal_count = c.literal_count, .finds = true,
                            .too_large = c.too_large, .bad_name = c.bad_name};
    write_find(&find, &out);
    rule->literals = db_array(arena, find.literals, find.literal_count);
    buf_done(&ctes);
    buf_done(&out);
    if (find.bad_name) {
        return err_fail(RC_BUG, "rule %s: name", rule->text->id);
    }
    return find.too_large ? err_fail(RC_LIMIT, "rule %s", rule->text->id) : RC_OK;
}
