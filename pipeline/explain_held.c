/* What is true of a household, yet not on the list: answered a short while ago, and until when that holds, or taken back. */
#include "pipeline/explain.h"
#include "pipeline/remarks.h"

enum rc explain_load_held(struct stage *s, struct explanation *x)
{
    char edition[DB_NUMBER], household[DB_NUMBER];
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db,
                 "select t.rule, coalesce(k.person_no, ''), t.answer, t.code, t.answered_on, t.until, t.opens_at::text, t.why,"
                 "  t.withdrawal_no, encode(w.sealed, 'hex')"
                 " from bidui.held t left join bidui.person_key k on k.county = t.county and k.person_id = t.person_id"
                 " left join bidui.withdrawal w on w.county = t.county and w.withdrawal_no = t.withdrawal_no"
                 " where t.county = $1 and t.edition = $2::int and t.household_id = $3::bigint"
                 " order by t.rule collate \"C\", 2",
                 DB_PARAMS(s->config->county, db_number(s->edition.number, edition), db_number(x->household_id, household)), &res));
    x->held_count = (size_t)PQntuples(res);
    x->held = arena_array(s->arena, x->held_count, sizeof *x->held);
    for (int i = 0; i < PQntuples(res); i++) {
        x->held[i] = (struct explained_hold){.rule = arena_str(s->arena, db_text(res, i, 0)),
                                             .person_no = arena_str(s->arena, db_text(res, i, 1)),
                                             .answer = arena_str(s->arena, db_text(res, i, 2)),
                                             .code = (int)db_i64(res, i, 3),
                                             .answered_on = db_date(res, i, 4),
                                             .until = db_date(res, i, 5),
                                             .opens_at = arena_str(s->arena, db_text(res, i, 6)),
                                             .why = arena_str(s->arena, db_text(res, i, 7))};
        TRY(remark_open(s->config, s->arena, REMARK_OF_WITHDRAWAL, db_text(res, i, 8), db_text(res, i, 9), &x->held[i].because));
    }
    return RC_OK;
}

static void print_cooling(const struct explained_hold *h, FILE *out)
{
    char on[DATE_TEXT], until[DATE_TEXT];
    date_format(h->answered_on, on);
    date_format(h->until, until);
    fprintf(out, tr("%s 核查答复 %s(%s),%s 起可再提示", "answered on %s, %s (%s); may open again from %s"), on,
            choice_title(answer_choices, h->answer), result_code_title(h->code), until);
    if (!str_is_null(h->opens_at)) {
        fprintf(out, tr(",此前达到 %.*s 时提示", ", or before when it reaches %.*s"), STR_ARGS(h->opens_at));
    }
}

void explain_print_held(const struct explanation *x, FILE *out)
{
    for (size_t i = 0; i < x->held_count; i++) {
        const struct explained_hold *h = &x->held[i];
        fprintf(out, "%s %.*s%s%.*s: ", tr("暂不提示", "held back"), STR_ARGS(h->rule), h->person_no.n > 0 ? " " : "",
                STR_ARGS(h->person_no));
        if (str_is(h->why, "withdrawn")) {
            fprintf(out, tr("已撤回(%.*s),同样的证据不再提示", "taken back (%.*s); the same evidence does not open it again"),
                    STR_ARGS(h->because));
        } else {
            print_cooling(h, out);
        }
        fprintf(out, "\n");
    }
}

static enum rc put_text(struct buf *b, const char *lead_in, struct str text)
{
    TRY(buf_puts(b, str_from(lead_in)));
    return buf_put_json(b, text);
}

static enum rc put_cooling(struct buf *b, const struct explained_hold *h)
{
    char on[DATE_TEXT], until[DATE_TEXT];
    date_format(h->answered_on, on);
    date_format(h->until, until);
    TRY(buf_printf(b, ",\"answer\":\"%.*s\",\"code\":%d,\"answered_on\":\"%s\",\"until\":\"%s\"", STR_ARGS(h->answer), h->code, on,
                   until));
    return put_text(b, ",\"opens_at\":", h->opens_at);
}

static enum rc put_hold(struct buf *b, const struct explained_hold *h)
{
    TRY(put_text(b, "{\"rule\":", h->rule));
    TRY(put_text(b, ",\"person_no\":", h->person_no.n > 0 ? h->person_no : STR_NULL));
    TRY(put_text(b, ",\"why\":", h->why));
    TRY(str_is(h->why, "withdrawn") ? put_text(b, ",\"because\":", h->because) : put_cooling(b, h));
    return buf_putc(b, '}');
}

enum rc explain_put_held(const struct explanation *x, struct buf *b)
{
    TRY(buf_puts(b, STR(",\"held\":[")));
    for (size_t i = 0; i < x->held_count; i++) {
        TRY(i > 0 ? buf_putc(b, ',') : RC_OK);
        TRY(put_hold(b, &x->held[i]));
    }
    return buf_putc(b, ']');
}
