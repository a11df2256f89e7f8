/* bidui watch: the second cron line. It trusts nothing of the run, not even that there is a database. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "pipeline/cmd.h"
#include "pipeline/expiry.h"

#define US_PER_MINUTE INT64_C(60000000)
#define MINUTES_PER_DAY 1440
#define DISK_LEAST_PERCENT 5
#define CALENDAR_WARNING_MONTH 11

static const char *notice_name(void) { return tr("今日未出清单.txt", "NO-LIST-TODAY.txt"); }

/* Minutes after midnight of list_due, "07:00". */
static bool due_minutes(const char *text, int *ret)
{
    struct str rest = str_from(text);
    int64_t hour = 0, minute = 0;
    if (!str_to_i64(str_cut(&rest, ':'), &hour) || !str_to_i64(rest, &minute)) {
        return false;
    }
    *ret = (int)(hour * 60 + minute);
    return hour >= 0 && hour < 24 && minute >= 0 && minute < 60;
}

static bool is_due(const struct config *c, date_t day)
{
    int due = 0;
    int64_t minute = clock_now_us() / US_PER_MINUTE % MINUTES_PER_DAY;
    return day < clock_today() || !due_minutes(c->list_due, &due) || minute >= due;
}

/* Why there is no list: as far as the database knows, or that it doesn't answer. */
static enum rc reason_from_db(const struct config *c, struct arena *a, date_t day, const char **ret)
{
    struct db *db = NULL;
    struct str state = STR_NULL;
    char text[DATE_TEXT];
    date_format(day, text);
    enum rc rc = db_open(c->database, arena_printf(a, "bidui watch %s", c->county), &db);
    if (rc == RC_OK) {
        rc = db_query_text(db, a, "select state from bidui.edition where county = $1 and as_of = $2 order by edition desc limit 1",
                           DB_PARAMS(c->county, text), &state);
    }
    db_close(db);
    TRY(rc);
    *ret = str_is_null(state) ? tr("夜间运行没有开始。", "The nightly run did not start.")
                              : arena_printf(a, tr("夜间运行停在 %.*s 阶段,重新运行 bidui run 即可接着做。",
                                                   "The nightly run stopped in state %.*s; run bidui run again to go on."),
                                             STR_ARGS(state));
    return RC_OK;
}

static enum rc put_notice(const struct config *c, struct arena *a, const char *folder, date_t day)
{
    char text[DATE_TEXT];
    const char *reason = "";
    date_format(day, text);
    if (reason_from_db(c, a, day, &reason) != RC_OK) {
        reason = arena_printf(a, "%s:%s", err_text(err_last()), err_hint_text());
        err_clear();
    }
    const char *body = arena_printf(a, "%s %s\n%s\n", text, tr("今日未出清单", "no list today"), reason);
    fprintf(stderr, "bidui watch: %s", body);
    TRY(fs_mkdirs(folder));
    return fs_write_synced(arena_printf(a, "%s/%s", folder, notice_name()), str_from(body));
}

static void warn_disk(const struct config *c)
{
    struct statvfs v;
    if (statvfs(c->out, &v) == 0 && v.f_blocks > 0 && v.f_bavail * 100 / v.f_blocks < DISK_LEAST_PERCENT) {
        log_event(LOG_WARN, "disk nearly full", LOG_I("free_percent", v.f_bavail * 100 / v.f_blocks));
    }
}

/* Working days of next year's deadlines need next year's calendar. */
static void warn_calendar(const struct config *c, date_t day)
{
    int year = 0, month = 0, dom = 0;
    bool listed = false;
    date_to_ymd(day, &year, &month, &dom);
    for (size_t i = 0; i < c->calendar.year_count; i++) {
        listed = listed || c->calendar.years[i] == year + 1;
    }
    if (month >= CALENDAR_WARNING_MONTH && !listed) {
        log_event(LOG_WARN, "calendar ends", LOG_I("missing_year", year + 1));
    }
}

