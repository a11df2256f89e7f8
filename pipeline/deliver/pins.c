#include "pipeline/deliver/reminders.h"
#include "pipeline/reasons.h"

#define PINS_MAX ((size_t)16 << 20)

static enum rc put_text(struct buf *b, const char *lead_in, const char *text)
{
    TRY(buf_puts(b, str_from(lead_in)));
    return buf_put_json(b, str_from(text));
}

static enum rc put_feed(struct buf *b, const struct feed *f)
{
    char day[DATE_TEXT] = "";
    if (f->as_of != DATE_NONE) {
        date_format(f->as_of, day);
    }
    TRY(put_text(b, "{\"dataset\":", f->dataset->id));
    TRY(put_text(b, ",\"title\":", f->dataset->title));
    TRY(put_text(b, ",\"verdict\":", f->verdict));
    TRY(put_text(b, ",\"as_of\":", day));
    TRY(buf_printf(b, ",\"healthy\":%s,\"last_complete\":%d,\"rows\":%lld,\"linked\":%lld,\"strangers\":%lld,"
                      "\"rejected\":%lld,\"in_review\":%lld,\"reasons\":[",
                   f->is_healthy ? "true" : "false", f->last_complete, (long long)f->received, (long long)f->landed,
                   (long long)f->strangers, (long long)f->rejected, (long long)f->in_review));
    for (size_t i = 0; i < f->reason_count; i++) {
        TRY(put_text(b, i > 0 ? "," : "", f->reasons[i]));
    }
    return buf_puts(b, STR("]}"));
}

static enum rc put_roster(struct stage *s, struct buf *b)
{
    char day[DATE_TEXT];
    struct roster_export export;
    TRY(roster_export_load(s, s->edition.as_of, &export));
    date_format(export.on, day);
    return buf_printf(b, ",\"roster\":{\"exported_on\":\"%s\",\"old\":%s}", day, export.is_old ? "true" : "false");
}

static enum rc put_pins(struct stage *s, struct buf *b)
{
    struct feed *feeds = NULL;
    size_t n = 0;
    TRY(feeds_load(s, &feeds, &n));
    TRY(buf_puts(b, STR("{\"feeds\":[")));
    for (size_t i = 0; i < n; i++) {
        TRY(i > 0 ? buf_putc(b, ',') : RC_OK);
        TRY(put_feed(b, &feeds[i]));
    }
    TRY(buf_puts(b, STR("],\"broken\":[")));
    bool first = true;
    for (size_t i = 0; i < s->config->department_count; i++) {
        if (s->config->departments[i].is_broken) {
            TRY(put_text(b, first ? "" : ",", s->config->departments[i].name));
            first = false;
        }
    }
    TRY(buf_puts(b, STR("],\"reminders\":")));
    TRY(reminders_put(s, feeds, n, b));
    TRY(put_roster(s, b));
    /* always: what an earlier attempt pinned must not stay */
    TRY(s->config->dispatch_screened && !s->config->trial ? buf_printf(b, ",\"screen_hours\":%d", s->config->screen_hours)
                                                          : buf_puts(b, STR(",\"screen_hours\":null")));
    return buf_printf(b, ",\"dispatched\":%s,\"english\":%s}",
                      s->config->trial || s->config->dispatch_screened ? "false" : "true", lang_is_english() ? "true" : "false");
}

static enum rc store(struct stage *s, struct buf *b)
{
    char number[DB_NUMBER];
    DB_ROLLBACK struct db *tx = s->db;
    TRY(put_pins(s, b));
    TRY(buf_putc(b, '\0'));
    TRY(db_begin(s->db));
    TRY(works_store(s));
    TRY(db_run(s->db,
               "update bidui.edition set summary = coalesce(summary, '{}') || $3::jsonb"
               " where county = $1 and edition = $2",
               DB_PARAMS(s->config->county, db_number(s->edition.number, number), b->p), NULL));
    return db_commit(s->db);
}

enum rc pins_store(struct stage *s)
{
    struct buf b;
    buf_init(&b, PINS_MAX);
    enum rc rc = store(s, &b);
    buf_done(&b);
    return rc;
}

