/* Editions: taking, resuming and dating them; the county's run lock and the fence behind it. */
#include "pipeline/stage.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"

#define HOLDER_MAX 128
#define LOCK_TRIES 50
#define LOCK_WAIT_MS 100
#define HOLDER_LOOKS 10

static bool read_first_field(const char *path, int field, char *out, size_t size)
{
    struct buf text;
    buf_init(&text, 4096);
    if (fs_read(path, 4096, &text) != RC_OK) {
        err_clear();
        buf_done(&text);
        return false;
    }
    struct str rest = buf_str(&text);
    /* /proc/PID/stat: the name in brackets may hold blanks; count fields after it */
    for (size_t i = rest.n; i > 0; i--) {
        if (rest.p[i - 1] == ')') {
            rest = str_sub(rest, i + 1, rest.n);
            break;
        }
    }
    struct str word = STR("");
    for (int i = 0; i < field; i++) {
        word = str_cut(&rest, ' ');
    }
    word = str_trim(word);
    (void)snprintf(out, size, "%.*s", STR_ARGS(word));
    buf_done(&text);
    return out[0] != '\0';
}

/* Ticks since boot when a process started: with its pid it names a process for good. */
static bool process_started(pid_t pid, char *out, size_t size)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    return read_first_field(path, 20, out, size);
}

static void holder_name(char out[HOLDER_MAX])
{
    char host[48] = "", boot[40] = "", started[24] = "";
    (void)gethostname(host, sizeof host - 1);
    (void)read_first_field("/proc/sys/kernel/random/boot_id", 1, boot, sizeof boot);
    (void)process_started(getpid(), started, sizeof started);
    (void)snprintf(out, HOLDER_MAX, "%s %s %d %s", host, boot, (int)getpid(), started);
}

/* Dead for certain: same host, and that very process is gone (or the machine was restarted since). */
static bool holder_is_dead(struct str holder)
{
    char mine[HOLDER_MAX];
    holder_name(mine);
    struct str me = str_from(mine);
    struct str host = str_cut(&holder, ' '), boot = str_cut(&holder, ' '), pid = str_cut(&holder, ' ');
    if (!str_eq(host, str_cut(&me, ' '))) {
        return false;
    }
    if (!str_eq(boot, str_cut(&me, ' '))) {
        return true;
    }
    int64_t number = 0;
    char started[24] = "";
    if (!str_to_i64(pid, &number) || !process_started((pid_t)number, started, sizeof started)) {
        return true;
    }
    return !str_is(holder, started);
}

/* Workers of a run that is over; with the holder of the lock, if that one is known to be dead. */
static enum rc end_dead_sessions(struct db *db, const char *county, bool holder_too)
{
    DB_RESULT PGresult *res = NULL;
    return db_query(db,
                    "select pg_terminate_backend(pid) from pg_stat_activity a"
                    " where pid <> pg_backend_pid() and datname = current_database()"
                    " and (application_name like any (array['bidui pull ' || $1 || ' %', 'bidui assess ' || $1 || ' worker'])"
                    "  or $2::boolean and exists"
                    " (select from pg_locks l where l.pid = a.pid and l.locktype = 'advisory' and l.granted"
                    "  and (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended('bidui run ' || $1, 0)))",
                    DB_PARAMS(county, holder_too ? "true" : "false"), &res);
}

static enum rc try_lock(struct db *db, const char *county, bool *ret_locked)
{
    int64_t got = 0;
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(db, "select pg_try_advisory_lock(hashtextextended('bidui run ' || $1, 0))",
                 DB_PARAMS(county), &res));
    got = db_bool(res, 0, 0) ? 1 : 0;
    *ret_locked = got == 1;
    return RC_OK;
}

static enum rc current_holder(struct db *db, struct arena *a, const char *county, struct str *ret)
{
    return db_query_text(db, a, "select holder from bidui.edition where county = $1"
                                " order by edition desc limit 1", DB_PARAMS(county), ret);
}

/* One run at a time in a county. A dead run's sessions are ended; a living one is RC_LOCKED. */
static enum rc take_lock(struct db *db, const char *county)
{
    struct arena *a = arena_new((size_t)1 << 16);
    enum rc rc = RC_OK;
    bool locked = false, ended = false;
    for (int i = 0; rc == RC_OK && !locked && i < LOCK_TRIES; i++) {
        rc = try_lock(db, county, &locked);
        if (rc != RC_OK || locked) {
            break;
        }
        struct str holder = STR("");
        rc = current_holder(db, a, county, &holder);
        if (rc == RC_OK && !ended) {
            /* a run that has just taken the lock may not have written its name yet: believe it dead on the second look */
            if (!holder_is_dead(holder) && i >= HOLDER_LOOKS) {
                rc = err_fail(RC_LOCKED, "county %s", county);
                break;
            }
            if (i >= HOLDER_LOOKS) {
                rc = end_dead_sessions(db, county, true);
                ended = true;
            }
        }
        clock_sleep_ms(LOCK_WAIT_MS);
    }
    if (rc == RC_OK && !locked) {
        rc = err_fail(RC_LOCKED, "county %s", county);
    }
    if (rc == RC_OK) {
        rc = end_dead_sessions(db, county, false); /* workers whose main process died before them */
    }
    arena_free(a);
    return rc;
}

