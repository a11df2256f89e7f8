/* bidui dispatch: the county's decisions, and the batch they send to townships. */
#include "pipeline/cmd.h"
#include "pipeline/dispatch/dispatch.h"

#define ROWS_ARENA ((size_t)2 << 30)

static enum rc run_dispatch(struct session *s, const struct cli_args *args, struct dispatch *d)
{
    struct edition e = {.as_of = DATE_NONE};
    bool dry_run = cli_has(args, "dry-run");
    if (!s->config->dispatch_screened) {
        enum rc rc = err_fail(RC_STATE, "dispatch: automatic");
        err_hint("%s", tr("先在 bidui.yaml 中设 dispatch: screened。", "Set dispatch: screened in bidui.yaml first."));
        return rc;
    }
    TRY(dispatch_read(s->config, d->arena, cli_operand(args, 0), d));
    if (!dry_run) {
        TRY(edition_take(s->config, s->db, &e));
    }
    struct stage stage = cmd_stage(s, e);
    TRY(dry_run ? RC_OK : edition_reopen(&stage));
    TRY(dispatch_take(&stage, d, cmd_actor(), dry_run));
    TRY(dry_run ? RC_OK : dispatch_write(&stage, d));
    return dispatch_print(d, dry_run, cli_has(args, "json"), stdout);
}

int cmd_dispatch(struct cli_args *args)
{
    struct session s;
    struct dispatch d = {.arena = arena_new(ROWS_ARENA)};
    enum rc rc = cmd_open(args, "dispatch", &s);
    if (rc == RC_OK) {
        rc = run_dispatch(&s, args, &d);
    }
    int code = rc != RC_OK ? cmd_fail("dispatch") : d.refused > 0 ? EXIT_FEED : EXIT_PUBLISHED;
    arena_free(d.arena);
    cmd_close(&s);
    return code;
}
