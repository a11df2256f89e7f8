/* What is known of one household or works at one edition, told as a chain. Names and numbers are masked. */
#ifndef BIDUI_PIPELINE_EXPLAIN_H
#define BIDUI_PIPELINE_EXPLAIN_H

#include <stdio.h>

#include "pipeline/deliver/list.h"
#include "pipeline/rules/rules.h"

struct explained_hold {                  /* a finding that opened nothing: it is cooling */
    struct str rule, person_no, why, because; /* why: cooling, withdrawn; because: of the latter, the rest of the former */
    struct str answer, opens_at; /* opens_at null: no amount opens it before its time */
    int code;
    date_t answered_on, until;
};

struct explanation {
    int64_t household_id;                /* 0: a works, or a lead off the roster: lead_no */
    struct str lead_no;
    struct str household_no, works_no;
    struct list list;                    /* its leads at the edition, with reasons */
    struct rule_outcome *outcomes;       /* every rule judged for it */
    size_t outcome_count;
    struct explained_hold *held;
    size_t held_count;
    bool by_todays_rules;                /* the edition's own cannot be compiled any more */
};

/* `who` is a lead number, a household number or a works number. RC_NOT_FOUND if it is none of these. */
enum rc explain_find(struct stage *s, struct str who, struct explanation *ret) MUST_CHECK;
enum rc explain_print(struct stage *s, const struct explanation *x, FILE *out) MUST_CHECK;
enum rc explain_print_json(struct stage *s, const struct explanation *x, FILE *out) MUST_CHECK;
/* explain_held.c */
enum rc explain_load_held(struct stage *s, struct explanation *x) MUST_CHECK;
void explain_print_held(const struct explanation *x, FILE *out);
enum rc explain_put_held(const struct explanation *x, struct buf *b) MUST_CHECK; /* ,"held":[...] */

enum rc explain_print_rules(struct stage *s, bool json, FILE *out) MUST_CHECK;

#endif
