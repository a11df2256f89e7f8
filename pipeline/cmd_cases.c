/* bidui cases: where each case stands, the steps people report, the diagram of both. */
#include "pipeline/cases/cases.h"
#include "pipeline/cmd.h"
#include "pipeline/deliver/list.h"

#include "base/clock.h"
#include "base/screen.h"

#define ROWS_ARENA ((size_t)2 << 30)
#define JSON_MAX ((size_t)256 << 20)

/* ---- List ---- */

static void print_case(const struct list *l, const struct list_case *c)
{
    char since[DATE_TEXT], due[DATE_TEXT];
    date_format(c->since, since);
    date_format(c->due_on, due);
    screen_cell(stdout, c->lead_no, 11);
    screen_cell(stdout, c->household_no, 22);
    screen_cell(stdout, c->township, 14);
    screen_cell(stdout, str_from(case_state_title(c->state)), 15);
    printf("%s  %s%s%s\n", since, due, case_is_overdue(l, c) ? tr("  逾期", "  overdue") : "",
           c->is_mismatch ? tr("  账账不符", "  not on the roster") : "");
}

static enum rc print_json(const struct list *l)
{
    struct buf b;
    buf_init(&b, JSON_MAX);
    enum rc rc = buf_puts(&b, STR("{\"format\":1,"));
    rc = rc == RC_OK ? list_put_cases(l, &b) : rc;
    rc = rc == RC_OK ? buf_puts(&b, STR("}\n")) : rc;
    if (rc == RC_OK) {
        (void)fwrite(b.p, 1, b.n, stdout);
    }
    buf_done(&b);
    return rc;
}

static enum rc list_cases(struct session *s, const struct cli_args *args, struct arena *a)
{
    struct edition e;
    TRY(edition_latest_published(s->db, s->config->county, &e));
    struct stage stage = cmd_stage(s, e);
    struct list l = {.arena = a, .config = s->config, .edition = e.number, .as_of = e.as_of};
    TRY(cases_load(&stage, &l));
    if (cli_has(args, "json")) {
        return print_json(&l);
    }
    for (size_t i = 0; i < l.case_count; i++) {
        print_case(&l, &l.cases[i]);
    }
    return RC_OK;
}

/* ---- Steps ---- */

static enum rc take_steps(struct session *s, const struct cli_args *args, struct feedback *f)
{
    struct edition e = {.as_of = DATE_NONE};
    bool dry_run = cli_has(args, "dry-run");
    TRY(cases_read(s->config, clock_today(), f->arena, cli_operand(args, 0), f));
    if (!dry_run) {
        TRY(edition_take(s->config, s->db, &e));
    }
    struct stage stage = cmd_stage(s, e);
    TRY(dry_run ? RC_OK : edition_reopen(&stage));
    TRY(cases_take(&stage, f, cmd_actor(), dry_run));
    return cli_has(args, "json") ? feedback_print_json(f, stdout) : feedback_print(f, dry_run, stdout);
}

/* ---- Commands ---- */

int cmd_cases_list(struct cli_args *args)
{
    struct session s;
    struct arena *a = arena_new(ROWS_ARENA);
    enum rc rc = cmd_open(args, "cases list", &s);
    if (rc == RC_OK) {
        rc = list_cases(&s, args, a);
    }
    int code = rc == RC_OK ? EXIT_PUBLISHED : cmd_fail("cases list");
    arena_free(a);
    cmd_close(&s);
    return code;
}

int cmd_cases_take(struct cli_args *args)
{
    struct session s;
    struct feedback f = {.arena = arena_new(ROWS_ARENA)};
    struct arena *a = f.arena;
    enum rc rc = cmd_open(args, "cases take", &s);
    if (rc == RC_OK) {
        rc = take_steps(&s, args, &f);
    }
    int code = rc != RC_OK ? cmd_fail("cases take") : f.refused > 0 ? EXIT_FEED : EXIT_PUBLISHED;
    arena_free(a);
    cmd_close(&s);
    return code;
}

int cmd_cases_diagram(struct cli_args *args)
{
    (void)args;
    case_print_diagram(stdout);
    return EXIT_PUBLISHED;
}
