/* Comparing two lists, or finding the duplicates of one: files in, links out, no database.
 *
 *   compare_open (files, columns) -> compare_link -> (truth_judge) -> workbook, CSV, JSON ->
 * compare_close */
#ifndef BIDUI_PIPELINE_COMPARE_COMPARE_H
#define BIDUI_PIPELINE_COMPARE_COMPARE_H

#include "base/buf.h"
#include "pipeline/compare/columns.h"
#include "pipeline/link/link.h"

/* A pair of rows, from 0. */
struct found {
    uint32_t left, right;
    const struct link_decision *decision;
};
enum part { PART_SAME, PART_REVIEW, PART_LEFT, PART_RIGHT, PARTS }; /* 一致, 疑似, 仅左, 仅右 */

struct comparison {
    struct arena *arena;
    struct input files[2];
    const struct input *left, *right; /* the same one if it is compared with itself */
    bool is_self, is_linked;
    struct columns columns;
    struct link_lists lists;
    struct link_run run;
    struct found *found; /* by left row, then weight */
    size_t found_n;
    unsigned char *part[2]; /* by side and row: PART_SAME, PART_REVIEW, or PART_LEFT for alone */
    size_t counts[PARTS];   /* pairs, pairs, rows, rows */
};

/* `right` NULL: with itself. */
enum rc compare_open(const char *left, const char *right, const char *key, const char *map,
                     struct comparison *ret) MUST_CHECK;
enum rc compare_link(struct comparison *c, const struct link_options *options) MUST_CHECK;
void compare_close(struct comparison *c); /* whatever was answered */

const char *part_title(const struct comparison *c, enum part part);
/* What names a row: its key, or its line. */
struct str row_key(const struct comparison *c, struct arena *a, int side, uint32_t row);
/* How two rows differ in a column: NULL where they agree or one has nothing, else in words. */
const char *difference(const struct comparison *c, const struct found *f,
                       const struct column_pair *pair);
/* 姓名:同音;电话:不同 */
struct str differences_text(const struct comparison *c, struct arena *a, const struct found *f);
struct str weight_text(struct arena *a, int32_t weight); /* bits, one place */

/* tell.c */
void tell_columns(const struct comparison *c); /* on stderr: which columns are what */
void tell_passes(
    const struct comparison *c); /* on stderr: what was not compared, and fields that don't help */

/* truth.c: the known pairs of a CSV of left key, right key. */
struct truth_point {
    int32_t weight; /* pairs at least as heavy */
    size_t links, right;
};
struct truth {
    size_t known, links, right; /* pairs that are so; accepted; accepted and so */
    struct truth_point *curve;  /* heaviest first */
    size_t curve_n;
};
enum rc truth_judge(const struct comparison *c, const char *path, struct truth *ret) MUST_CHECK;
double truth_precision(size_t right, size_t links);
double truth_recall(const struct truth *t, size_t right);
double truth_f1(const struct truth *t, size_t right, size_t links);
void truth_tell(const struct truth *t, struct buf *out);

/* What is written into the folder, and onto stdout. */
enum rc compare_write_xlsx(const struct comparison *c, const char *folder) MUST_CHECK;
enum rc compare_write_csv(const struct comparison *c, const char *folder) MUST_CHECK;
enum rc compare_put_json(const struct comparison *c, const struct truth *truth, int64_t ms,
                         struct buf *out) MUST_CHECK;
enum rc compare_put_text(const struct comparison *c, const struct truth *truth, const char *folder,
                         struct buf *out) MUST_CHECK;

#endif
