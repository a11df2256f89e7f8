/* bidui explain: from a lead to its alerts, rule, parameter, facts, deliveries and links; and for every rule that is
 * not on the list, the first condition that failed and what was found. Answers as known at one edition. */
#include <stdio.h>

#include "pipeline/cmd.h"
#include "pipeline/explain.h"

static enum rc pick_edition(struct session *s, const struct cli_args *args, struct edition *ret)
{
    const char *day = cli_value(args, "date");
    date_t parsed = DATE_NONE;
    if (day != NULL && !date_parse_iso(str_from(day), &parsed)) {
        return err_fail(RC_USAGE, "--date: %s", tr("应为 YYYY-MM-DD", "expected YYYY-MM-DD"));
    }
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db,
                 "select edition, as_of from bidui.edition where county = $1 and state = 'published'"
                 " and ($2::date is null or as_of = $2::date) order by edition desc limit 1",
                 DB_PARAMS(s->config->county, day), &res));
    if (PQntuples(res) == 0) {
        return err_fail(RC_NOT_FOUND, "%s", tr("该日期没有已出的清单", "no list was published for that date"));
    }
    *ret = (struct edition){.number = (int)db_i64(res, 0, 0), .as_of = db_date(res, 0, 1)};
    return RC_OK;
}

static enum rc explain(struct session *s, const struct cli_args *args)
{
    struct edition e;
    struct explanation x;
    TRY(pick_edition(s, args, &e));
    struct stage stage = cmd_stage(s, e);
    TRY(explain_find(&stage, str_from(cli_operand(args, 0)), &x));
    return cli_has(args, "json") ? explain_print_json(&stage, &x, stdout) : explain_print(&stage, &x, stdout);
}

int cmd_explain(struct cli_args *args)
{
    struct session s;
    enum rc rc = cmd_open(args, "explain", &s);
    if (rc == RC_OK) {
        rc = explain(&s, args);
    }
    int code = rc == RC_OK ? EXIT_PUBLISHED : cmd_fail("explain");
    cmd_close(&s);
    return code;
}

int cmd_rules_list(struct cli_args *args)
{
    struct session s;
    enum rc rc = cmd_open(args, "rules", &s);
    if (rc == RC_OK) {
        struct stage stage = cmd_stage(&s, (struct edition){.as_of = DATE_NONE});
        rc = explain_print_rules(&stage, cli_has(args, "json"), stdout);
    }
    int code = rc == RC_OK ? EXIT_PUBLISHED : cmd_fail("rules list");
    cmd_close(&s);
    return code;
}
