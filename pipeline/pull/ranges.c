#include "pipeline/pull/ranges.h"

#define WORD STR("again ")

/* ---- What is asked ---- */

enum rc ranges_ask(struct stage *s, const struct dataset *d, struct range range, const char *by)
{
    char from[DATE_TEXT], to[DATE_TEXT], today[DATE_TEXT];
    date_format(range.from, from);
    date_format(range.to, to);
    date_format(edition_today(&s->edition), today);
    return db_run(s->db,
                  "insert into bidui.backfill (county, dataset, backfill_no, from_day, to_day, asked_by, asked_on)"
                  " select $1, $2, coalesce(max(backfill_no), 0) + 1, $3::date, $4::date, $5, $6::date from bidui.backfill"
                  " where county = $1 and dataset = $2 having not exists (select from bidui.backfill b where b.county = $1"
                  " and b.dataset = $2 and b.from_day = $3::date and b.to_day = $4::date and b.done is null)",
                  DB_PARAMS(s->config->county, d->id, from, to, by, today), NULL);
}

/* A delivery that is held holds its ranges, until it is accepted or expires. */
#define WAITING                                                                                                \
    " county = $1 and dataset = $2 and done is null and not exists (select from bidui.delivery d"              \
    " where d.county = $1 and d.dataset = $2 and d.edition = b.landed and d.edition <> $3::int and d.state = 'held')"

enum rc ranges_load(const struct job *job, struct str since, struct ranges *ret)
{
    char number[DB_NUMBER];
    DB_RESULT PGresult *res = NULL;
    *ret = (struct ranges){.since = since};
    if (since.n == 0 || !job->dataset->is_incremental || job->is_preview) {
        return RC_OK;
    }
    TRY(db_query(job->db,
                 "select from_day, to_day from bidui.backfill b where" WAITING " order by backfill_no",
                 DB_PARAMS(job->config->county, job->dataset->id, db_number(job->edition.number, number)), &res));
    ret->list = arena_array(job->arena, (size_t)PQntuples(res), sizeof *ret->list);
    while (ret->n < (size_t)PQntuples(res)) {
        int row = (int)ret->n;
        ret->list[ret->n++] = (struct range){db_date(res, row, 0), db_date(res, row, 1)};
    }
    return RC_OK;
}

enum rc ranges_claim(const struct job *job)
{
    char number[DB_NUMBER];
    if (!job->dataset->is_incremental || job->is_preview) {
        return RC_OK;
    }
    return db_run(job->db, "update bidui.backfill b set landed = $3::int where" WAITING,
                  DB_PARAMS(job->config->county, job->dataset->id, db_number(job->edition.number, number)), NULL);
}

enum rc ranges_done(const struct job *job, int edition)
{
    char landed[DB_NUMBER], done[DB_NUMBER];
    return db_run(job->db,
                  "update bidui.backfill set done = $4::int where county = $1 and dataset = $2 and landed = $3::int"
                  " and done is null",
                  DB_PARAMS(job->config->county, job->dataset->id, db_number(edition, landed),
                            db_number(job->edition.number, done)),
                  NULL);
}

enum rc ranges_ask_again(struct stage *s, const char *edition, const char *dataset)
{
    return db_run(s->db,
                  "update bidui.backfill set done = null, landed = null where county = $1 and dataset = $2 and"
                  " landed = $3::int",
                  DB_PARAMS(s->config->county, dataset, edition), NULL);
}

/* ---- Part by part ---- */

static const char *listed(const struct ranges *r, struct arena *a, const char *between)
{
    const char *all = "";
    for (size_t i = 0; i < r->n; i++) {
        char from[DATE_TEXT], to[DATE_TEXT];
        date_format(r->list[i].from, from);
        date_format(r->list[i].to, to);
        all = arena_printf(a, "%s%s%s%s%s", all, i == 0 ? "" : " ", from, between, to);
    }
    return all;
}

const char *ranges_text(const struct ranges *r, struct arena *a)
{
    return r->n == 0 ? "" : arena_printf(a, "again %s ", listed(r, a, "/"));
}

const char *ranges_shown(const struct ranges *r, struct arena *a)
{
    return listed(r, a, "..");
}

static struct str instant_of(struct arena *a, date_t day, const char *time)
{
    char text[DATE_TEXT];
    date_format(day, text);
    return str_from(arena_printf(a, "%sT%s", text, time));
}

void ranges_apply(const struct ranges *r, struct arena *a, struct source *source)
{
    bool is_range = r->at < r->n;
    /* a second ahead: many sources give what is later than that */
    source->since = is_range ? instant_of(a, date_add_days(r->list[r->at].from, -1), "23:59:59") : r->since;
    source->until = is_range ? instant_of(a, date_add_days(r->list[r->at].to, 1), "00:00:00") : STR("");
}

struct str ranges_position(const struct ranges *r, struct arena *a, struct str inner)
{
    if (r->n == 0 || inner.n == 0) {
        return inner;
    }
    return str_from(arena_printf(a, "again %zu %d %lld %.*s", r->at, r->pages, (long long)r->rows, STR_ARGS(inner)));
}

struct str ranges_resume(struct ranges *r, struct str position)
{
    int64_t at = 0, pages = 0, rows = 0;
    struct str rest = position;
    ranges_restart(r);
    if (r->n == 0 || !str_starts(position, WORD)) {
        return position;
    }
    (void)str_cut(&rest, ' ');
    bool is_right = str_to_i64(str_cut(&rest, ' '), &at) && str_to_i64(str_cut(&rest, ' '), &pages) &&
                    str_to_i64(str_cut(&rest, ' '), &rows) && at >= 0 && (size_t)at <= r->n;
    if (!is_right) {
        return STR("");
    }
    r->at = (size_t)at;
    r->pages = (int)pages;
    r->rows = rows;
    return rest;
}

void ranges_restart(struct ranges *r)
{
    r->at = 0;
    r->pages = 0;
    r->rows = 0;
}
