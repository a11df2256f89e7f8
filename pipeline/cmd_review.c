/* What a person decides: bidui accept for held deliveries, bidui review for links. Each is audited with a reason. */
#include <stdio.h>
#include <stdlib.h>

#include "pipeline/cmd.h"
#include "pipeline/pull/evidence.h"
#include "pipeline/pull/pull.h"

const char *cmd_actor(void)
{
    const char *sudo = getenv("SUDO_USER"), *user = getenv("USER");
    return sudo != NULL ? sudo : user != NULL ? user : "unknown";
}

static enum rc reason_given(const struct cli_args *args, const char **ret)
{
    *ret = cli_value(args, "reason");
    if (*ret == NULL || **ret == '\0') {
        return err_fail(RC_USAGE, "--reason: %s", tr("必须写明理由", "a reason is required"));
    }
    return RC_OK;
}

/* ---- accept ---- */

/* DATE or DATE.EDITION; a date alone means its newest edition. */
static enum rc parse_run(struct session *s, const char *text, int *ret_edition)
{
    struct str rest = str_from(text);
    struct str day = str_cut(&rest, '.');
    date_t parsed = DATE_NONE;
    int64_t edition = 0;
    if (!date_parse_iso(day, &parsed) || (rest.n > 0 && !str_to_i64(rest, &edition))) {
        return err_fail(RC_USAGE, "%s: %s", text, tr("应为 日期 或 日期.版次", "expected DATE or DATE.EDITION"));
    }
    char number[DB_NUMBER];
    int64_t found = 0;
    TRY(db_query_i64(s->db,
                     "select coalesce(max(edition), 0) from bidui.edition where county = $1"
                     " and (as_of = $2::date or (as_of is null and state = 'open'))"
                     " and ($3 = '0' or edition = $3::int)",
                     DB_PARAMS(s->config->county, arena_cstr(s->arena, day), db_number(edition, number)), &found));
    if (found == 0) {
        return err_fail(RC_NOT_FOUND, "%s", text);
    }
    *ret_edition = (int)found;
    return RC_OK;
}

/* --because; --reason is its older name. */
static enum rc because(const struct cli_args *args, const char **ret)
{
    *ret = cli_has(args, "because") ? cli_value(args, "because") : cli_value(args, "reason");
    if (*ret == NULL || **ret == '\0') {
        return err_fail(RC_USAGE, "--because: %s", tr("必须写明为什么可信", "say why it can be trusted"));
    }
    return RC_OK;
}

static enum rc accept(struct session *s, const struct cli_args *args)
{
    int edition = 0;
    const char *reason = NULL;
    TRY(because(args, &reason));
    TRY(parse_run(s, cli_operand(args, 0), &edition));
    struct stage stage = cmd_stage(s, (struct edition){.as_of = DATE_NONE});
    TRY(accept_delivery(&stage, edition, str_from(cli_operand(args, 1)), cmd_actor(), reason));
    printf("%s\n", tr("已接受;下一版次入库。", "accepted; the next edition takes it in"));
    return RC_OK;
}

int cmd_accept(struct cli_args *args)
{
    struct session s;
    enum rc rc = cmd_open(args, "accept", &s);
    if (rc == RC_OK) {
        rc = accept(&s, args);
    }
    int code = rc == RC_OK ? EXIT_PUBLISHED : cmd_fail("accept");
    cmd_close(&s);
    return code;
}

/* ---- review ---- */

static void print_item_text(const struct review_item *item)
{
    printf("%lld  %.*s  %.*s  %s\n", (long long)item->review_no, STR_ARGS(item->dataset), STR_ARGS(item->record_code),
           review_reason_text(item->reason));
    for (size_t i = 0; i < item->candidate_count; i++) {
        printf("    %lld  %.*s\n", (long long)item->candidates[i].subject, STR_ARGS(item->candidates[i].text));
        evidence_print(item->candidates[i].evidence, "        ", stdout);
    }
}

