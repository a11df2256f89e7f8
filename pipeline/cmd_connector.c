/* bidui connector: help for whoever writes a department's file. */
#include <stdio.h>

#include "pipeline/cmd.h"
#include "pipeline/config_print.h"
#include "pipeline/draft/draft.h"

#define DRAFT_ARENA ((size_t)512 << 20)

int cmd_connector_docs(struct cli_args *args)
{
    (void)args;
    config_print_docs(stdout);
    return EXIT_PUBLISHED;
}

int cmd_connector_schema(struct cli_args *args)
{
    (void)args;
    return config_print_schema(stdout) == RC_OK ? EXIT_PUBLISHED : cmd_fail("connector schema");
}

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        bool is_letter = s.p[i] >= 'a' && s.p[i] <= 'z';
        if (!is_letter && (i == 0 || !((s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_'))) {
            return false;
        }
    }
    return s.n > 0;
}

static enum rc read_name(const char *text, struct draft *d)
{
    struct str dataset = str_from(text), department = str_cut(&dataset, '.');
    if (!is_name(department) || !is_name(dataset)) {
        return err_fail(RC_USAGE,
                        tr("%s: 应为 部门.数据集,各由小写字母、数字和下划线组成",
                           "%s: expected DEPARTMENT.DATASET, each of a-z, 0-9 and _"),
                        text);
    }
    d->department = arena_cstr(d->arena, department);
    d->dataset = arena_cstr(d->arena, dataset);
    return RC_OK;
}

static enum rc make_draft(const struct cli_args *args, struct draft *d)
{
    const char *url = cli_value(args, "url"), *table = cli_value(args, "table");
    const char *file = cli_value(args, "file"), *connection = cli_value(args, "connection");
    TRY(read_name(cli_operand(args, 0), d));
    d->header = cli_value(args, "header");
    d->body = cli_value(args, "body");
    d->soap_action = cli_value(args, "soap-action");
    d->login = (struct draft_login){cli_value(args, "dialect"), cli_value(args, "user"), cli_value(args, "password")};
    if ((d->login.dialect != NULL && table == NULL) ||
        ((d->login.user != NULL || d->login.password != NULL) && d->login.dialect == NULL)) {
        return err_fail(RC_USAGE, "%s", tr("--dialect 与 --table 同用,--user、--password 与 --dialect 同用",
                                           "--dialect goes with --table, --user and --password go with --dialect"));
    }
    if ((d->body != NULL || d->soap_action != NULL || d->header != NULL) && url == NULL) {
        return err_fail(RC_USAGE, "%s", tr("--header、--body、--soap-action 与 --url 同用",
                                           "--header, --body and --soap-action go with --url"));
    }
    if ((url != NULL) + (table != NULL) + (file != NULL) != 1 ||
        (table != NULL) != (connection != NULL)) {
        return err_fail(RC_USAGE, "%s",
                        tr("--url、--table 加 --connection、--file 三者取一",
                           "say one of --url, --table with --connection, or --file"));
    }
    TRY(url != NULL    ? draft_url(d, url)
        : file != NULL ? draft_file(d, file)
        : d->login.dialect != NULL ? draft_odbc(d, table, connection)
                       : draft_table(d, table, connection));
    return draft_write(d, stdout);
}

int cmd_connector_new(struct cli_args *args)
{
    struct draft d = {.arena = arena_new(DRAFT_ARENA)};
    enum rc rc = make_draft(args, &d);
    arena_free(d.arena);
    return rc == RC_OK ? EXIT_PUBLISHED : cmd_fail("connector new");
}
