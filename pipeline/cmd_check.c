#include "pipeline/check.h"
#include "pipeline/cmd.h"

int cmd_check(struct cli_args *args)
{
    const char *dir = cmd_config_dir(args);
    if (dir == NULL) {
        (void)!err_fail(RC_USAGE, "%s", tr("没有指定配置目录", "no configuration folder given"));
        err_hint("%s", tr("用 --config 目录,或设置环境变量 BIDUI_CONFIG。",
                          "Use --config DIR or set BIDUI_CONFIG."));
        return cmd_fail("check");
    }
    return check_report(dir, cli_has(args, "json"));
}
