/* 撤回通知: each recipient of a lead that was taken back, or of some of its reasons, learns so with the next list. */
#include "pipeline/deliver/book.h"

#include "base/fs.h"
#include "pipeline/remarks.h"

/* ---- Who had it ---- */

/* What any edition of the date took back, and whom it was sent to before. */
static const char notices_sql[] =
    "select distinct x.recipient, w.lead_id, w.alert_id, d.withdrawal_no, encode(d.sealed, 'hex') from bidui.withdrawn w"
    " join bidui.withdrawal d on d.county = w.county and d.withdrawal_no = w.withdrawal_no"
    " join bidui.lead_state s on s.county = w.county and s.lead_id = w.lead_id and s.edition = $2::int"
    " left join bidui.alert a on a.county = w.county and a.alert_id = w.alert_id"
    " left join bidui.alert_state t on t.county = a.county and t.alert_id = a.alert_id and t.edition = a.closed_edition"
    " join bidui.sending_lead x on x.county = w.county and x.lead_id = w.lead_id and x.edition < $2::int"
    "  and w.alert_id = any (x.alerts)"
    " where w.county = $1 and w.learned <= $2::int and (w.alert_id = 0 and s.state = 'withdrawn' or t.cause = 'taken_back'"
    "   and t.edition <= $2::int and t.edition > (select coalesce(max(b.edition), 0) from bidui.edition b join bidui.edition e"
    "    on e.county = b.county and e.edition = $2::int where b.county = $1 and b.edition < $2::int and b.as_of < e.as_of"
    "    and not b.baseline))"
    " order by x.recipient, w.lead_id, w.alert_id";

static struct str matter_of(struct arena *a, const struct lead *lead, int64_t alert_id)
{
    for (size_t i = 0; i < lead->reason_count; i++) {
        const struct reason *r = &lead->reasons[i];
        if (r->alert_id == alert_id) {
            return str_from(arena_printf(a, "%.*s%s%.*s", STR_ARGS(r->person_name), str_is_null(r->person_name) ? "" : " ",
                                         STR_ARGS(r->field_text)));
        }
    }
    return STR("");
}

enum rc notices_load(struct stage *s, struct list *l)
{
    char edition[DB_NUMBER];
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db, notices_sql, DB_PARAMS(s->config->county, db_number(l->edition, edition)), &res));
    struct lead_finder finder = lead_finder_of(l);
    l->notices = arena_array(l->arena, (size_t)PQntuples(res), sizeof *l->notices);
    for (int i = 0; i < PQntuples(res); i++) {
        const struct lead *lead = lead_find(&finder, db_i64(res, i, 1));
        if (lead != NULL) {
            struct list_notice *n = &l->notices[l->notice_count++];
            *n = (struct list_notice){.recipient = arena_str(l->arena, db_text(res, i, 0)),
                                      .lead = lead,
                                      .matter = matter_of(l->arena, lead, db_i64(res, i, 2))};
            TRY(remark_open(l->config, l->arena, REMARK_OF_WITHDRAWAL, db_text(res, i, 3), db_text(res, i, 4), &n->because));
        }
    }
    return RC_OK;
}

/* ---- Telling them ---- */

static const struct column columns[] = {
    {"线索编号", "Lead", 12},  {"行政村", "Village", 14},  {"户编号", "Household", 20}, {"户主", "Householder", 12},
    {"撤回事项", "What is taken back", 50}, {"撤回原因", "Because", 40}, {"撤回日期", "Taken back on", 12}, {"线索现状", "The lead is now", 12}};
#define COLUMNS (sizeof columns / sizeof *columns)

static void put_notice(struct book *b, lxw_worksheet *sheet, lxw_row_t row, const struct list_notice *n)
{
    const struct str texts[] = {n->lead->lead_no, n->lead->village, n->lead->household_no, lead_name(n->lead), n->matter, n->because};
    for (int k = 0; k < 6; k++) {
        book_put_str(b, sheet, row, k, texts[k]);
    }
    book_put_date(b, sheet, row, 6, b->list->as_of);
    book_put_str(b, sheet, row, 7, str_from(state_title(n->lead->state)));
}

/* Notices from `at` on that go to the same recipient; *ret_next is the first of another. */
static enum rc write_recipient(const struct list *l, const char *folder, size_t at, size_t *ret_next)
{
    struct book b;
    lxw_row_t row = 0;
    struct str who = l->notices[at].recipient;
    TRY(book_open(&b, l, folder, arena_printf(l->arena, "%.*s.xlsx", STR_ARGS(who))));
    lxw_worksheet *sheet = book_sheet_begin(&b, tr("撤回通知", "Withdrawn"), columns, COLUMNS);
    for (; at < l->notice_count && str_eq(l->notices[at].recipient, who); at++) {
        put_notice(&b, sheet, ++row, &l->notices[at]);
    }
    book_sheet_end(&b, sheet, row, COLUMNS);
    *ret_next = at;
    return book_close(&b);
}

enum rc notices_write(const struct list *l, const char *folder)
{
    if (l->notice_count == 0) {
        return RC_OK;
    }
    const char *sub = arena_printf(l->arena, "%s/withdrawn", folder);
    TRY(fs_mkdirs(sub));
    for (size_t i = 0; i < l->notice_count;) {
        TRY(write_recipient(l, sub, i, &i));
    }
    return fs_sync(sub);
}
