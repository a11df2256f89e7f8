/* Rules: the text of config/rules/ checked, and compiled to SQL.
 *
 * A rule compiles to one parameterized form, evaluate(as_of, known_at, subjects), that serves assess, alert, explain
 * and back-test alike. It is a select that stands as a subquery:
 *
 *     select e.subject from (EVALUATE) e where e.result
 *
 *   subject text, person_id bigint, household_id bigint, works_no text, region text,
 *   judged boolean     `when` alone: null is unknown
 *   result boolean     `when` and no exception: null is unknown
 *   cause text         name of the first exception that is true, or null
 *   named jsonb        every named value as text, null where none or unknown
 *   threshold text     right side of the first comparison of `when`
 *   parameter jsonb    {"name","region","value","unit","from","basis"} of the threshold's parameter, or null
 *   trace jsonb        for each condition of `when` in order: {"left","right","result"}
 *
 * Its parameters are RULE_PARAMS, made by rules_params(): $1 county, $2 as-of date, $3 known at edition, $4 subjects
 * (text[], null: all), $5 the day before which facts count, $6 term start, $7 school cutoff, $8 literals. $2 and $5
 * are the same day except in the closing test of alerts, which holds every window where the alert was last true.
 * Values never stand in the SQL; names that do are [a-z0-9_], as `rules_compile` proves. */
#ifndef BIDUI_PIPELINE_RULES_RULES_H
#define BIDUI_PIPELINE_RULES_RULES_H

#include "pipeline/config.h"
#include "pipeline/db.h"

enum rule_subject { SUBJECT_PERSON, SUBJECT_HOUSEHOLD, SUBJECT_WORKS };

/* One condition of `when` as it is told to people: "burden > registered_burden_share of rural_income". */
struct rule_condition {
    const char *text;
    const char *op;           /* ">", "in", "" for a condition that is true or false by itself */
    const char *left, *right; /* as written; right "" without an operator */
};

struct rule {
    const struct rule_text *text;
    enum rule_subject subject;
    const struct dataset **datasets; /* read by it, each once, in the order of appearance */
    size_t dataset_count;
    const char *missing;          /* a dataset of a broken department: the rule is blind; or NULL */
    const char *body, *digest;    /* JSON as versions keep it, and its digest */
    const char *condition_digest; /* of let, when, unless and applies_to alone: the rule's line */
    const char **parameters;      /* names it reads, each once */
    size_t parameter_count;
    const char *unit;                  /* of the threshold: yuan, day, ...; "" */
    struct rule_condition *conditions; /* of `when`, in order: elements of `trace` */
    size_t condition_count;
    /* NULL when blind: */
    const char *evaluate;
    const char *find; /* the rows of `evaluate` whose result is true, without judged, result, cause and trace */
    const char *evidence; /* (subject text, total bigint, evidence jsonb); NULL: it counts no facts */
    const char *literals; /* $8 */
    struct rule_tree *tree;
};

struct rule_set {
    const struct config *config;
    struct rule *rules; /* in the order of config->rules */
    size_t count;
};

/* Adds a problem for every mistake; what is broken because a department's file is, is left to that problem. */
void rules_check(const struct config *config, struct problems *problems);
/* RC_CONFIG when a rule has a mistake. Everything lives in `arena`. */
enum rc rules_compile(const struct config *config, struct arena *arena, struct rule_set *ret) MUST_CHECK;
/* The same for the rules that an edition was judged by, from the versions it kept. */
enum rc rules_compile_pinned(const struct config *today, struct db *db, int edition, struct arena *arena,
                             struct rule_set *ret) MUST_CHECK;
/* The value whose growth makes the risk graver: what the first `>` or `>=` of `when` measures, by its name under `let`;
 * NULL: there is none. It may be a date: only what reads as a number counts. */
const char *rule_amount(const struct rule *rule);
const struct rule *rules_find(const struct rule_set *set, struct str id);
/* The dataset whose records are the works themselves: grain works, key [works_no]; NULL if there is none. */
const struct dataset *rules_works_dataset(const struct config *config);

#define RULE_PARAMS 8
struct rule_moment {
    date_t as_of, before;
    int known_at;
    const char *subjects; /* '{"17","18"}' as db_array makes it; NULL: all */
};
/* Points into `arena`, `config` and the rule. */
void rules_params(const struct rule *rule, const struct config *config, struct rule_moment moment,
                  struct arena *arena, const char *ret[RULE_PARAMS]);

/* ---- What people read ---- */

/* What a version says of its findings; the field reason is null where it has none. */
struct rule_words {
    struct str title, reason, field_reason;
};
enum rc rules_read_words(struct arena *arena, struct str body, struct rule_words *ret) MUST_CHECK;
/* Its reasons with the values of a finding put in. Amounts lose ".00". Placeholders without a value show as "?". */
enum rc rules_render_words(struct arena *arena, const struct rule_words *words, struct str details, struct str *ret_text,
                           struct str *ret_field_text) MUST_CHECK;
enum rc rules_render_reason(struct arena *arena, struct str pattern, struct str details,
                            struct str *ret) MUST_CHECK;

/* A rule's conditions in words (Chinese), or in its own language (English). Everything in `a`. */
struct rule_sentence {
    const char *name, *text;
};
struct rule_told {
    struct rule_sentence *lets, *unless;
    size_t let_count, unless_count;
    const char *when;
};
struct rule_told rules_tell(const struct rule *rule, struct arena *a);

/* ---- One household or works, judged and told ---- */

struct rule_named {
    struct str name, value; /* value null: none or unknown */
};
enum truth { TRUTH_UNKNOWN, TRUTH_FALSE, TRUTH_TRUE };
struct rule_verdict { /* of one condition */
    const struct rule_condition *condition;
    struct str left, right;
    enum truth truth;
};
struct rule_outcome {
    const struct rule *rule;
    struct str subject; /* null: no subject of this rule here (class not covered, nobody lives there) */
    int64_t person_id;  /* 0 unless a person rule */
    enum truth result;
    struct str cause;              /* exception that is true, or null */
    struct str threshold, details; /* details as a finding keeps them: JSON */
    struct rule_named *values;
    size_t value_count;
    struct rule_verdict *conditions;
    size_t condition_count;
    const struct rule_verdict
        *missing; /* the first condition that is not true: what would have had to be; or NULL */
};
/* Every rule of the set for a household (household_id > 0) or a works (works_no). Several persons: several outcomes
 * of a rule. Blind rules have no outcome. */
enum rc rules_explain(const struct rule_set *set, struct db *db, struct rule_moment moment,
                      int64_t household_id, struct str works_no, struct arena *arena,
                      struct rule_outcome **ret, size_t *ret_n) MUST_CHECK;

#endif
