/* One file to be compared, whole in memory as text: CSV (UTF-8, GB18030, UTF-16, told apart by its
 * bytes), XLSX or XLS, its first visible sheet. The header is the first row as full as the rows
 * below it; titles above it are passed over. What of a row can't be read is counted and told, never
 * passed over in silence. */
#ifndef BIDUI_PIPELINE_COMPARE_INPUT_H
#define BIDUI_PIPELINE_COMPARE_INPUT_H

#include "base/arena.h"

struct input_faults {
    size_t n;
    int64_t first;   /* line of the first of them */
    const char *why; /* of that one */
};
struct input {
    struct arena *arena;
    const char *path, *name; /* the name without its folders */
    char format[64];         /* "csv gb18030" */
    struct str *columns;     /* names, folded; empty ones are called 第3列 */
    size_t column_n;
    struct str *cells; /* row_n times column_n; null: nothing there */
    int64_t *numbers;  /* of each row: its line in the file */
    size_t row_n, cap;
    struct input_faults bad_rows;  /* left out */
    struct input_faults bad_cells; /* taken as empty */
    bool was_cut;                  /* it ended in the middle of a line */
};

enum rc input_read(struct arena *arena, const char *path, struct input *ret) MUST_CHECK;
void input_done(struct input *s);
static inline struct str input_cell(const struct input *s, size_t row, size_t column)
{
    return s->cells[row * s->column_n + column];
}
/* The column of that name; column_n if there is none. */
size_t input_find(const struct input *s, struct str name);

#endif
