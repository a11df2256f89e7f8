/* The bulletin of a period: tables of counts, each by one statement over what was known when the period closed. A table's form
 * (columns, how they add up, what is drawn of it) is data; workbook, page and JSON are printed from it.
 *
 * Whom a rate speaks of is one thing: households, persons or works, never a mix. A lead belongs to the period in which it was
 * opened; a result taken after that period closed is told in the next one's table of late results. The same closed period
 * gives the same bytes, whatever comes later. */
#ifndef BIDUI_PIPELINE_REPORT_REPORT_H
#define BIDUI_PIPELINE_REPORT_REPORT_H

#include <stdio.h>

#include "base/buf.h"
#include "pipeline/report/period.h"
#include "pipeline/stage.h"

/* CELL_UNIT: what is counted, a word of its own; CELL_PEOPLE: few of them are not published */
enum cell_kind { CELL_TEXT, CELL_UNIT, CELL_NUMBER, CELL_PEOPLE, CELL_RATE };
struct report_column {
    const char *key, *zh, *en;
    enum cell_kind kind;
    int numerator, denominator;          /* CELL_RATE: columns */
};
#define RELATION_PARTS 10
struct report_relation {                 /* total = sum of the parts, in every row; parts end with 0 */
    int total, parts[RELATION_PARTS + 1];
};
enum chart_kind { CHART_NONE, CHART_PARTS, CHART_RATE };
struct report_form {
    const char *key, *zh, *en, *unit_zh, *unit_en, *note_zh, *note_en;
    const char *sql;                     /* gives every column but rates, in their order */
    const struct report_column *columns;
    size_t column_count;
    const struct report_relation *relations; /* total 0 ends them; NULL: none */
    bool has_total;                      /* the rows are parts of a whole: a row of sums follows */
    enum chart_kind chart;
    int chart_columns[6];                /* CHART_PARTS: parts to be drawn, 0 ends them; CHART_RATE: one */
};

struct report_cell {
    struct str text;                     /* CELL_TEXT, CELL_UNIT */
    int64_t count;
    bool is_few, is_hidden;              /* few: under 5; hidden: few, or it would give away one that is */
};
struct report_table {
    const struct report_form *form;
    struct report_cell *cells;           /* rows of column_count */
    size_t row_count;                    /* with the row of sums */
};
struct report {
    struct arena *arena;
    const struct config *config;
    struct period period;
    int edition;                         /* the last list before it closed */
    date_t as_of;
    bool is_final;                       /* a list after the closing day is out */
    bool is_published;                   /* few are not shown */
    struct report_table *tables;
    size_t table_count;
};

extern const struct report_form report_forms[];
extern const size_t report_form_count;

/* RC_NOT_FOUND: no list came out before the period closed. */
enum rc report_load(struct stage *s, struct arena *a, const struct period *p, bool publish, struct report *ret) MUST_CHECK;
static inline struct report_cell *report_at(const struct report_table *t, size_t row, size_t column)
{
    return &t->cells[row * t->form->column_count + column];
}
/* A cell as people read it: "12", "<5", "45.3%". */
struct str report_text(struct arena *a, const struct report_table *t, size_t row, size_t column);
/* Thousandths; -1: there is none (nobody to reckon with, or hidden). */
int report_rate(const struct report_table *t, size_t row, size_t column);
const char *report_column_title(const struct report_column *c);
static inline bool report_is_text(const struct report_column *c) { return c->kind == CELL_TEXT || c->kind == CELL_UNIT; }

/* suppress.c: what is few is hidden, and what would give it away by subtraction. */
#define REPORT_FEW 5
void report_suppress(struct arena *a, struct report_table *t);

/* When it closes, which list it stands on, whether figures may still change. */
const char *report_standing(const struct report *r);
enum rc report_put_json(const struct report *r, struct buf *b) MUST_CHECK;
enum rc report_put_html(const struct report *r, struct buf *b) MUST_CHECK;
/* chart.c: one picture as inline SVG. */
enum rc report_put_chart(const struct report *r, const struct report_table *t, struct buf *b) MUST_CHECK;
enum rc report_put_escaped(struct buf *b, struct str text) MUST_CHECK;
enum rc report_write_xlsx(const struct report *r, const char *folder) MUST_CHECK; /* bulletin.xlsx */
/* All of them, under out/reports/PERIOD (PERIOD-public where few are hidden); *ret_folder is where. */
enum rc report_write(const struct report *r, const char **ret_folder) MUST_CHECK;

#endif
