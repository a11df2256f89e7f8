/* The header of a sheet: found by the wanted names among its first rows, below whatever titles
 * stand above it, on one line or on two. In two lines a name is its lower cell, or "upper/lower"
 * where lower names repeat; a cell merged over several columns speaks for all of them. */
#ifndef BIDUI_CONNECTORS_FILE_HEADER_H
#define BIDUI_CONNECTORS_FILE_HEADER_H

#include "connectors/connector.h"
#include "connectors/table/table.h"

#define HEADER_WITHIN 20 /* rows looked at */
#define HEADER_ABSENT SIZE_MAX

struct header {
    size_t *index; /* wanted column -> cell, or HEADER_ABSENT */
    size_t lines;  /* 1 or 2 */
    size_t first;  /* the row it begins with, among those looked at */
    size_t width;
    struct str columns_seen;
};

/* `rows` are the first of the sheet. RC_FORMAT if none of them names a wanted column, or a name is
 * ambiguous. */
enum rc header_find(const struct source *source, struct arena *a, const struct table_row *rows,
                    size_t n, struct header *ret) MUST_CHECK;

/* The day that a title among the rows above the header names (导出日期, 截止日期), in its cell or in one
 * to its right; DATE_NONE without one. */
date_t header_title_date(struct arena *a, const struct table_row *rows, size_t n);

#endif
