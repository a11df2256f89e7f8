#include <stdlib.h>

#include "base/fs.h"
#include "pipeline/deliver/list.h"

#define CSV_MAX ((size_t)1 << 30)

struct str cell_safe(struct arena *a, struct str s)
{
    if (s.n == 0 || memchr("=+-@\t\r", s.p[0], 6) == NULL) {
        return s;
    }
    return str_from(arena_printf(a, "'%.*s", STR_ARGS(s)));
}

static enum rc put_quoted(struct buf *out, struct str s)
{
    TRY(buf_putc(out, '"'));
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"') {
            TRY(buf_putc(out, '"'));
        }
        TRY(buf_putc(out, s.p[i]));
    }
    return buf_putc(out, '"');
}

enum rc csv_put_row(struct arena *a, struct buf *out, const struct str *cells, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct str cell = cell_safe(a, cells[i]);
        bool plain = true;
        for (size_t k = 0; k < cell.n && plain; k++) {
            plain = strchr("\",\r\n", cell.p[k]) == NULL;
        }
        TRY(i > 0 ? buf_putc(out, ',') : RC_OK);
        TRY(plain ? buf_puts(out, cell) : put_quoted(out, cell));
    }
    return buf_puts(out, STR("\r\n"));
}

static struct str date_cell(struct arena *a, date_t d)
{
    char text[DATE_TEXT];
    if (d == DATE_NONE) {
        return STR("");
    }
    date_format(d, text);
    return arena_str(a, str_from(text));
}

static enum rc put_lead(struct arena *a, struct buf *out, const struct list *l, const struct lead *lead)
{
    bool works = !str_is_null(lead->works_no);
    const struct str cells[] = {lead->lead_no,
                                str_from(sheet_title(lead->sheet)),
                                str_from(kind_title(lead->kind)),
                                str_from(level_title(lead->level)),
                                str_from(state_title(lead->state)),
                                works ? lead->works_no : lead->household_no,
                                works ? lead->works_name : lead->householder,
                                lead->householder_number,
                                lead->category,
                                lead->township,
                                lead->village,
                                lead->region,
                                lead_reasons(a, lead, false, ";"),
                                date_cell(a, lead->opened_on),
                                date_cell(a, lead->due_on),
                                lead_note(l, lead)};
    return csv_put_row(a, out, cells, sizeof cells / sizeof *cells);
}

static enum rc put_all(const struct list *l, struct arena *a, struct buf *out)
{
    const struct str header[] = {
        str_from(tr("线索编号", "lead_no")), str_from(tr("分表", "sheet")), str_from(tr("类型", "kind")), str_from(tr("风险等级", "level")),
        str_from(tr("状态", "state")),
        str_from(tr("户编号或工程编号", "household_or_works_no")), str_from(tr("户主或工程名称", "householder_or_works")),
        str_from(tr("户主证件号码(脱敏)", "householder_number_masked")), str_from(tr("户类型", "category")),
        str_from(tr("乡镇", "township")), str_from(tr("行政村", "village")), str_from(tr("区划代码", "region")),
        str_from(tr("预警原因", "reasons")), str_from(tr("发现日期", "opened_on")), str_from(tr("核查期限", "due_on")),
        str_from(tr("提示", "note"))};
    TRY(buf_puts(out, STR("\xEF\xBB\xBF"))); /* WPS and Excel need the mark to see UTF-8 */
    TRY(csv_put_row(a, out, header, sizeof header / sizeof *header));
    for (size_t i = 0; i < l->lead_count; i++) {
        TRY(put_lead(a, out, l, &l->leads[i]));
        arena_reset(a);
    }
    return RC_OK;
}

enum rc list_write_csv(const struct list *l, const char *folder)
{
    struct buf out;
    struct arena *a = arena_new((size_t)16 << 20);
    buf_init(&out, CSV_MAX);
    enum rc rc = put_all(l, a, &out);
    arena_reset(a);
    if (rc == RC_OK) {
        rc = fs_write_synced(arena_printf(a, "%s/leads.csv", folder), buf_str(&out));
    }
    buf_done(&out);
    arena_free(a);
    return rc;
}
