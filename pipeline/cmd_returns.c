/* bidui returns: what goes back to departments, a workbook for each that has something to mend. */
#include "pipeline/cmd.h"
#include "pipeline/returns/returns.h"

#include <stdio.h>

static enum rc pick_edition(struct session *s, struct edition *ret)
{
    TRY(edition_latest_published(s->db, s->config->county, ret));
    return ret->number > 0 ? RC_OK : err_fail(RC_NOT_FOUND, "%s", tr("还没有已出的清单", "no list was published yet"));
}

static void print_text(const struct returns *r)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct returned_department *d = &r->departments[i];
        printf("%s/%s ", r->folder, d->file);
        for (int k = 0; k < RETURN_SHEETS; k++) {
            printf(" %s %zu", return_sheet_title((enum return_sheet)k), d->rows[k]);
        }
        printf("\n");
    }
    if (r->count == 0) {
        printf("%s\n", tr("没有要反馈部门的事项。", "nothing goes back to departments"));
    }
}

static void print_json(const struct returns *r)
{
    printf("{\"format\":1,\"departments\":[");
    for (size_t i = 0; i < r->count; i++) {
        const struct returned_department *d = &r->departments[i];
        printf("%s\n{\"department\":\"%s\",\"file\":\"%s\"", i > 0 ? "," : "", d->department->name, d->file);
        for (int k = 0; k < RETURN_SHEETS; k++) {
            printf(",\"%s\":%zu", return_sheet_name((enum return_sheet)k), d->rows[k]);
        }
        printf("}");
    }
    printf("\n]}\n");
}

static enum rc run_returns(struct session *s, const struct cli_args *args)
{
    struct edition e;
    struct returns r;
    TRY(pick_edition(s, &e));
    struct stage stage = cmd_stage(s, e);
    TRY(returns_write(&stage, &r));
    if (cli_has(args, "json")) {
        print_json(&r);
    } else {
        print_text(&r);
    }
    return RC_OK;
}

int cmd_returns(struct cli_args *args)
{
    struct session s;
    enum rc rc = cmd_open(args, "returns", &s);
    if (rc == RC_OK) {
        rc = run_returns(&s, args);
    }
    int code = rc == RC_OK ? EXIT_PUBLISHED : cmd_fail("returns");
    cmd_close(&s);
    return code;
}