static enum rc put_item(struct buf *b, const struct review_item *item)
{
    TRY(buf_printf(b, "{\"review_no\":%lld,\"edition\":%d,\"dataset\":", (long long)item->review_no, item->edition));
    TRY(buf_put_json(b, item->dataset));
    TRY(buf_puts(b, STR(",\"record_code\":")));
    TRY(buf_put_json(b, item->record_code));
    TRY(buf_puts(b, STR(",\"reason\":")));
    TRY(buf_put_json(b, item->reason));
    TRY(buf_puts(b, STR(",\"candidates\":[")));
    for (size_t i = 0; i < item->candidate_count; i++) {
        TRY(buf_printf(b, "%s{\"number\":%lld,\"text\":", i > 0 ? "," : "", (long long)item->candidates[i].subject));
        TRY(buf_put_json(b, item->candidates[i].text));
        if (!str_is_null(item->candidates[i].evidence)) {
            TRY(buf_puts(b, STR(",\"evidence\":")));
            TRY(evidence_put_json(b, item->candidates[i].evidence));
        }
        TRY(buf_putc(b, '}'));
    }
    return buf_puts(b, STR("]}"));
}

static enum rc print_items_json(const struct review_item *items, size_t n)
{
    struct buf b;
    enum rc rc = RC_OK;
    buf_init(&b, (size_t)64 << 20);
    for (size_t i = 0; i < n && rc == RC_OK; i++) {
        rc = buf_puts(&b, i > 0 ? STR(",\n") : STR(""));
        rc = rc == RC_OK ? put_item(&b, &items[i]) : rc;
    }
    if (rc == RC_OK) {
        printf("{\"review\":[%.*s]}\n", STR_ARGS(buf_str(&b)));
    }
    buf_done(&b);
    return rc;
}

static enum rc list(struct session *s, const struct cli_args *args)
{
    struct review_item *items = NULL;
    size_t n = 0;
    struct edition latest;
    TRY(edition_latest_published(s->db, s->config->county, &latest));
    struct stage stage = cmd_stage(s, latest);
    TRY(review_list(&stage, 0, &items, &n));
    if (cli_has(args, "json")) {
        return print_items_json(items, n);
    }
    for (size_t i = 0; i < n; i++) {
        print_item_text(&items[i]);
    }
    printf(tr("待人工判定 %zu 条\n", "%zu waiting\n"), n);
    return RC_OK;
}

int cmd_review_list(struct cli_args *args)
{
    struct session s;
    enum rc rc = cmd_open(args, "review", &s);
    if (rc == RC_OK) {
        rc = list(&s, args);
    }
    int code = rc == RC_OK ? EXIT_PUBLISHED : cmd_fail("review list");
    cmd_close(&s);
    return code;
}

static enum rc decide(struct session *s, const struct cli_args *args, bool accepted)
{
    int64_t number = 0, subject = 0;
    const char *reason = NULL, *chosen = cli_value(args, "person");
    struct edition e;
    TRY(reason_given(args, &reason));
    if (!str_to_i64(str_from(cli_operand(args, 0)), &number) ||
        (chosen != NULL && !str_to_i64(str_from(chosen), &subject))) {
        return err_fail(RC_USAGE, "%s", cli_operand(args, 0));
    }
    TRY(edition_take(s->config, s->db, &e));
    struct stage stage = cmd_stage(s, e);
    TRY(edition_reopen(&stage));
    return review_decide(&stage, number, accepted, subject, cmd_actor(), reason);
}

static int decide_command(struct cli_args *args, bool accepted)
{
    struct session s;
    enum rc rc = cmd_open(args, "run", &s);
    if (rc == RC_OK) {
        rc = decide(&s, args, accepted);
    }
    int code = rc == RC_OK ? EXIT_PUBLISHED : cmd_fail(accepted ? "review accept" : "review reject");
    cmd_close(&s);
    return code;
}

int cmd_review_accept(struct cli_args *args) { return decide_command(args, true); }
int cmd_review_reject(struct cli_args *args) { return decide_command(args, false); }
