/* Name lists on their way out, and their files on the way to nothing. */
#include "base/log.h"
#include "pipeline/audit.h"
#include "pipeline/pull/name_list.h"

/* ---- Its table ---- */

/* Who is on it, as far as the consent they were chosen by is in force still. $5: it is needed. */
static const char people[] =
    "select q.person_id, i.id_number, i.name, coalesce(q.consent_no, ''), coalesce(to_char(k.signed_on, 'YYYY-MM-DD'), '')"
    " from bidui.question q join bidui.person p on p.county = q.county and p.person_id = q.person_id"
    "   and p.learned <= $4::int and (p.ended is null or p.ended > $4::int)"
    " join bidui.identity i on i.county = q.county and i.person_id = q.person_id and i.id_number is not null"
    "   and i.learned <= $4::int and (i.ended is null or i.ended > $4::int)"
    " left join lateral (select c.signed_on from bidui.consent c where c.county = q.county and c.consent_no = q.consent_no"
    "   and (c.subject = 'person' and c.subject_id = q.person_id or c.subject = 'household' and c.subject_id = p.household_id)"
    "   and c.signed_on <= $6::date and (c.valid_until is null or c.valid_until >= $6::date)"
    "   order by c.signed_on desc limit 1) k on true"
    " where q.county = $1 and q.dataset = $2 and q.list_no = $3 and q.outcome = 'asked'"
    " and (not $5::boolean or k.signed_on is not null) order by q.person_id";

static struct str cell_of(const struct job *job, struct str list_no, const PGresult *res, int row, enum list_part part)
{
    switch (part) {
    case LIST_ROW_NO:
        return str_from(arena_printf(job->arena, "%d", row + 1));
    case LIST_NO:
        return list_no;
    case LIST_TOKEN:
        return name_list_token(job, list_no, db_text(res, row, 0));
    case LIST_ID_NUMBER:
        return arena_str(job->arena, db_text(res, row, 1));
    case LIST_NAME:
        return arena_str(job->arena, db_text(res, row, 2));
    case LIST_CONSENT_NO:
        return arena_str(job->arena, db_text(res, row, 3));
    case LIST_CONSENT_DATE:
        return arena_str(job->arena, db_text(res, row, 4));
    case LIST_RESULT:
    case LIST_BLANK:
        break;
    }
    return STR("");
}

static const char *file_name(const struct job *job, struct str list_no)
{
    const char *name = job->dataset->ask.list->name, *hole = strstr(name, "{list}");
    return hole == NULL ? name
                        : arena_printf(job->arena, "%.*s%.*s%s", (int)(hole - name), name, STR_ARGS(list_no),
                                       hole + strlen("{list}"));
}

static enum rc fill(const struct job *job, struct str list_no, struct hand_out *ret)
{
    const struct ask_list *list = job->dataset->ask.list;
    char edition[DB_NUMBER], today[DATE_TEXT];
    DB_RESULT PGresult *res = NULL;
    date_format(job->today, today);
    TRY(db_query(job->db, people,
                 DB_PARAMS(job->config->county, job->dataset->id, arena_cstr(job->arena, list_no),
                           db_number(job->edition.number, edition), job->dataset->ask.needs_consent ? "true" : "false", today),
                 &res));
    size_t rows = (size_t)PQntuples(res);
    struct str *cells = arena_array(job->arena, rows * list->column_count, sizeof *cells);
    for (size_t i = 0; i < rows * list->column_count; i++) {
        cells[i] = cell_of(job, list_no, res, (int)(i / list->column_count), list->parts[i % list->column_count]);
    }
    *ret = (struct hand_out){.folder = list->to,
                             .name = file_name(job, list_no),
                             .day = job->today,
                             .header = list->header,
                             .columns = list->column_count,
                             .rows = rows,
                             .cells = cells};
    return RC_OK;
}

/* ---- Writing ---- */

static enum rc set_state(const struct job *job, struct str list_no, const char *state, bool has_file)
{
    DB_ROLLBACK struct db *tx = job->db;
    TRY(db_begin(job->db));
    TRY(db_run(job->db,
               "update bidui.name_list set state = $4, has_file = $5::boolean where county = $1 and dataset = $2"
               " and list_no = $3",
               DB_PARAMS(job->config->county, job->dataset->id, arena_cstr(job->arena, list_no), state,
                         has_file ? "true" : "false"),
               NULL));
    return db_commit(job->db);
}

/* Nobody may be left on it whose consent is in force: then there is nothing to send. */
static enum rc write_one(const struct job *job, const struct source *source, struct str list_no)
{
    struct hand_out out;
    TRY(fill(job, list_no, &out));
    if (out.rows == 0) {
        return set_state(job, list_no, "expired", true); /* what a killed process may have written goes */
    }
    TRY(job->dataset->department->connector->hand_out(source, &out));
    TRY(set_state(job, list_no, "sent", true));
    log_event(LOG_INFO, "name list sent", LOG_S("dataset", job->dataset->id),
              LOG_S("list", arena_cstr(job->arena, list_no)), LOG_I("persons", (int64_t)out.rows));
    return RC_OK;
}

