#include <stdlib.h>

#include "base/csv.h"
#include "base/fs.h"
#include "pipeline/deliver/list.h"

#define CSV_MAX ((size_t)1 << 30)

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
