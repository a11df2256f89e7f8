/* Rules assembled: read, resolved, put into their canonical text, compiled. */
#include "pipeline/rules/ast.h"

#include "base/crypto.h"

#define BODY_MOST ((size_t)256 << 10)
#define CHECK_ARENA ((size_t)256 << 20)

/* ---- Reading ---- */

static struct expr *read_expr(const struct yaml *node, struct arena *arena, struct problems *problems)
{
    struct rule_source source = {node, problems, arena};
    if (node->kind != YAML_SCALAR) {
        return NULL; /* the key check has said so */
    }
    return rule_parse(&source, node->text);
}

static size_t child_count(const struct yaml *map)
{
    return map != NULL ? map->n : 0;
}

static bool read_lets(const struct yaml *map, struct rule_tree *tree, struct arena *arena,
                      struct problems *problems)
{
    size_t n = child_count(map);
    if (n > RULE_MAX_NAMES) {
        problem_add(problems, map, "", tr("let 最多 %d 个", "at most %d lets"), RULE_MAX_NAMES);
        return false;
    }
    tree->lets = arena_array(arena, n, sizeof *tree->lets);
    bool fine = true;
    for (const struct yaml *node = n > 0 ? map->first : NULL; node != NULL; node = node->next) {
        struct rule_let *let = &tree->lets[tree->let_count++];
        *let =
            (struct rule_let){arena_cstr(arena, node->key), node, read_expr(node, arena, problems), LET_NEW};
        fine = fine && let->expr != NULL;
    }
    return fine;
}

static bool read_unless(const struct yaml *map, struct rule_tree *tree, struct arena *arena,
                        struct problems *problems)
{
    size_t n = child_count(map);
    if (n > RULE_MAX_NAMES) {
        problem_add(problems, map, "", tr("unless 最多 %d 个", "at most %d exceptions"), RULE_MAX_NAMES);
        return false;
    }
    tree->unless = arena_array(arena, n, sizeof *tree->unless);
    bool fine = true;
    for (const struct yaml *node = n > 0 ? map->first : NULL; node != NULL; node = node->next) {
        struct rule_unless *u = &tree->unless[tree->unless_count++];
        *u = (struct rule_unless){arena_cstr(arena, node->key), read_expr(node, arena, problems)};
        fine = fine && u->expr != NULL;
    }
    return fine;
}

bool rule_read(struct rule *rule, struct rule_tree *tree, struct arena *arena, struct problems *problems)
{
    const struct rule_text *text = rule->text;
    bool lets = read_lets(text->let, tree, arena, problems);
    tree->when = read_expr(text->when, arena, problems);
    bool unless = read_unless(text->unless, tree, arena, problems);
    return lets && unless && tree->when != NULL;
}

/* ---- Canonical text ---- */

/* A buffer that is too small is a rule nobody can read: told at the end. */
struct writer {
    struct buf *out;
    struct arena *arena;
    bool failed;
};

static void put_raw(struct writer *w, const char *text)
{
    w->failed = buf_puts(w->out, str_from(text)) != RC_OK || w->failed;
}
static void put_json(struct writer *w, struct str s)
{
    w->failed = buf_put_json(w->out, s) != RC_OK || w->failed;
}

static void put_member(struct writer *w, const char *key, const char *value)
{
    put_json(w, str_from(key));
    put_raw(w, ":");
    put_json(w, str_from(value)); /* NULL gives null */
}

static void put_condition(struct writer *w, const struct rule_text *text, const struct rule_tree *tree)
{
    put_raw(w, "\"applies_to\":[");
    for (size_t i = 0; i < text->applies_count; i++) {
        put_raw(w, i == 0 ? "" : ",");
        put_json(w, str_from(text->applies_to[i]));
    }
    put_raw(w, "],\"let\":{");
    for (size_t i = 0; i < tree->let_count; i++) {
        put_raw(w, i == 0 ? "" : ",");
        put_member(w, tree->lets[i].name, expr_print(w->arena, tree->lets[i].expr));
    }
    put_raw(w, "},");
    put_member(w, "when", expr_print(w->arena, tree->when));
    put_raw(w, ",\"unless\":{");
    for (size_t i = 0; i < tree->unless_count; i++) {
        put_raw(w, i == 0 ? "" : ",");
        put_member(w, tree->unless[i].name, expr_print(w->arena, tree->unless[i].expr));
    }
    put_raw(w, "}");
}