/* Without a database there is nothing to say of it: the notice where the list belongs says why. */
static enum rc warn_roster(const struct config *c, struct arena *a, date_t day)
{
    struct db *db = NULL;
    char on[DATE_TEXT];
    struct roster_export export = {DATE_NONE, false};
    enum rc rc = db_open(c->database, arena_printf(a, "bidui watch %s", c->county), &db);
    if (rc == RC_OK) {
        struct stage s = {.config = c, .db = db, .edition = {.number = INT32_MAX}, .arena = a};
        rc = roster_export_load(&s, day, &export);
    }
    db_close(db);
    if (rc == RC_OK && export.is_old) {
        date_format(export.on, on);
        log_event(LOG_WARN, "roster export is old", LOG_S("exported_on", on), LOG_I("days", day - export.on));
    }
    return rc;
}

static void warn_expiring(const struct config *c, struct arena *a, date_t day)
{
    struct expiry *found = NULL;
    size_t n = 0;
    expiries_find(c, a, day, &found, &n);
    for (size_t i = 0; i < n; i++) {
        char until[DATE_TEXT] = "";
        const struct expiry *e = &found[i];
        if (e->until == DATE_NONE) {
            log_event(LOG_WARN, "certificate not readable", LOG_S("where", e->where), LOG_S("name", e->name));
            continue;
        }
        date_format(e->until, until);
        log_event(LOG_WARN, e->until < day ? "expired" : "expires soon", LOG_S("what", e->what), LOG_S("where", e->where),
                  LOG_S("name", e->name), LOG_S("until", until), LOG_I("days_left", e->until - day));
    }
}

/* The configuration itself can't be read: the notice goes where the environment says the lists are. */
static enum rc blind_notice(struct arena *a, const char *day)
{
    enum rc rc = err_last();
    const char *out = getenv("BIDUI_OUT");
    if (out == NULL || *out == '\0') {
        return rc;
    }
    const char *body = arena_printf(a, "%s %s\n%s: %s\n", day, tr("今日未出清单", "no list today"), err_text(rc), err_detail());
    const char *folder = arena_printf(a, "%s/%s", out, day);
    if (fs_exists(arena_printf(a, "%s/leads.json", folder))) {
        return rc;
    }
    fprintf(stderr, "bidui watch: %s", body);
    enum rc wrote = fs_mkdirs(folder);
    return wrote == RC_OK ? fs_write_synced(arena_printf(a, "%s/%s", folder, notice_name()), str_from(body)) : wrote;
}

static enum rc watch(struct cli_args *args, struct arena *a, struct config **config, int *ret_code)
{
    date_t day = DATE_NONE;
    char text[DATE_TEXT];
    *ret_code = EXIT_FAILED;
    const char *dir = cmd_config_dir(args);
    if (dir == NULL) {
        return err_fail(RC_USAGE, "--config");
    }
    TRY(cmd_date(args, &day));
    date_format(day, text);
    if (config_load(dir, true, config) != RC_OK) {
        return blind_notice(a, text);
    }
    const struct config *c = *config;
    const char *folder = arena_printf(a, "%s/%s", c->out, text);
    warn_disk(c);
    warn_calendar(c, day);
    warn_expiring(c, a, day);
    if (warn_roster(c, a, day) != RC_OK) {
        err_clear();
    }
    *ret_code = EXIT_PUBLISHED;
    if (c->out == NULL || *c->out == '\0') {
        return err_fail(RC_CONFIG, "out");
    }
    if (fs_exists(arena_printf(a, "%s/leads.json", folder)) || !is_due(c, day)) {
        return RC_OK;
    }
    *ret_code = EXIT_FAILED;
    return put_notice(c, a, folder, day);
}

int cmd_watch(struct cli_args *args)
{
    struct arena *a = arena_new((size_t)64 << 20);
    struct config *config = NULL;
    int code = EXIT_PUBLISHED;
    if (watch(args, a, &config, &code) != RC_OK) {
        code = cmd_fail("watch");
    }
    config_free(config);
    arena_free(a);
    return code;
}
