/* bidui compare: two lists, or one with itself; no configuration, no database. */
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "pipeline/cmd.h"
#include "pipeline/compare/compare.h"

#define COST_MOST 1000000
#define OUT_MAX ((size_t)64 << 20)
#define DEFAULT_FOLDER "compare"

static void show_progress(size_t done, size_t total)
{
    log_progress(tr("比对", "comparing"), (int64_t)done, (int64_t)total);
}

static enum rc read_number(const struct cli_args *args, const char *option, int64_t least,
                           int64_t *ret)
{
    const char *text = cli_value(args, option);
    if (text == NULL) {
        return RC_OK;
    }
    int64_t value = 0;
    if (!str_to_i64(str_from(text), &value) || value < least || value > COST_MOST) {
        return err_fail(
            RC_USAGE,
            tr("--%s: 应为 %lld 到 %d 的整数", "--%s: expected a whole number from %lld to %d"),
            option, (long long)least, COST_MOST);
    }
    *ret = value;
    return RC_OK;
}

static enum rc read_options(const struct cli_args *args, struct link_options *o)
{
    int64_t threads = sysconf(_SC_NPROCESSORS_ONLN);
    *o = link_defaults;
    o->progress = show_progress;
    TRY(read_number(args, "false-cost", 2, &o->costs.false_link));
    TRY(read_number(args, "missed-cost", 2, &o->costs.missed_link));
    TRY(read_number(args, "threads", 1, &threads));
    o->threads = (int)(threads > 64 ? 64 : threads);
    return RC_OK;
}

static enum rc write_all(const struct comparison *c, const char *folder)
{
    TRY(fs_mkdirs(folder));
    TRY(compare_write_csv(c, folder));
    TRY(compare_write_xlsx(c, folder));
    return fs_sync(folder);
}

static enum rc tell(const struct cli_args *args, const struct comparison *c, const struct truth *t,
                    const char *folder, int64_t began)
{
    struct buf out;
    buf_init(&out, OUT_MAX);
    enum rc rc = cli_has(args, "json") ? compare_put_json(c, t, clock_monotonic_ms() - began, &out)
                                       : compare_put_text(c, t, folder, &out);
    if (rc == RC_OK) {
        (void)fwrite(out.p, 1, out.n, stdout);
        rc = fflush(stdout) == 0 ? RC_OK : err_fail(RC_IO, "stdout");
    }
    buf_done(&out);
    return rc;
}

static enum rc compare(const struct cli_args *args, struct comparison *c)
{
    int64_t began = clock_monotonic_ms();
    const char *folder = cli_value(args, "out") != NULL ? cli_value(args, "out") : DEFAULT_FOLDER;
    const char *truth_path = cli_value(args, "truth");
    const char *right = cli_operand_count(args) > 1 ? cli_operand(args, 1) : NULL;
    struct link_options options;
    struct truth truth;
    TRY(read_options(args, &options));
    TRY(compare_open(cli_operand(args, 0), right, cli_value(args, "key"), cli_value(args, "map"),
                     c));
    tell_columns(c);
    TRY(compare_link(c, &options));
    log_progress_end();
    tell_passes(c);
    TRY(truth_path != NULL ? truth_judge(c, truth_path, &truth) : RC_OK);
    TRY(write_all(c, folder));
    return tell(args, c, truth_path != NULL ? &truth : NULL, folder, began);
}

/* A model that was refused is the lists' fault, and no link is made: as for a wrong configuration.
 */
int cmd_compare(struct cli_args *args)
{
    struct comparison c = {0};
    enum rc rc = compare(args, &c);
    int code = rc == RC_OK ? EXIT_PUBLISHED : cmd_fail("compare");
    code = rc == RC_STATE ? EXIT_USAGE : code;
    if (c.arena != NULL) {
        compare_close(&c);
    }
    return code;
}
