/* Pictures of tables: a bar a row, drawn as parts of a whole or as a rate. Inline SVG, no script, no font of its own. */
#include "pipeline/report/report.h"

#define ROW_HEIGHT 24
#define BAR_HEIGHT 16
#define BAR_LEFT 190
#define BAR_WIDTH 480
#define WIDTH 760
#define ROWS_MOST 60

static const char *const colours[] = {"#4c9f70", "#e0a030", "#c0392b", "#9fb4c7", "#d5d8dc", "#7d6608"};

static enum rc put_label(struct buf *b, int y, struct str text)
{
    TRY(buf_printf(b, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", BAR_LEFT - 8, y + BAR_HEIGHT - 3));
    TRY(report_put_escaped(b, text));
    return buf_puts(b, STR("</text>"));
}

static enum rc put_bar(struct buf *b, int x, int y, int width, const char *colour, const char *title, struct str value)
{
    TRY(buf_printf(b, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"><title>", x, y, width, BAR_HEIGHT, colour));
    TRY(report_put_escaped(b, str_from(title)));
    TRY(buf_puts(b, STR(" ")));
    TRY(report_put_escaped(b, value));
    return buf_puts(b, STR("</title></rect>"));
}

static enum rc put_value(struct buf *b, int x, int y, struct str value)
{
    TRY(buf_printf(b, "<text x=\"%d\" y=\"%d\">", x + 6, y + BAR_HEIGHT - 3));
    TRY(report_put_escaped(b, value));
    return buf_puts(b, STR("</text>\n"));
}

/* What is hidden has no length. */
static int64_t shown(const struct report_table *t, size_t row, int column)
{
    const struct report_cell *c = report_at(t, row, (size_t)column);
    return c->is_hidden ? 0 : c->count;
}

static int64_t length_of(const struct report_table *t, size_t row)
{
    int64_t n = 0;
    for (const int *c = t->form->chart_columns; *c != 0; c++) {
        n += shown(t, row, *c);
    }
    return n;
}

static size_t rows_of(const struct report_table *t)
{
    size_t n = t->row_count - (t->form->has_total && t->row_count > 0 ? 1 : 0);
    return n < ROWS_MOST ? n : ROWS_MOST;
}

static enum rc put_parts(const struct report *r, const struct report_table *t, struct buf *b)
{
    int64_t longest = 1;
    for (size_t row = 0; row < rows_of(t); row++) {
        longest = length_of(t, row) > longest ? length_of(t, row) : longest;
    }
    for (size_t row = 0; row < rows_of(t); row++) {
        int y = ((int)row + 1) * ROW_HEIGHT, colour = 0;
        int64_t before = 0;
        TRY(put_label(b, y, report_text(r->arena, t, row, 0)));
        for (const int *c = t->form->chart_columns; *c != 0; c++, colour++) {
            int64_t n = shown(t, row, *c);
            int from = (int)(before * BAR_WIDTH / longest), to = (int)((before + n) * BAR_WIDTH / longest);
            before += n;
            if (n > 0) {
                TRY(put_bar(b, BAR_LEFT + from, y, to - from, colours[colour], report_column_title(&t->form->columns[*c]),
                            report_text(r->arena, t, row, (size_t)*c)));
            }
        }
        TRY(put_value(b, BAR_LEFT + (int)(before * BAR_WIDTH / longest), y, str_from(arena_printf(r->arena, "%lld", (long long)before))));
    }
    return RC_OK;
}

static enum rc put_legend(const struct report_table *t, struct buf *b)
{
    int x = BAR_LEFT, colour = 0;
    for (const int *c = t->form->chart_columns; *c != 0; c++, colour++, x += 96) {
        TRY(buf_printf(b, "<rect x=\"%d\" y=\"4\" width=\"10\" height=\"10\" fill=\"%s\"/><text x=\"%d\" y=\"13\">", x, colours[colour], x + 14));
        TRY(report_put_escaped(b, str_from(report_column_title(&t->form->columns[*c]))));
        TRY(buf_puts(b, STR("</text>")));
    }
    return buf_putc(b, '\n');
}

static enum rc put_rates(const struct report *r, const struct report_table *t, struct buf *b)
{
    size_t column = (size_t)t->form->chart_columns[0];
    for (size_t row = 0; row < rows_of(t); row++) {
        int y = ((int)row + 1) * ROW_HEIGHT, rate = report_rate(t, row, column);
        struct str text = report_text(r->arena, t, row, column);
        TRY(put_label(b, y, report_text(r->arena, t, row, 1)));
        TRY(put_bar(b, BAR_LEFT, y, rate > 0 ? rate * BAR_WIDTH / 1000 : 0, colours[0], report_column_title(&t->form->columns[column]), text));
        TRY(put_value(b, BAR_LEFT + (rate > 0 ? rate * BAR_WIDTH / 1000 : 0), y, rate < 0 ? STR("-") : text));
    }
    return RC_OK;
}

enum rc report_put_chart(const struct report *r, const struct report_table *t, struct buf *b)
{
    if (t->form->chart == CHART_NONE || rows_of(t) == 0) {
        return RC_OK;
    }
    TRY(buf_printf(b, "<svg role=\"img\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" xmlns=\"http://www.w3.org/2000/svg\">\n", WIDTH,
                   ((int)rows_of(t) + 2) * ROW_HEIGHT, WIDTH, ((int)rows_of(t) + 2) * ROW_HEIGHT));
    TRY(t->form->chart == CHART_PARTS ? put_legend(t, b) : RC_OK);
    TRY(t->form->chart == CHART_PARTS ? put_parts(r, t, b) : put_rates(r, t, b));
    return buf_puts(b, STR("</svg>\n"));
}
