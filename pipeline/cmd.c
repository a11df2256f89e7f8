#include "pipeline/cmd.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "pipeline/init.h"

#define SESSION_ARENA ((size_t)256 << 20)

const char *cmd_config_dir(const struct cli_args *args)
{
    const char *dir = cli_value(args, "config");
    return dir != NULL ? dir : getenv("BIDUI_CONFIG");
}

static int exit_code(enum rc rc)
{
    if (rc == RC_USAGE || rc == RC_CONFIG) {
        return EXIT_USAGE;
    }
    return rc == RC_LOCKED ? EXIT_LOCKED : EXIT_FAILED;
}

int cmd_fail(const char *who)
{
    log_progress_end();
    err_print(who);
    return exit_code(err_last());
}

enum rc cmd_date(const struct cli_args *args, date_t *ret)
{
    const char *text = cli_value(args, "date");
    if (text == NULL) {
        *ret = clock_today();
        return RC_OK;
    }
    if (!date_parse_iso(str_from(text), ret)) {
        return err_fail(RC_USAGE, "--date: %s", tr("应为 YYYY-MM-DD", "expected YYYY-MM-DD"));
    }
    return RC_OK;
}

/* Problems that belong to no department stop everything; a department's own stop that department alone. */
static enum rc judge_problems(const struct config *c)
{
    size_t fatal = 0;
    const struct problem *first = NULL;
    for (const struct problem *p = c->problems.first; p != NULL; p = p->next) {
        if (p->warning) {
            continue;
        }
        if (p->department == NULL) {
            first = fatal++ == 0 ? p : first;
        } else {
            log_event(LOG_WARN, "department file broken", LOG_S("department", p->department), LOG_S("file", p->file),
                      LOG_I("line", p->line), LOG_S("key", p->key));
        }
    }
    if (first != NULL) {
        return err_fail(RC_CONFIG, "%s:%d: %s: %s", first->file, first->line, first->key, first->message);
    }
    return RC_OK;
}

static enum rc open_all(const struct cli_args *args, const char *name, struct session *s)
{
    const char *dir = cmd_config_dir(args);
    if (dir == NULL) {
        enum rc rc = err_fail(RC_USAGE, "%s", tr("没有指定配置目录", "no configuration folder given"));
        err_hint("%s", tr("用 --config 目录,或设置环境变量 BIDUI_CONFIG。", "Use --config DIR or set BIDUI_CONFIG."));
        return rc;
    }
    TRY(config_load(dir, true, &s->config));
    if (s->config->english) {
        lang_set(true);
    }
    TRY(judge_problems(s->config));
    TRY(db_open(s->config->database, arena_printf(s->arena, "bidui %s %s", name, s->config->county), &s->db));
    return init_verify(s->config, s->db);
}

enum rc cmd_open(const struct cli_args *args, const char *name, struct session *ret)
{
    *ret = (struct session){NULL, NULL, arena_new(SESSION_ARENA)};
    return open_all(args, name, ret);
}

void cmd_close(struct session *s)
{
    db_close(s->db);
    config_free(s->config);
    arena_free(s->arena);
    *s = (struct session){NULL, NULL, NULL};
}

struct stage cmd_stage(const struct session *s, struct edition e)
{
    return (struct stage){s->config, s->db, e, s->arena};
}
