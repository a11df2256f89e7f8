/* A bulletin as one page that needs nothing beside it. */
#include "pipeline/report/report.h"

static const char style[] =
    "body{font:14px/1.5 \"Microsoft YaHei\",\"Noto Sans CJK SC\",sans-serif;margin:2em auto;max-width:1100px;color:#222}"
    "h1{font-size:22px}h2{font-size:17px;margin-top:2em}"
    ".wide{overflow-x:auto}table{border-collapse:collapse}th,td{border:1px solid #bbb;padding:2px 6px;text-align:right}"
    "th{background:#ddebf7;font-weight:600}.text{text-align:left;white-space:nowrap}.sum td{font-weight:600;background:#f4f4f4}"
    "p.note{color:#555}svg text{font-size:12px}";

enum rc report_put_escaped(struct buf *b, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        switch (text.p[i]) {
        case '<':
            TRY(buf_puts(b, STR("&lt;")));
            break;
        case '>':
            TRY(buf_puts(b, STR("&gt;")));
            break;
        case '&':
            TRY(buf_puts(b, STR("&amp;")));
            break;
        case '"':
            TRY(buf_puts(b, STR("&quot;")));
            break;
        default:
            TRY(buf_putc(b, text.p[i]));
        }
    }
    return RC_OK;
}

static enum rc put_element(struct buf *b, const char *open, struct str text, const char *close)
{
    TRY(buf_puts(b, str_from(open)));
    TRY(report_put_escaped(b, text));
    return buf_puts(b, str_from(close));
}

static enum rc put_head_row(const struct report_table *t, struct buf *b)
{
    TRY(buf_puts(b, STR("<tr>")));
    for (size_t c = 0; c < t->form->column_count; c++) {
        TRY(put_element(b, report_is_text(&t->form->columns[c]) ? "<th class=\"text\">" : "<th>",
                        str_from(report_column_title(&t->form->columns[c])), "</th>"));
    }
    return buf_puts(b, STR("</tr>\n"));
}

static enum rc put_row(const struct report *r, const struct report_table *t, size_t row, struct buf *b)
{
    bool is_sum = t->form->has_total && row + 1 == t->row_count;
    TRY(buf_puts(b, is_sum ? STR("<tr class=\"sum\">") : STR("<tr>")));
    for (size_t c = 0; c < t->form->column_count; c++) {
        TRY(put_element(b, report_is_text(&t->form->columns[c]) ? "<td class=\"text\">" : "<td>", report_text(r->arena, t, row, c), "</td>"));
    }
    return buf_puts(b, STR("</tr>\n"));
}

static enum rc put_table(const struct report *r, const struct report_table *t, struct buf *b)
{
    const struct report_form *f = t->form;
    TRY(put_element(b, "<h2>", str_from(arena_printf(r->arena, tr("%s(单位:%s)", "%s (%s)"), tr(f->zh, f->en), tr(f->unit_zh, f->unit_en))),
                    "</h2>\n"));
    TRY(f->note_zh != NULL ? put_element(b, "<p class=\"note\">", str_from(tr(f->note_zh, f->note_en)), "</p>\n") : RC_OK);
    if (t->row_count == (f->has_total ? 1U : 0U)) {
        return put_element(b, "<p>", str_from(tr("本期没有。", "None in this period.")), "</p>\n");
    }
    TRY(report_put_chart(r, t, b));
    TRY(buf_puts(b, STR("<div class=\"wide\"><table>\n")));
    TRY(put_head_row(t, b));
    for (size_t row = 0; row < t->row_count; row++) {
        TRY(put_row(r, t, row, b));
    }
    return buf_puts(b, STR("</table></div>\n"));
}

const char *report_standing(const struct report *r)
{
    char day[DATE_TEXT];
    date_format(r->as_of, day);
    const char *few = !r->is_published ? ""
                                       : arena_printf(r->arena, tr(" 不足 %d 的数以 <%d 表示,能由此推出的数以 * 表示。", " Counts under %d are "
                                                                   "shown as <%d, what would give them away as *."), REPORT_FEW, REPORT_FEW);
    return arena_printf(r->arena, tr("结账 %s,依据 %s 的清单。%s%s", "Closes %s; stands on the list of %s.%s%s"), r->period.closes, day,
                        r->is_final ? "" : tr("尚未结账,数字还会变。", " Not closed yet: figures may change."), few);
}

enum rc report_put_html(const struct report *r, struct buf *b)
{
    const char *title = arena_printf(r->arena, tr("%s防返贫监测通报(%s)", "%s: anti-relapse monitoring, %s"), r->config->title,
                                     period_title(r->arena, &r->period));
    TRY(buf_printf(b, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n", tr("zh-CN", "en")));
    TRY(put_element(b, "<title>", str_from(title), "</title>\n"));
    TRY(buf_printf(b, "<style>%s</style>\n</head>\n<body>\n", style));
    TRY(put_element(b, "<h1>", str_from(title), "</h1>\n"));
    TRY(put_element(b, "<p>", str_from(report_standing(r)), "</p>\n"));
    for (size_t i = 0; i < r->table_count; i++) {
        TRY(put_table(r, &r->tables[i], b));
    }
    return buf_puts(b, STR("</body>\n</html>\n"));
}