static enum rc open_edition(struct db *db, const char *county, struct edition *ret)
{
    char holder[HOLDER_MAX];
    holder_name(holder);
    DB_RESULT PGresult *res = NULL;
    DB_ROLLBACK struct db *tx = db;
    TRY(db_begin(db));
    TRY(db_run(db, "insert into bidui.county values ($1) on conflict do nothing", DB_PARAMS(county), NULL));
    TRY(db_run(db,
               "insert into bidui.edition (county, edition, state)"
               " select $1, coalesce(max(edition), 0) + 1, 'open' from bidui.edition where county = $1"
               " having not coalesce(bool_or(state in ('open', 'assessed', 'alerted')), false)",
               DB_PARAMS(county), NULL));
    TRY(db_query(db,
                 "update bidui.edition set fence = fence + 1, holder = $2"
                 " where county = $1 and state in ('open', 'assessed', 'alerted')"
                 " returning edition, fence, as_of, baseline",
                 DB_PARAMS(county, holder), &res));
    if (PQntuples(res) != 1) {
        return err_fail(RC_BUG, "%d open editions", PQntuples(res));
    }
    struct edition e = {.number = (int)db_i64(res, 0, 0), .as_of = db_date(res, 0, 2), .fence = db_i64(res, 0, 1), .baseline = db_bool(res, 0, 3)};
    TRY(db_commit(db));
    *ret = e;
    return RC_OK;
}

enum rc edition_lock(const struct config *config, struct db *db) { return take_lock(db, config->county); }

enum rc edition_open(struct db *db, const char *county, struct edition *ret)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(db,
                 "select edition, as_of, fence, baseline from bidui.edition"
                 " where county = $1 and state in ('open', 'assessed', 'alerted')",
                 DB_PARAMS(county), &res));
    *ret = (struct edition){.as_of = DATE_NONE};
    if (PQntuples(res) == 1) {
        *ret = (struct edition){.number = (int)db_i64(res, 0, 0), .as_of = db_date(res, 0, 1), .fence = db_i64(res, 0, 2), .baseline = db_bool(res, 0, 3)};
    }
    return RC_OK;
}

enum rc edition_take(const struct config *config, struct db *db, struct edition *ret)
{
    TRY(take_lock(db, config->county));
    db_clear_fence(db);
    TRY(open_edition(db, config->county, ret));
    db_set_fence(db, config->county, ret->number, ret->fence);
    return RC_OK;
}

bool edition_is_provisional(const struct edition *e) { return e->as_of == DATE_NONE || e->baseline; }

enum rc edition_date(struct stage *s, date_t as_of)
{
    char number[DB_NUMBER], day[DATE_TEXT];
    date_format(as_of, day);
    db_number(s->edition.number, number);
    DB_ROLLBACK struct db *tx = s->db;
    TRY(db_begin(s->db));
    TRY(db_run(s->db,
               "update bidui.edition set as_of = $3, baseline = $4, config_digest = $5, state = 'open'"
               " where county = $1 and edition = $2",
               DB_PARAMS(s->config->county, number, day,
                         s->edition.baseline ? "true" : "false", s->config->digest),
               NULL));
    TRY(pull_ask_again(s, as_of));
    TRY(db_commit(s->db));
    s->edition.as_of = as_of;
    return RC_OK;
}

enum rc edition_reopen(struct stage *s)
{
    char number[DB_NUMBER];
    DB_ROLLBACK struct db *tx = s->db;
    TRY(db_begin(s->db));
    TRY(db_run(s->db,
               "update bidui.edition set state = 'open' where county = $1 and edition = $2 and state in ('assessed', 'alerted')",
               DB_PARAMS(s->config->county, db_number(s->edition.number, number)), NULL));
    return db_commit(s->db);
}

enum rc edition_latest_published(struct db *db, const char *county, struct edition *ret)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(db,
                 "select edition, as_of, fence, baseline from bidui.edition"
                 " where county = $1 and state = 'published' order by as_of desc, edition desc limit 1",
                 DB_PARAMS(county), &res));
    *ret = (struct edition){.as_of = DATE_NONE};
    if (PQntuples(res) == 1) {
        *ret = (struct edition){.number = (int)db_i64(res, 0, 0), .as_of = db_date(res, 0, 1), .fence = db_i64(res, 0, 2), .baseline = db_bool(res, 0, 3)};
    }
    return RC_OK;
}

date_t edition_today(const struct edition *e)
{
    return e->as_of != DATE_NONE ? e->as_of : clock_today();
}