static void put_basis(struct writer *w, const struct yaml *basis)
{
    put_raw(w, ",\"basis\":{");
    for (const struct yaml *node = basis != NULL ? basis->first : NULL; node != NULL; node = node->next) {
        put_raw(w, node == basis->first ? "" : ",");
        put_member(w, arena_cstr(w->arena, node->key), arena_cstr(w->arena, node->text));
    }
    put_raw(w, "}");
}

static void put_body(struct writer *w, const struct rule_text *text, const struct rule_tree *tree)
{
    const struct {
        const char *key, *value;
    } members[] = {{"title", text->title},     {"family", text->family},
                   {"subject", text->subject}, {"severity", text->severity},
                   {"reason", text->reason},   {"field_reason", text->field_reason}};
    put_raw(w, "{");
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        put_member(w, members[i].key, members[i].value);
        put_raw(w, ",");
    }
    if (text->is_note) { /* alerts are what rules are for: they don't say so */
        put_member(w, "effect", "note");
        put_raw(w, ",");
    }
    put_condition(w, text, tree);
    put_basis(w, text->basis);
    put_raw(w, "}");
}

static const char *digest_of(struct arena *arena, struct buf *text)
{
    char digest[65];
    crypto_sha256_hex(buf_str(text), digest);
    return arena_cstr(arena, str_from(digest));
}

static bool write_canonical(struct rule *rule, const struct rule_tree *tree, struct arena *arena)
{
    struct buf out;
    buf_init(&out, BODY_MOST);
    struct writer w = {&out, arena, false};
    put_condition(&w, rule->text, tree);
    rule->condition_digest = digest_of(arena, &out);
    buf_reset(&out);
    put_body(&w, rule->text, tree);
    rule->body = arena_cstr(arena, buf_str(&out));
    rule->digest = digest_of(arena, &out);
    buf_done(&out);
    if (w.failed) {
        err_clear();
    }
    return !w.failed;
}

/* ---- One rule ---- */

static bool subject_from(const char *name, enum rule_subject *ret)
{
    static const char *const names[] = {"person", "household", "works"};
    for (int i = 0; name != NULL && i < 3; i++) {
        if (strcmp(name, names[i]) == 0) {
            *ret = (enum rule_subject)i;
            return true;
        }
    }
    return false;
}

static bool is_readable(const struct rule_text *text, enum rule_subject *ret)
{
    return text->id != NULL && text->when != NULL && text->when->kind == YAML_SCALAR &&
           subject_from(text->subject, ret);
}

static bool too_large(const struct rule *rule, struct problems *problems)
{
    err_clear();
    problem_add(problems, rule->text->node, tr("拆成几条规则。", "Split it into several rules."),
                tr("规则 %s 过于复杂", "rule %s is too complex"), rule->text->id);
    return false;
}

/* A blind rule (its department's file is broken) is read and kept, so that its versions and alerts stay. */
static bool build(const struct config *config, struct rule *rule, struct arena *arena,
                  struct problems *problems)
{
    struct rule_tree *tree = ARENA_NEW(arena, struct rule_tree);
    rule->tree = tree;
    if (!rule_read(rule, tree, arena, problems) || !rule_resolve(config, rule, tree, arena, problems)) {
        return false;
    }
    if (!write_canonical(rule, tree, arena)) {
        return too_large(rule, problems);
    }
    if (rule->subject == SUBJECT_WORKS && rules_works_dataset(config) == NULL) {
        rule->missing = rule->missing != NULL ? rule->missing : "works";
    }
    if (rule->missing != NULL) {
        return true;
    }
    return rule_compile(config, rule, tree, arena) == RC_OK || too_large(rule, problems);
}

/* ---- Parameters ---- */

