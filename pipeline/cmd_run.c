/* bidui run: the whole night, and the single stages that cron may run by themselves. */
#include <stdio.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/log.h"
#include "pipeline/cmd.h"

#define STAGE_ARENA ((size_t)256 << 20)

static enum rc published_at(struct session *s, date_t day, struct edition *ret)
{
    char text[DATE_TEXT];
    date_format(day, text);
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db,
                 "select edition, fence, baseline from bidui.edition"
                 " where county = $1 and as_of = $2 and state = 'published' order by edition desc limit 1",
                 DB_PARAMS(s->config->county, text), &res));
    *ret = (struct edition){.as_of = day};
    if (PQntuples(res) == 1) {
        ret->number = (int)db_i64(res, 0, 0);
        ret->fence = db_i64(res, 0, 1);
        ret->baseline = db_bool(res, 0, 2);
    }
    return RC_OK;
}

static enum rc pull_all(struct stage *stage)
{
    struct pull_options options = {0};
    return stage_pull(stage, &options);
}

static enum rc stages_in_turn(struct stage *stage, date_t day)
{
    enum rc (*const stages[])(struct stage *) = {pull_all, stage_assess, stage_alert, stage_deliver};
    size_t n = sizeof stages / sizeof *stages;
    TRY(edition_date(stage, day));
    for (size_t i = 0; i < (stage->edition.baseline ? n - 1 : n); i++) {
        TRY(stages[i](stage));
        arena_reset(stage->arena);
    }
    return RC_OK;
}

static enum rc all_stages(struct session *s, struct edition e, date_t day)
{
    struct stage stage = cmd_stage(s, e);
    stage.arena = arena_new(STAGE_ARENA);
    enum rc rc = stages_in_turn(&stage, day);
    arena_free(stage.arena);
    return rc;
}

static enum rc refuse_date(struct session *s, date_t day)
{
    struct edition latest;
    if (day > clock_today()) {
        return err_fail(RC_USAGE, "--date: %s", tr("不能晚于今天", "must not be later than today"));
    }
    TRY(edition_latest_published(s->db, s->config->county, &latest));
    if (latest.number > 0 && day < latest.as_of) {
        char text[DATE_TEXT];
        date_format(latest.as_of, text);
        return err_fail(RC_USAGE, tr("最近已出清单为 %s,不能补跑更早的日期", "%s is published already; an earlier date cannot be run"),
                        text);
    }
    return RC_OK;
}

static enum rc refuse_new_edition(struct session *s, date_t day)
{
    struct edition latest;
    TRY(edition_latest_published(s->db, s->config->county, &latest));
    if (latest.as_of != day) {
        return err_fail(RC_USAGE, "--new-edition: %s", tr("只能用于最近已出清单的日期", "only for the latest published date"));
    }
    return RC_OK;
}

/* A list that was marked published just before its run was killed still lies in out/.DATE.tmp: put it in place. */
static enum rc finish_rename(struct session *s)
{
    struct edition latest;
    char text[DATE_TEXT];
    TRY(edition_latest_published(s->db, s->config->county, &latest));
    if (latest.number == 0) {
        return RC_OK;
    }
    date_format(latest.as_of, text);
    if (!fs_exists(arena_printf(s->arena, "%s/.%s.tmp", s->config->out, text))) {
        return RC_OK;
    }
    struct stage stage = cmd_stage(s, latest);
    return stage_deliver(&stage);
}

/* Takes the open edition, finishes an earlier date that was left open, and runs the night of `day`. */
static enum rc run_night(struct session *s, date_t day, bool baseline, struct edition *ret)
{
    struct edition e;
    TRY(finish_rename(s));
    TRY(edition_take(s->config, s->db, &e));
    if (e.as_of != DATE_NONE && e.as_of < day && !e.baseline) { /* a baseline was never meant to go out */
        TRY(all_stages(s, e, e.as_of));
        TRY(edition_take(s->config, s->db, &e));
    }
    if (e.as_of != DATE_NONE && e.as_of > day) {
        char text[DATE_TEXT];
        date_format(e.as_of, text);
        return err_fail(RC_USAGE, tr("%s 的运行尚未完成,不能运行更早的日期", "the run of %s is unfinished; an earlier date cannot be run"), text);
    }
    e.baseline = baseline;
    TRY(all_stages(s, e, day));
    e.as_of = day;
    *ret = e;
    return RC_OK;
}

static enum rc run(struct session *s, const struct cli_args *args, struct edition *ret)
{
    date_t day = DATE_NONE;
    struct edition open;
    TRY(cmd_date(args, &day));
    TRY(edition_lock(s->config, s->db));
    TRY(published_at(s, day, ret));
    TRY(edition_open(s->db, s->config->county, &open));
    bool again = cli_has(args, "new-edition");
    bool is_interrupted = open.number > 0 && open.as_of == day; /* a new edition whose run was killed */
    if (ret->number > 0 && !again && !is_interrupted) {
        struct stage stage = cmd_stage(s, *ret);
        ret->is_again = true;
        return stage_deliver(&stage); /* the pinned list, byte for byte */
    }
    TRY(again ? refuse_new_edition(s, day) : refuse_date(s, day));
    return run_night(s, day, cli_has(args, "baseline"), ret);
}

