/* Which columns are what: by their names (--map first, then names departments use, then English
 * ones) and, where a name says nothing, by what stands in them. A column of one list is paired with
 * the column of the other that has its name, or else with the only one of its kind. */
#ifndef BIDUI_PIPELINE_COMPARE_COLUMNS_H
#define BIDUI_PIPELINE_COMPARE_COLUMNS_H

#include "pipeline/compare/input.h"
#include "pipeline/link/lists.h"

enum column_why { WHY_NAME, WHY_CONTENT, WHY_MAP, WHY_SAME_NAME };
struct column_pair {
    size_t left, right;
    const char *title; /* of the left one */
    bool is_evidence;  /* else only shown, and differences in it marked */
    enum link_kind kind;
    enum column_why why;
    size_t field; /* of the linking; evidence only */
};
struct columns {
    struct column_pair *pairs; /* evidence first, in the order of the left file */
    size_t n, evidence_n;
    size_t *keys[2]; /* by side: columns that name a record; none: its line does */
    size_t key_n[2];
    size_t *unused[2], unused_n[2];
};

/* `key` and `map` as typed, or NULL: "编号", "编号,编码" (left, right);
 * "XM=name,备注=ignore,XM:姓名=name". RC_USAGE if they name columns that are not there or kinds
 * unknown, or if nothing can be compared. */
enum rc columns_guess(struct arena *a, const struct input *left, const struct input *right,
                      const char *key, const char *map, struct columns *ret) MUST_CHECK;
/* The evidence as fields of the linking; returns how many. */
size_t columns_fields(const struct columns *c, struct link_field ret[LINK_FIELDS]);

/* words.c: what a column of that name holds. */
bool column_kind_by_name(struct arena *a, struct str name, enum link_kind *ret);
/* 户主姓名, 监护人证件号: not the person's own. */
bool column_is_of_relative(struct arena *a, struct str name);
/* content.c: and one with those values. */
bool column_kind_by_content(struct arena *a, const struct input *s, size_t column,
                            enum link_kind *ret);
bool column_is_digits(const struct input *s, size_t column); /* as far as anything stands in it */

#endif