static bool is_money(const struct parameter *p)
{
    return p->unit != NULL && str_starts(str_from(p->unit), STR("yuan"));
}

/* One name, one kind of value: an amount in one place cannot be a share in another. */
static void check_units(const struct config *config, struct problems *problems)
{
    for (size_t i = 0; i < config->parameter_count; i++) {
        const struct parameter *p = &config->parameters[i];
        for (size_t k = 0; k < i && p->name != NULL; k++) {
            const struct parameter *q = &config->parameters[k];
            if (q->name != NULL && strcmp(p->name, q->name) == 0 && is_money(p) != is_money(q)) {
                problem_add(problems, p->node, "",
                            tr("参数 %s 的单位时而是金额时而不是",
                               "parameter %s is money in one row and not in another"),
                            p->name);
                break;
            }
        }
    }
}

/* ---- All rules ---- */

void rules_check(const struct config *config, struct problems *problems)
{
    struct arena *arena = arena_new(CHECK_ARENA);
    check_units(config, problems);
    for (size_t i = 0; i < config->rule_count; i++) {
        struct rule rule = {.text = &config->rules[i]};
        if (is_readable(rule.text, &rule.subject)) {
            (void)build(config, &rule, arena, problems);
        }
        arena_reset(arena);
    }
    arena_free(arena);
}

static enum rc first_problem(const struct problems *problems)
{
    const struct problem *p = problems->first;
    return err_fail(RC_CONFIG, "%s:%d:%d: %s", p->file, p->line, p->column, p->message);
}

enum rc rules_compile(const struct config *config, struct arena *arena, struct rule_set *ret)
{
    struct problems problems;
    problems_init(&problems, arena);
    struct rule *rules = arena_array(arena, config->rule_count, sizeof *rules);
    for (size_t i = 0; i < config->rule_count; i++) {
        rules[i].text = &config->rules[i];
        if (!is_readable(rules[i].text, &rules[i].subject)) {
            return err_fail(RC_CONFIG, "rule %s", rules[i].text->id != NULL ? rules[i].text->id : "?");
        }
        if (!build(config, &rules[i], arena, &problems)) {
            return problems.first != NULL ? first_problem(&problems)
                                          : err_fail(RC_CONFIG, "rule %s", rules[i].text->id);
        }
    }
    *ret = (struct rule_set){config, rules, config->rule_count};
    return RC_OK;
}

const struct rule *rules_find(const struct rule_set *set, struct str id)
{
    for (size_t i = 0; i < set->count; i++) {
        if (str_is(id, set->rules[i].text->id)) {
            return &set->rules[i];
        }
    }
    return NULL;
}

const struct dataset *rules_works_dataset(const struct config *config)
{
    for (size_t i = 0; i < config->department_count; i++) {
        const struct department *dept = &config->departments[i];
        for (size_t k = 0; !dept->is_broken && k < dept->dataset_count; k++) {
            const struct dataset *d = &dept->datasets[k];
            if (d->grain == GRAIN_WORKS && d->key_count == 1 &&
                strcmp(d->fields[d->key[0]].name, "works_no") == 0) {
                return d;
            }
        }
    }
    return NULL;
}

static const char *day_text(struct arena *arena, date_t d)
{
    char text[DATE_TEXT];
    if (d == DATE_NONE) {
        return NULL;
    }
    date_format(d, text);
    return arena_cstr(arena, str_from(text));
}

void rules_params(const struct rule *rule, const struct config *config, struct rule_moment moment,
                  struct arena *arena, const char *ret[RULE_PARAMS])
{
    char known[DB_NUMBER];
    ret[0] = config->county;
    ret[1] = day_text(arena, moment.as_of);
    ret[2] = arena_cstr(arena, str_from(db_number(moment.known_at, known)));
    ret[3] = moment.subjects;
    ret[4] = day_text(arena, moment.before);
    ret[5] = day_text(arena, calendar_term_start(&config->calendar, moment.as_of));
    ret[6] = day_text(arena, calendar_school_cutoff(&config->calendar, moment.as_of));
    ret[7] = rule->literals;
}
