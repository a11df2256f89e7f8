/* bidui report: the bulletin of a month, quarter, half-year or year. */
#include "pipeline/cmd.h"
#include "pipeline/report/report.h"

#define REPORT_ARENA ((size_t)512 << 20)
#define JSON_MAX ((size_t)64 << 20)

static enum rc print_json(const struct report *r)
{
    struct buf b;
    buf_init(&b, JSON_MAX);
    enum rc rc = report_put_json(r, &b);
    if (rc == RC_OK) {
        (void)fwrite(b.p, 1, b.n, stdout);
    }
    buf_done(&b);
    return rc;
}

static enum rc run_report(struct session *s, const struct cli_args *args, struct arena *a)
{
    struct period period;
    struct report r;
    const char *folder = NULL;
    if (!period_read(s->config, str_from(cli_operand(args, 0)), &period)) {
        enum rc rc = err_fail(RC_USAGE, "%s", cli_operand(args, 0));
        err_hint("%s", tr("应为 2026-11、2026Q4、2026H2 或 2026。", "Expected 2026-11, 2026Q4, 2026H2 or 2026."));
        return rc;
    }
    struct stage stage = cmd_stage(s, (struct edition){.as_of = DATE_NONE});
    TRY(report_load(&stage, a, &period, cli_has(args, "publish"), &r));
    TRY(report_write(&r, &folder));
    if (cli_has(args, "json")) {
        return print_json(&r);
    }
    printf("%s\n%s\n", report_standing(&r), folder);
    return RC_OK;
}

int cmd_report(struct cli_args *args)
{
    struct session s;
    struct arena *a = arena_new(REPORT_ARENA);
    enum rc rc = cmd_open(args, "report", &s);
    if (rc == RC_OK) {
        rc = run_report(&s, args, a);
    }
    int code = rc == RC_OK ? EXIT_PUBLISHED : cmd_fail("report");
    arena_free(a);
    cmd_close(&s);
    return code;
}