/* The same for a published edition, by what was pinned then. */
static enum rc pinned_exit(struct session *s, struct edition e, int *ret_code)
{
    char number[DB_NUMBER];
    int64_t sick = 0;
    TRY(db_query_i64(s->db,
                     "select (select count(*) from jsonb_array_elements(summary->'feeds') f where f->>'healthy' = 'false')"
                     " + jsonb_array_length(summary->'broken') from bidui.edition where county = $1 and edition = $2",
                     DB_PARAMS(s->config->county, db_number(e.number, number)), &sick));
    *ret_code = sick > 0 ? EXIT_FEED : EXIT_PUBLISHED;
    return RC_OK;
}

/* 0, or 3 when a feed of the edition is not healthy. Names the feeds on stderr. */
static enum rc feeds_exit(struct session *s, struct edition e, int *ret_code)
{
    struct stage stage = cmd_stage(s, e);
    struct feed *feeds = NULL;
    size_t n = 0;
    TRY(feeds_load(&stage, &feeds, &n));
    *ret_code = EXIT_PUBLISHED;
    for (size_t i = 0; i < n; i++) {
        if (!feeds[i].is_healthy) {
            *ret_code = EXIT_FEED;
            log_event(LOG_WARN, "feed not healthy", LOG_S("dataset", feeds[i].dataset->id),
                      LOG_S("verdict", feeds[i].verdict));
        }
    }
    for (size_t i = 0; i < s->config->department_count; i++) {
        if (s->config->departments[i].is_broken) {
            *ret_code = EXIT_FEED;
        }
    }
    return RC_OK;
}

static int finish_run(struct session *s, struct edition e, bool json)
{
    int code = EXIT_PUBLISHED;
    enum rc rc = run_tell(s, e, json);
    rc = rc != RC_OK ? rc : e.is_again ? pinned_exit(s, e, &code) : feeds_exit(s, e, &code);
    return rc == RC_OK ? code : cmd_fail("run");
}

int cmd_run(struct cli_args *args)
{
    struct session s;
    struct edition e = {0};
    enum rc rc = cmd_open(args, "run", &s);
    if (rc == RC_OK) {
        rc = run(&s, args, &e);
    }
    int code = rc == RC_OK ? finish_run(&s, e, cli_has(args, "json")) : cmd_fail("run");
    cmd_close(&s);
    fault_report();
    return code;
}

/* ---- One stage by itself, on the open edition ---- */

static enum rc one_stage(struct session *s, const struct cli_args *args, enum rc (*stage_run)(struct stage *))
{
    struct edition e;
    date_t day = DATE_NONE;
    TRY(cmd_date(args, &day));
    TRY(refuse_date(s, day));
    TRY(edition_take(s->config, s->db, &e));
    struct stage stage = cmd_stage(s, e);
    if (e.as_of == DATE_NONE) {
        TRY(edition_date(&stage, day));
    } else if (cli_value(args, "date") != NULL && e.as_of != day) {
        return err_fail(RC_STATE, "%s", tr("打开着的运行是另一个日期", "the open run has another date"));
    }
    return stage_run(&stage);
}

static int run_one(struct cli_args *args, const char *name, enum rc (*stage_run)(struct stage *))
{
    struct session s;
    enum rc rc = cmd_open(args, "run", &s);
    if (rc == RC_OK) {
        rc = one_stage(&s, args, stage_run);
    }
    int code = rc == RC_OK ? EXIT_PUBLISHED : cmd_fail(name);
    cmd_close(&s);
    return code;
}

int cmd_assess(struct cli_args *args) { return run_one(args, "assess", stage_assess); }
int cmd_alert(struct cli_args *args) { return run_one(args, "alert", stage_alert); }

/* deliver on a published date re-emits; else it publishes the open edition */
int cmd_deliver(struct cli_args *args)
{
    struct session s;
    struct edition e = {0};
    date_t day = DATE_NONE;
    int code = EXIT_PUBLISHED;
    enum rc rc = cmd_open(args, "run", &s);
    if (rc == RC_OK) {
        rc = cmd_date(args, &day);
    }
    if (rc == RC_OK) {
        rc = edition_lock(s.config, s.db);
    }
    if (rc == RC_OK) {
        rc = published_at(&s, day, &e);
    }
    if (rc == RC_OK && e.number > 0) {
        struct stage stage = cmd_stage(&s, e);
        rc = stage_deliver(&stage);
    } else if (rc == RC_OK) {
        rc = one_stage(&s, args, stage_deliver);
        rc = rc == RC_OK ? published_at(&s, day, &e) : rc;
    }
    rc = rc == RC_OK ? pinned_exit(&s, e, &code) : rc;
    code = rc == RC_OK ? code : cmd_fail("deliver");
    cmd_close(&s);
    return code;
}
