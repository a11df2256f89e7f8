/* Patterns of file names: a shell pattern with at most one date in it, like 鉴定_{yyyyMMdd}.xlsx or
 * *{yyyy年MM月}*.csv. */
#ifndef BIDUI_CONNECTORS_FILE_PATTERN_H
#define BIDUI_CONNECTORS_FILE_PATTERN_H

#include "base/arena.h"
#include "base/date.h"

struct pattern;

/* RC_CONFIG with what is wrong. Lives in the arena; pattern_free gives back what regcomp took. */
enum rc pattern_read(struct arena *a, const char *text, struct pattern **ret) MUST_CHECK;
void pattern_free(struct pattern *p); /* NULL is fine */
/* *ret_date is the date in the name (its first day where the pattern has no day), DATE_NONE without
 * one. A name with digits where the date stands that are none doesn't match. */
bool pattern_matches(const struct pattern *p, const char *name, date_t *ret_date);
bool pattern_has_date(const struct pattern *p);
bool pattern_has_day(const struct pattern *p);
bool pattern_is_literal(const struct pattern *p); /* but for its date */
/* The name a literal pattern has on a date. */
const char *pattern_name(struct arena *a, const struct pattern *p, date_t date);

#endif
