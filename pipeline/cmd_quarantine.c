/* bidui quarantine export: what a department has to correct, as a workbook for it. */
#include <stdio.h>

#include "base/clock.h"
#include "pipeline/cmd.h"
#include "pipeline/deliver/returned.h"

static enum rc find_department(struct session *s, const char *name, const struct department **ret)
{
    for (size_t i = 0; i < s->config->department_count; i++) {
        if (strcmp(s->config->departments[i].name, name) == 0 && !s->config->departments[i].is_broken) {
            *ret = &s->config->departments[i];
            return RC_OK;
        }
    }
    enum rc rc = err_fail(RC_USAGE, "%s", name);
    err_hint("%s", tr("部门名写在部门文件的 department 后面。", "A department is named in its file, behind department."));
    return rc;
}

static enum rc export(struct session *s, const struct cli_args *args)
{
    const struct department *d = NULL;
    const char *path = NULL, *folder = cli_value(args, "to");
    size_t rows = 0;
    TRY(find_department(s, cli_operand(args, 0), &d));
    struct stage stage = cmd_stage(s, (struct edition){.as_of = DATE_NONE});
    folder = folder != NULL ? folder : arena_printf(s->arena, "%s/departments", s->config->out);
    TRY(returned_write(&stage, d, clock_today(), folder, &path, &rows));
    if (path == NULL) {
        printf("%s\n", tr("没有待更正的问题数据。", "nothing waits for correction"));
    } else {
        printf(tr("%s\n%zu 条待更正\n", "%s\n%zu to correct\n"), path, rows);
    }
    return RC_OK;
}

int cmd_quarantine_export(struct cli_args *args)
{
    struct session s;
    enum rc rc = cmd_open(args, "quarantine", &s);
    if (rc == RC_OK) {
        rc = export(&s, args);
    }
    int code = rc == RC_OK ? EXIT_PUBLISHED : cmd_fail("quarantine export");
    cmd_close(&s);
    return code;
}
