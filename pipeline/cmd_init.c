#include <stdio.h>

#include "pipeline/cmd.h"
#include "pipeline/init.h"

/* init can't use cmd_open: the schema it verifies is what this command makes. */
static enum rc run_init(struct cli_args *args, struct config **config, struct db **db, int *changes)
{
    const char *dir = cmd_config_dir(args);
    if (dir == NULL) {
        return err_fail(RC_USAGE, "--config");
    }
    TRY(config_load(dir, true, config));
    if ((*config)->english) {
        lang_set(true);
    }
    TRY(db_open((*config)->database, "bidui init", db));
    return init_schema(*config, *db, cli_has(args, "plan") ? stdout : NULL, changes);
}

int cmd_init(struct cli_args *args)
{
    struct config *config = NULL;
    struct db *db = NULL;
    int changes = 0;
    enum rc rc = run_init(args, &config, &db, &changes);
    int code = 0;
    if (rc != RC_OK) {
        code = cmd_fail("init");
    } else if (!cli_has(args, "plan")) {
        printf(tr("数据库结构已就绪(%d 处变更)\n", "schema is up to date (%d changes)\n"), changes);
    }
    db_close(db);
    config_free(config);
    return code;
}
