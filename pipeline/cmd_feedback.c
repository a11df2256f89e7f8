/* bidui feedback: takes returned workbooks, or a ledger of what was verified before, and says row by row what was taken
 * and why not. */
#include "base/clock.h"
#include "pipeline/cmd.h"
#include "pipeline/feedback/history.h"

#define ROWS_ARENA ((size_t)4 << 30)

/* Results are learned by the open edition, as a roster loaded by day is; a dry run looks at what there is. */
static enum rc open_stage(struct session *s, bool dry_run, struct stage *ret)
{
    struct edition e = {.as_of = DATE_NONE};
    if (!dry_run) {
        TRY(edition_take(s->config, s->db, &e));
    }
    *ret = cmd_stage(s, e);
    return dry_run ? RC_OK : edition_reopen(ret);
}

static enum rc take_workbooks(struct session *s, const struct cli_args *args, bool dry_run, struct feedback *f)
{
    struct stage stage;
    size_t n = cli_operand_count(args);
    const char **files = arena_array(s->arena, n, sizeof *files);
    for (size_t i = 0; i < n; i++) {
        files[i] = cli_operand(args, i);
    }
    TRY(feedback_read(s->config, clock_today(), f->arena, files, n, f));
    TRY(open_stage(s, dry_run, &stage));
    return feedback_take(&stage, f, cmd_actor(), dry_run);
}

static enum rc take_ledger(struct session *s, const char *file, bool dry_run, struct feedback *f)
{
    struct stage stage;
    struct history h;
    TRY(history_read(s->config, clock_today(), f->arena, file, &h));
    TRY(open_stage(s, dry_run, &stage));
    TRY(history_take(&stage, &h, cmd_actor(), dry_run));
    *f = h.rows;
    return RC_OK;
}

static enum rc feedback(struct session *s, const struct cli_args *args, struct feedback *f)
{
    bool dry_run = cli_has(args, "dry-run");
    const char *ledger = cli_value(args, "history");
    if ((ledger != NULL) == (cli_operand_count(args) > 0)) {
        return err_fail(RC_USAGE, "%s", tr("写要取回的文件,或 --history 台账", "name files to take back, or --history with a ledger"));
    }
    TRY(ledger != NULL ? take_ledger(s, ledger, dry_run, f) : take_workbooks(s, args, dry_run, f));
    return cli_has(args, "json") ? feedback_print_json(f, stdout) : feedback_print(f, dry_run, stdout);
}

int cmd_feedback(struct cli_args *args)
{
    struct session s;
    struct arena *rows = arena_new(ROWS_ARENA);
    struct feedback f = {.arena = rows};
    enum rc rc = cmd_open(args, "feedback", &s);
    if (rc == RC_OK) {
        rc = feedback(&s, args, &f);
    }
    int code = rc != RC_OK ? cmd_fail("feedback") : f.refused > 0 ? EXIT_FEED : EXIT_PUBLISHED;
    arena_free(rows);
    cmd_close(&s);
    return code;
}