static void fill_feed(struct list *l, const PGresult *res, int row, struct list_feed *f)
{
    *f = (struct list_feed){.dataset = arena_str(l->arena, db_text(res, row, 0)),
                            .title = arena_str(l->arena, db_text(res, row, 1)),
                            .verdict = arena_str(l->arena, db_text(res, row, 2)),
                            .as_of = db_date(res, row, 3),
                            .is_healthy = db_bool(res, row, 4),
                            .last_complete = db_i64(res, row, 5),
                            .rows = db_i64(res, row, 6),
                            .linked = db_i64(res, row, 7),
                            .strangers = db_i64(res, row, 8),
                            .rejected = db_i64(res, row, 9),
                            .in_review = db_i64(res, row, 10),
                            .reasons = arena_str(l->arena, db_text(res, row, 11)),
                            .reason_lines = arena_str(l->arena, db_text(res, row, 12))};
}

struct str feed_reasons(struct arena *a, const struct list_feed *f)
{
    const char *all = "";
    struct str rest = f->reason_lines;
    while (rest.n > 0) {
        struct str text = reason_text(a, str_cut(&rest, '\n'));
        all = arena_printf(a, "%s%s%.*s", all, *all == '\0' ? "" : "\n", STR_ARGS(text));
    }
    return str_from(all);
}

enum rc pins_load(struct stage *s, struct list *l)
{
    char number[DB_NUMBER];
    DB_RESULT PGresult *res = NULL;
    db_number(l->edition, number);
    TRY(db_query(s->db,
                 "select f->>'dataset', f->>'title', f->>'verdict', nullif(f->>'as_of', '')::date, f->>'healthy' = 'true',"
                 " (f->>'last_complete')::bigint, (f->>'rows')::bigint, (f->>'linked')::bigint,"
                 " (f->>'strangers')::bigint, (f->>'rejected')::bigint, (f->>'in_review')::bigint, f->'reasons',"
                 " array_to_string(array(select jsonb_array_elements_text(f->'reasons')), chr(10))"
                 " from bidui.edition e, jsonb_array_elements(e.summary->'feeds') with ordinality as x(f, n)"
                 " where e.county = $1 and e.edition = $2 order by x.n",
                 DB_PARAMS(s->config->county, number), &res));
    l->feed_count = (size_t)PQntuples(res);
    l->feeds = arena_array(l->arena, l->feed_count, sizeof *l->feeds);
    for (size_t i = 0; i < l->feed_count; i++) {
        fill_feed(l, res, (int)i, &l->feeds[i]);
    }
    DB_RESULT PGresult *flags = NULL;
    TRY(db_query(s->db,
                 "select coalesce(summary->>'dispatched', 'true') = 'true', coalesce(summary->>'english', 'false') = 'true',"
                 " nullif(summary->'roster'->>'exported_on', '')::date, coalesce(summary->'roster'->>'old', 'false') = 'true',"
                 " coalesce((summary->>'screen_hours')::int, -1), coalesce((summary->>'link_version')::int, -1)"
                 " from bidui.edition where county = $1 and edition = $2",
                 DB_PARAMS(s->config->county, number), &flags));
    l->is_dispatched = PQntuples(flags) == 1 && db_bool(flags, 0, 0);
    l->is_english = PQntuples(flags) == 1 && db_bool(flags, 0, 1);
    l->roster.on = PQntuples(flags) == 1 ? db_date(flags, 0, 2) : DATE_NONE;
    l->roster.is_old = PQntuples(flags) == 1 && db_bool(flags, 0, 3);
    l->is_screened = PQntuples(flags) == 1 && db_i64(flags, 0, 4) >= 0;
    l->link_version = PQntuples(flags) == 1 ? (int)db_i64(flags, 0, 5) : -1;
    l->screen_hours = l->is_screened ? (int)db_i64(flags, 0, 4) : 0;
    TRY(reminders_load(s, l));
    TRY(db_query_text(s->db, l->arena,
                      "select coalesce(summary->'frozen', '[]')::text from bidui.edition where county = $1 and edition = $2",
                      DB_PARAMS(s->config->county, number), &l->frozen));
    return db_query_text(s->db, l->arena,
                         "select coalesce(summary->'broken', '[]')::text from bidui.edition where county = $1 and edition = $2",
                         DB_PARAMS(s->config->county, number), &l->broken);
}
