/* bidui withdraw: what should not have gone out is taken back with the next edition, with a reason. */
#include "pipeline/cmd.h"
#include "pipeline/withdraw.h"

#include <stdio.h>

static enum rc run_withdraw(struct session *s, const struct cli_args *args)
{
    struct edition e;
    struct withdrawal w = {.object = cli_operand(args, 0), .because = cli_value(args, "because"), .actor = cmd_actor()};
    if (w.because == NULL || *w.because == '\0') {
        return err_fail(RC_USAGE, "--because: %s", tr("必须写明为什么撤回", "say why it is taken back"));
    }
    TRY(edition_take(s->config, s->db, &e));
    struct stage stage = cmd_stage(s, e);
    TRY(edition_reopen(&stage));
    TRY(withdraw(&stage, &w));
    printf(tr("撤回 %lld 条线索的 %lld 项预警,下一版清单起生效,并附撤回通知。\n",
              "taken back: %lld leads, %lld alerts; the next list says so, with a notice to each recipient.\n"),
           (long long)w.leads, (long long)w.alerts);
    return RC_OK;
}

int cmd_withdraw(struct cli_args *args)
{
    struct session s;
    enum rc rc = cmd_open(args, "withdraw", &s);
    if (rc == RC_OK) {
        rc = run_withdraw(&s, args);
    }
    int code = rc == RC_OK ? EXIT_PUBLISHED : cmd_fail("withdraw");
    cmd_close(&s);
    return code;
}
