/* A bulletin for programs. What is hidden is null. */
#include "pipeline/report/report.h"

static enum rc put_text(struct buf *b, const char *lead_in, struct str text)
{
    TRY(buf_puts(b, str_from(lead_in)));
    return buf_put_json(b, text);
}

static enum rc put_cell(struct buf *b, const struct report_table *t, size_t row, size_t column)
{
    const struct report_column *c = &t->form->columns[column];
    const struct report_cell *cell = report_at(t, row, column);
    TRY(buf_printf(b, "%s\"%s\":", column > 0 ? "," : "", c->key));
    if (report_is_text(c)) {
        return buf_put_json(b, cell->text);
    }
    if (c->kind == CELL_RATE) {
        int rate = report_rate(t, row, column);
        return rate < 0 ? buf_puts(b, STR("null")) : buf_printf(b, "%d.%03d", rate / 1000, rate % 1000);
    }
    return cell->is_hidden ? buf_puts(b, STR("null")) : buf_printf(b, "%lld", (long long)cell->count);
}

static enum rc put_table(struct buf *b, const struct report_table *t)
{
    TRY(put_text(b, "{\"table\":", str_from(t->form->key)));
    TRY(put_text(b, ",\"title\":", str_from(tr(t->form->zh, t->form->en))));
    TRY(buf_printf(b, ",\"has_total\":%s,\"rows\":[", t->form->has_total ? "true" : "false"));
    for (size_t row = 0; row < t->row_count; row++) {
        TRY(buf_puts(b, row > 0 ? STR(",\n {") : STR("\n {")));
        for (size_t c = 0; c < t->form->column_count; c++) {
            TRY(put_cell(b, t, row, c));
        }
        TRY(buf_putc(b, '}'));
    }
    return buf_puts(b, STR("]}"));
}

enum rc report_put_json(const struct report *r, struct buf *b)
{
    char first[DATE_TEXT], last[DATE_TEXT], day[DATE_TEXT];
    date_format(r->period.first, first);
    date_format(r->period.last, last);
    date_format(r->as_of, day);
    TRY(put_text(b, "{\"format\":1,\"period\":", str_from(period_name(r->arena, &r->period))));
    TRY(put_text(b, ",\"title\":", str_from(period_title(r->arena, &r->period))));
    TRY(buf_printf(b, ",\"first\":\"%s\",\"last\":\"%s\",\"closes\":\"%s\",\"list\":\"%s\",\"edition\":%d,\"final\":%s,\"published\":%s,"
                      "\"tables\":[", first, last, r->period.closes, day, r->edition, r->is_final ? "true" : "false",
                   r->is_published ? "true" : "false"));
    for (size_t i = 0; i < r->table_count; i++) {
        TRY(buf_puts(b, i > 0 ? STR(",\n") : STR("\n")));
        TRY(put_table(b, &r->tables[i]));
    }
    return buf_puts(b, STR("\n]}\n"));
}
