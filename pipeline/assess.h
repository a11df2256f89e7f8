/* Inside assess and alert: what both ask of a rule in an edition. */
#ifndef BIDUI_PIPELINE_ASSESS_H
#define BIDUI_PIPELINE_ASSESS_H

#include "pipeline/rules/rules.h"
#include "pipeline/stage.h"

/* The rule's line on the edition's day: a digest of its condition and of the values its parameters have there. */
enum rc rule_line(struct stage *s, const struct rule *rule, struct str *ret) MUST_CHECK;
/* Hash and merge joins only: the statistics of freshly written facts promise few rows, and nested loops believe it. */
enum rc rules_plan_for_all(struct db *db) MUST_CHECK;

/* findings.c: this edition's findings of every rule and the facts behind them; none of a frozen one. */
enum rc findings_write(struct stage *s, const struct rule_set *set, const bool *frozen) MUST_CHECK;

#endif
