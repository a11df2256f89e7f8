/* bidui feedback: takes returned workbooks, and says row by row what was taken and why not. */
#include "base/clock.h"
#include "pipeline/cmd.h"
#include "pipeline/feedback/feedback.h"

#define ROWS_ARENA ((size_t)4 << 30)

/* Results are learned by the open edition, as a roster loaded by day is; a dry run looks at what there is. */
static enum rc take(struct session *s, struct feedback *f, bool dry_run)
{
    struct edition e = {.as_of = DATE_NONE};
    if (!dry_run) {
        TRY(edition_take(s->config, s->db, &e));
    }
    struct stage stage = cmd_stage(s, e);
    TRY(dry_run ? RC_OK : edition_reopen(&stage));
    return feedback_take(&stage, f, cmd_actor(), dry_run);
}

static enum rc feedback(struct session *s, const struct cli_args *args, struct feedback *f)
{
    bool dry_run = cli_has(args, "dry-run");
    size_t n = cli_operand_count(args);
    const char **files = arena_array(s->arena, n, sizeof *files);
    for (size_t i = 0; i < n; i++) {
        files[i] = cli_operand(args, i);
    }
    TRY(feedback_read(s->config, clock_today(), f->arena, files, n, f));
    TRY(take(s, f, dry_run));
    return cli_has(args, "json") ? feedback_print_json(f, stdout) : feedback_print(f, dry_run, stdout);
}

int cmd_feedback(struct cli_args *args)
{
    struct session s;
    struct feedback f = {.arena = arena_new(ROWS_ARENA)};
    enum rc rc = cmd_open(args, "feedback", &s);
    if (rc == RC_OK) {
        rc = feedback(&s, args, &f);
    }
    int code = rc != RC_OK ? cmd_fail("feedback") : f.refused > 0 ? EXIT_FEED : EXIT_PUBLISHED;
    arena_free(f.arena);
    cmd_close(&s);
    return code;
}
