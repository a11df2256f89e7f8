/* Few are not shown, nor what would give them away: where one cell of a sum alone is hidden, a second one is. */
#include "pipeline/report/report.h"

struct line {                            /* cells that add up: the total first */
    struct report_cell **cells;
    size_t n;
};

static void add(struct line *line, struct report_cell *c) { line->cells[line->n++] = c; }

/* The smallest that is shown, nobody's last, the total only where there is no other. */
static struct report_cell *companion(const struct line *line)
{
    struct report_cell *best = NULL;
    for (size_t i = 1; i < line->n; i++) {
        struct report_cell *c = line->cells[i];
        bool is_better = !c->is_hidden && (best == NULL || (best->count == 0 && c->count > 0) ||
                                           (c->count > 0 && c->count < best->count));
        best = is_better ? c : best;
    }
    return best != NULL ? best : line->cells[0];
}

static bool protect(const struct line *line)
{
    size_t hidden = 0;
    for (size_t i = 0; i < line->n; i++) {
        hidden += line->cells[i]->is_hidden ? 1 : 0;
    }
    if (hidden != 1 || line->n < 2) {
        return false;
    }
    companion(line)->is_hidden = true;
    return true;
}

static bool protect_row(struct report_table *t, struct line *line, size_t row)
{
    bool is_changed = false;
    for (const struct report_relation *r = t->form->relations; r != NULL && r->total != 0; r++) {
        line->n = 0;
        add(line, report_at(t, row, (size_t)r->total));
        for (const int *part = r->parts; *part != 0; part++) {
            add(line, report_at(t, row, (size_t)*part));
        }
        is_changed = protect(line) || is_changed;
    }
    return is_changed;
}

static bool protect_column(struct report_table *t, struct line *line, size_t column)
{
    if (t->form->columns[column].kind != CELL_PEOPLE || !t->form->has_total || t->row_count < 2) {
        return false;
    }
    line->n = 0;
    add(line, report_at(t, t->row_count - 1, column));
    for (size_t row = 0; row + 1 < t->row_count; row++) {
        add(line, report_at(t, row, column));
    }
    return protect(line);
}

void report_suppress(struct arena *a, struct report_table *t)
{
    struct line line = {.cells = arena_array(a, t->row_count + RELATION_PARTS + 1, sizeof(struct report_cell *))};
    bool is_changed = true;
    for (size_t i = 0; i < t->row_count * t->form->column_count; i++) {
        struct report_cell *c = &t->cells[i];
        c->is_few = t->form->columns[i % t->form->column_count].kind == CELL_PEOPLE && c->count > 0 && c->count < REPORT_FEW;
        c->is_hidden = c->is_few;
    }
    while (is_changed) {
        is_changed = false;
        for (size_t row = 0; row < t->row_count; row++) {
            is_changed = protect_row(t, &line, row) || is_changed;
        }
        for (size_t column = 0; column < t->form->column_count; column++) {
            is_changed = protect_column(t, &line, column) || is_changed;
        }
    }
}
