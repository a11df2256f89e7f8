/* What a delivery in parts is made of: parts.c reads its options and chooses the files, parts_join.c joins persons with
 * their households. Only they include this. */
#ifndef BIDUI_CONNECTORS_FILE_PARTS_H
#define BIDUI_CONNECTORS_FILE_PARTS_H

#include "base/map.h"
#include "connectors/file/file.h"

struct sheet { /* of a households' file */
    struct drop *drop;
    struct str label, columns_seen, format;
    date_t exported_on;
    struct page_reject *rejects;
    size_t reject_count, reject_cap;
};

struct house {
    struct str *values;
    size_t sheet;
    int64_t row;
    bool is_met; /* by a person */
};

struct part {
    struct file_options options; /* borrows all of the dataset's but the sheets */
    const char *const *match;
    size_t match_count;
};

struct parts {
    const struct source *source;
    struct part households, persons;
    const char *on_name;
    size_t on;
    struct arena *arena;
    struct map houses;
    struct drop **household_drops;
    size_t household_drop_count;
    struct sheet *sheets;
    size_t sheet_count, sheet_cap, told;
    const char *missing; /* a pattern nothing meets; NULL: none */
};

#endif