enum rc name_lists_write_again(const struct job *job, const struct source *source)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(job->db,
                 "select n.list_no from bidui.name_list n where n.county = $1 and n.dataset = $2 and n.state = 'writing'"
                 " and not exists (select from bidui.question q where q.county = n.county and q.dataset = n.dataset"
                 "   and q.list_no = n.list_no and q.outcome <> 'asked')" /* answered: it was out already */
                 " order by n.sent_on, n.list_no collate \"C\"",
                 DB_PARAMS(job->config->county, job->dataset->id), &res));
    for (int i = 0; i < PQntuples(res); i++) {
        TRY(write_one(job, source, arena_str(job->arena, db_text(res, i, 0))));
    }
    return RC_OK;
}

/* ---- Recording ---- */

/* DAY-N, the nth of its dataset that day. */
static enum rc next_number(const struct job *job, struct str *ret)
{
    char today[DATE_TEXT];
    date_format(job->today, today);
    return db_query_text(job->db, job->arena,
                         "select to_char($3::date, 'YYYYMMDD') || '-' || (1 + count(*)) from bidui.name_list"
                         " where county = $1 and dataset = $2 and sent_on = $3::date",
                         DB_PARAMS(job->config->county, job->dataset->id, today), ret);
}

static enum rc put_people(const struct job *job, const struct asking *a, size_t from, size_t n, const char *list_no)
{
    char edition[DB_NUMBER], today[DATE_TEXT];
    struct str *ids = arena_array(job->arena, n, sizeof *ids), *consents = arena_array(job->arena, n, sizeof *consents);
    date_format(job->today, today);
    for (size_t i = 0; i < n; i++) {
        ids[i] = str_from(arena_printf(job->arena, "%lld", (long long)a->ids[from + i]));
        consents[i] = a->persons[from + i].consent_no;
    }
    return db_run(job->db,
                  "insert into bidui.question (county, dataset, person_id, edition, attempt, asked_on, consent_no, outcome,"
                  " list_no) select $1, $2, u.person_id, $3::int, 1 + (select count(*) from bidui.question q"
                  "   where q.county = $1 and q.dataset = $2 and q.person_id = u.person_id and q.edition = $3::int), $4::date,"
                  " nullif(u.consent_no, ''), 'asked', $5 from unnest($6::bigint[], $7::text[]) u (person_id, consent_no)",
                  DB_PARAMS(job->config->county, job->dataset->id, db_number(job->edition.number, edition), today, list_no,
                            db_array(job->arena, ids, n), db_array(job->arena, consents, n)),
                  NULL);
}

/* That identity numbers leave the house stands in the audit too. */
static enum rc audit_list(const struct job *job, const char *list_no, size_t persons)
{
    struct stage s = {.config = job->config, .db = job->db, .edition = job->edition, .arena = job->arena};
    return audit_write(&s, job->edition.number, "bidui", "name list",
                       arena_printf(job->arena, "%s %s", job->dataset->id, list_no),
                       arena_printf(job->arena, "%zu", persons));
}

static enum rc record(const struct job *job, const struct asking *a, size_t from, size_t n, struct str *ret_no)
{
    char edition[DB_NUMBER], today[DATE_TEXT], persons[DB_NUMBER];
    date_format(job->today, today);
    DB_ROLLBACK struct db *tx = job->db;
    TRY(db_begin(job->db));
    TRY(next_number(job, ret_no));
    const char *list_no = arena_cstr(job->arena, *ret_no);
    TRY(db_run(job->db, "insert into bidui.name_list values ($1, $2, $3, $4, $5, $6, 'writing', true)",
               DB_PARAMS(job->config->county, job->dataset->id, list_no, db_number(job->edition.number, edition), today,
                         db_number((int64_t)n, persons)),
               NULL));
    TRY(put_people(job, a, from, n, list_no));
    TRY(audit_list(job, list_no, n));
    return db_commit(job->db);
}

enum rc name_lists_send(const struct job *job, const struct source *source, const struct asking *a)
{
    size_t most = (size_t)job->dataset->ask.batch;
    for (size_t from = 0; from < a->count; from += most) {
        struct str list_no = STR_NULL;
        TRY(record(job, a, from, a->count - from < most ? a->count - from : most, &list_no));
        TRY(write_one(job, source, list_no));
    }
    return RC_OK;
}

/* ---- Removing ---- */

static enum rc remove_one(const struct job *job, const struct source *source, struct str list_no, const char *state)
{
    const struct hand_out out = {.folder = job->dataset->ask.list->to, .name = file_name(job, list_no)};
    enum rc rc = job->dataset->department->connector->take_back(source, &out);
    if (rc != RC_OK) {
        log_event(LOG_WARN, "name list not removed", LOG_S("dataset", job->dataset->id),
                  LOG_S("list", arena_cstr(job->arena, list_no)), LOG_S("detail", err_detail()));
        err_clear(); /* the next pull tries again */
        return RC_OK;
    }
    return set_state(job, list_no, state, false);
}

enum rc name_lists_remove(const struct job *job, const struct source *source)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(job->db,
                 "select n.list_no, n.state from bidui.name_list n where n.county = $1 and n.dataset = $2 and n.has_file"
                 " and (n.state = 'expired' or exists (select from bidui.question q where q.county = n.county"
                 "   and q.dataset = n.dataset and q.list_no = n.list_no and q.outcome <> 'asked'))"
                 " order by n.sent_on, n.list_no collate \"C\"",
                 DB_PARAMS(job->config->county, job->dataset->id), &res));
    for (int i = 0; i < PQntuples(res); i++) {
        TRY(remove_one(job, source, arena_str(job->arena, db_text(res, i, 0)),
                       arena_cstr(job->arena, db_text(res, i, 1))));
    }
    return RC_OK;
}
