#include "pipeline/explain.h"

#include "base/buf.h"
#include "base/text.h"
#include "pipeline/pull/evidence.h"

#define JSON_MAX ((size_t)64 << 20)

/* ---- Finding ---- */

static enum rc find_subject(struct stage *s, const char *who, struct explanation *x)
{
    DB_RESULT PGresult *res = NULL;
    char number[DB_NUMBER];
    TRY(db_query(s->db,
                 "select household_id, works_no, off_id is not null from bidui.lead where county = $1 and lead_no = $2 and opened_edition <= $3"
                 " union all select household_id, null, false from bidui.household_key where county = $1 and household_no = $2"
                 " limit 1",
                 DB_PARAMS(s->config->county, who, db_number(s->edition.number, number)), &res));
    if (PQntuples(res) == 1) {
        x->household_id = db_i64(res, 0, 0);
        x->works_no = arena_str(s->arena, db_text(res, 0, 1));
        x->lead_no = db_bool(res, 0, 2) ? str_from(who) : STR_NULL;
        return RC_OK;
    }
    x->works_no = str_from(who);
    return RC_OK;
}

static enum rc works_exists(struct stage *s, struct str works_no, bool *ret)
{
    const struct dataset *works = rules_works_dataset(s->config);
    struct str found = STR_NULL;
    if (works != NULL) {
        TRY(db_query_text(s->db, s->arena,
                          arena_printf(s->arena, "select works_no from bidui.fact_%s where county = $1 and works_no = $2 limit 1",
                                       works->table),
                          DB_PARAMS(s->config->county, arena_cstr(s->arena, works_no)), &found));
    }
    *ret = !str_is_null(found);
    return RC_OK;
}

static enum rc name_subject(struct stage *s, struct explanation *x)
{
    char number[DB_NUMBER];
    if (x->household_id > 0) {
        return db_query_text(s->db, s->arena,
                             "select household_no from bidui.household_key where county = $1 and household_id = $2",
                             DB_PARAMS(s->config->county, db_number(x->household_id, number)), &x->household_no);
    }
    bool exists = false;
    TRY(works_exists(s, x->works_no, &exists));
    if (!exists) {
        enum rc rc = err_fail(RC_NOT_FOUND, "%s", tr("没有这个户编号、线索编号或工程编号", "no household, lead or works has this number"));
        err_hint("%s", tr("户编号见底册,线索编号见清单第一列。", "See the roster for household numbers, the list's first column for leads."));
        return rc;
    }
    return RC_OK;
}

/* Keeps only the leads of this household or works. */
static void keep_own(struct explanation *x)
{
    size_t kept = 0;
    for (size_t i = 0; i < x->list.lead_count; i++) {
        const struct lead *lead = &x->list.leads[i];
        bool own = !str_is_null(x->lead_no) ? str_eq(lead->lead_no, x->lead_no)
                   : x->household_id > 0    ? str_eq(lead->household_no, x->household_no) : str_eq(lead->works_no, x->works_no);
        if (own) {
            x->list.leads[kept++] = *lead;
        }
    }
    x->list.lead_count = kept;
}

/* By the rules of the edition. Where they speak of data that is no longer configured, by those of today, and it is told. */
static enum rc compile_rules(struct stage *s, struct explanation *x, struct rule_set **ret)
{
    struct rule_set *set = arena_alloc(s->arena, sizeof *set); /* outcomes point into it */
    *ret = set;
    enum rc rc = rules_compile_pinned(s->config, s->db, s->edition.number, s->arena, set);
    if (rc != RC_CONFIG) {
        return rc;
    }
    err_clear();
    x->by_todays_rules = true;
    return rules_compile(s->config, s->arena, set);
}

enum rc explain_find(struct stage *s, struct str who, struct explanation *ret)
{
    struct rule_set *set = NULL;
    *ret = (struct explanation){0};
    TRY(find_subject(s, arena_cstr(s->arena, who), ret));
    TRY(str_is_null(ret->lead_no) ? name_subject(s, ret) : RC_OK);
    TRY(list_load(s, s->arena, &ret->list));
    keep_own(ret);
    if (!str_is_null(ret->lead_no)) {
        return RC_OK; /* no rule speaks of who is not on the roster */
    }
    TRY(explain_load_held(s, ret));
    TRY(compile_rules(s, ret, &set));
    struct rule_moment moment = {s->edition.as_of, s->edition.as_of, s->edition.number, NULL};
    return rules_explain(set, s->db, moment, ret->household_id, ret->works_no, s->arena, &ret->outcomes,
                         &ret->outcome_count);
}

/* ---- Telling: leads ---- */

/* Of a probable link: what it weighed when the fact was learned. */
static enum rc print_link_evidence(struct stage *s, const char *dataset, const char *record_key, const char *learned, FILE *out)
{
    struct str line = STR_NULL;
    TRY(db_query_text(s->db, s->arena,
                      "select evidence from bidui.link_evidence where county = $1 and dataset = $2 and record_key = $3"
                      " and learned <= $4::int order by learned desc limit 1",
                      DB_PARAMS(s->config->county, dataset, record_key, learned), &line));
    evidence_print(line, "          ", out);
    return RC_OK;
}

/* The facts behind a reason: each with its delivery and how it was linked. */
static enum rc print_evidence(struct stage *s, const struct reason *r, FILE *out)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db,
                 "select x->>'department', x->>'dataset', x->>'record_key', coalesce(x->>'event_date', '-'), x->>'edition'"
                 " from jsonb_array_elements($1::jsonb) x",
                 DB_PARAMS(arena_cstr(s->arena, r->evidence)), &res));
    for (int i = 0; i < PQntuples(res); i++) {
        const char *id = arena_printf(s->arena, "%s.%s", PQgetvalue(res, i, 0), PQgetvalue(res, i, 1));
        const struct dataset *d = config_dataset(s->config, str_from(id));
        fprintf(out, "      %s %s%s%s %s %s", tr("证据", "evidence"), d != NULL ? d->title : "", d != NULL ? " " : "", id,
                PQgetvalue(res, i, 2), PQgetvalue(res, i, 3));
        if (d != NULL) {
            DB_RESULT PGresult *fact = NULL;
            TRY(db_query(s->db,
                         arena_printf(s->arena,
                                      "select f.link, f.page, f.row_number, d.verdict, d.received from bidui.fact_%s f"
                                      " left join bidui.delivery d on d.county = f.county and d.dataset = $4"
                                      "  and coalesce(d.decided_edition, d.edition) = f.learned"
                                      " where f.county = $1 and f.record_key = $2 and f.learned = $3 limit 1",
                                      d->table),
                         DB_PARAMS(s->config->county, PQgetvalue(res, i, 2), PQgetvalue(res, i, 4), id), &fact));
            if (PQntuples(fact) == 1) {
                fprintf(out, tr("  %s,第 %s 版来数(%s,收到 %s 行)第 %s 页第 %s 行",
                                "  %s, delivery of edition %s (%s, %s rows), page %s row %s"),
                        link_title(db_text(fact, 0, 0)), PQgetvalue(res, i, 4), verdict_title(db_text(fact, 0, 3)),
                        PQgetvalue(fact, 0, 4), PQgetvalue(fact, 0, 1), PQgetvalue(fact, 0, 2));
            }
        }
        fprintf(out, "\n");
        TRY(print_link_evidence(s, id, PQgetvalue(res, i, 2), PQgetvalue(res, i, 4), out));
    }
    return RC_OK;
}

static enum rc print_basis(struct stage *s, const struct reason *r, FILE *out)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db,
                 "select d->'parameter'->>'name', d->'parameter'->>'value', d->'parameter'->>'region', d->'parameter'->>'from',"
                 " d->'parameter'->>'basis', d->>'threshold', d->>'unit' from (select $1::jsonb as d) x",
                 DB_PARAMS(arena_cstr(s->arena, r->details)), &res));
    if (!PQgetisnull(res, 0, 5)) {
        fprintf(out, "      %s %s %s\n", tr("阈值", "threshold"), PQgetvalue(res, 0, 5), unit_title(db_text(res, 0, 6)));
    }
    if (!PQgetisnull(res, 0, 0)) {
        fprintf(out, "      %s %s = %s (%s %s %s, %s)\n", tr("参数", "parameter"), PQgetvalue(res, 0, 0), PQgetvalue(res, 0, 1),
                PQgetvalue(res, 0, 2), tr("自", "from"), PQgetvalue(res, 0, 3), PQgetvalue(res, 0, 4));
    }
    char version[DB_NUMBER];
    DB_RESULT PGresult *rule = NULL;
    TRY(db_query(s->db,
                 "select b->>'document', b->>'place', b->>'year' from (select body::json->'basis' as b from bidui.rule_version"
                 " where county = $1 and rule = $2 and version = $3) x",
                 DB_PARAMS(s->config->county, arena_cstr(s->arena, r->rule), db_number(r->version, version)), &rule));
    if (PQntuples(rule) == 1) {
        fprintf(out, "      %s %s (%s %s)\n", tr("依据", "basis"), PQgetvalue(rule, 0, 0), PQgetvalue(rule, 0, 1),
                PQgetvalue(rule, 0, 2));
    }
    return RC_OK;
}

static enum rc print_reason(struct stage *s, const struct reason *r, FILE *out)
{
    char opened[DATE_TEXT];
    date_format(r->opened_on, opened);
    fprintf(out, tr("  预警 %.*s(第 %d 版)%.*s  [%s] %s %s\n", "  alert %.*s (version %d) %.*s  [%s] %s %s\n"), STR_ARGS(r->rule),
            r->version, STR_ARGS(r->title), level_title(r->severity), state_title(r->state), opened);
    if (!str_is_null(r->person_name)) {
        fprintf(out, "      %s %.*s %.*s %s\n", tr("人员", "person"), STR_ARGS(r->person_name), STR_ARGS(r->person_number),
                relation_title(r->relation));
    }
    fprintf(out, "      %s %.*s\n", tr("原因", "reason"), STR_ARGS(r->text));
    if (!str_is_null(r->answer)) {
        fprintf(out, "      %s %s\n", tr("核查答复", "answered"), choice_title(answer_choices, r->answer));
    }
    if (!str_is_empty(r->cause)) {
        fprintf(out, "      %s %s (%.*s)\n", tr("结束原因", "ended because"), cause_title(r->cause), STR_ARGS(r->cause));
    }
    TRY(print_basis(s, r, out));
    return print_evidence(s, r, out);
}

static enum rc print_note(struct stage *s, const struct reason *n, FILE *out)
{
    fprintf(out, tr("  需说明 %.*s(第 %d 版)%.*s\n      %.*s %.*s\n", "  to be explained %.*s (version %d) %.*s\n      %.*s %.*s\n"),
            STR_ARGS(n->rule), n->version, STR_ARGS(n->title), STR_ARGS(n->person_name), STR_ARGS(n->text));
    TRY(print_basis(s, n, out));
    return print_evidence(s, n, out);
}

static enum rc print_lead(struct stage *s, const struct lead *lead, FILE *out)
{
    char opened[DATE_TEXT], due[DATE_TEXT] = "-";
    date_format(lead->opened_on, opened);
    if (lead->due_on != DATE_NONE) {
        date_format(lead->due_on, due);
    }
    fprintf(out, "%s %.*s  %s  %s %s  %s  %s %s  %s %s\n", tr("线索", "lead"), STR_ARGS(lead->lead_no), kind_title(lead->kind),
            tr("等级", "level"), level_title(lead->level), state_title(lead->state), tr("发现", "opened"), opened,
            tr("期限", "due"), due);
    if (lead->result != NULL) {
        fprintf(out, "  %s %.*s\n", tr("核查结果", "result"), STR_ARGS(result_text(s->arena, lead->result)));
    }
    for (size_t i = 0; i < lead->reason_count; i++) {
        TRY(print_reason(s, &lead->reasons[i], out));
    }
    for (size_t i = 0; i < lead->note_count; i++) {
        TRY(print_note(s, &lead->notes[i], out));
    }
    return RC_OK;
}

/* ---- Telling: rules that are not true ---- */

/* Whom of the household an outcome is about: masked name and relation; nothing for household and works rules. */
static enum rc person_of(struct stage *s, const struct rule_outcome *o, const char **ret)
{
    char id[DB_NUMBER], edition[DB_NUMBER];
    DB_RESULT PGresult *res = NULL;
    *ret = "";
    if (o->person_id == 0) {
        return RC_OK;
    }
    TRY(db_query(s->db,
                 "select i.name, p.relation from bidui.identity i join bidui.person p"
                 " on p.county = i.county and p.person_id = i.person_id and p.learned <= $3"
                 " where i.county = $1 and i.person_id = $2 and i.learned <= $3"
                 " order by i.learned desc, p.learned desc limit 1",
                 DB_PARAMS(s->config->county, db_number(o->person_id, id), db_number(s->edition.number, edition)), &res));
    if (PQntuples(res) == 1) {
        struct str name = text_mask_name(s->arena, db_text(res, 0, 0));
        *ret = arena_printf(s->arena, " [%.*s %s]", STR_ARGS(name), relation_title(db_text(res, 0, 1)));
    }
    return RC_OK;
}

static const char *version_text(struct arena *a, const struct rule_text *text)
{
    return text->version > 0 ? arena_printf(a, tr("(第 %d 版)", "(version %d) "), text->version) : "";
}

static void print_outcome(struct arena *a, const struct rule_outcome *o, const char *person, FILE *out)
{
    const struct rule_text *text = o->rule->text;
    fprintf(out, "  %s %s%s%s: ", text->id, version_text(a, text), text->title, person);
    if (str_is_null(o->subject)) {
        fprintf(out, "%s\n", tr("不适用于该户类别,或没有适用的人", "does not apply to this class, or to nobody here"));
    } else if (o->result == TRUTH_TRUE) {
        fprintf(out, "%s\n", text->is_note ? tr("需说明(不产生线索)", "to be explained (opens no lead)") : tr("成立", "true"));
    } else if (!str_is_null(o->cause)) {
        fprintf(out, tr("因例外不成立:%.*s\n", "not true, exception %.*s holds\n"), STR_ARGS(o->cause));
    } else if (o->missing != NULL) {
        const struct rule_condition *c = o->missing->condition;
        fprintf(out, o->missing->truth == TRUTH_UNKNOWN ? tr("无法判断", "unknown") : tr("不成立", "not true"));
        fprintf(out, tr(":需要 %s", ": needs %s"), c->text);
        if (!str_is_null(o->missing->left)) {
            fprintf(out, tr(",实际 %.*s", ", found %.*s"), STR_ARGS(o->missing->left));
        }
        if (str_is_null(o->missing->left) && o->missing->truth == TRUTH_UNKNOWN) {
            fprintf(out, "%s", tr(",没有记录或记录存疑", ", no record, or one in doubt"));
        }
        if (!str_is_null(o->missing->right) && !str_is_empty(o->missing->right)) {
            fprintf(out, tr(",触发值 %s %.*s", ", fires at %s %.*s"), c->op, STR_ARGS(o->missing->right));
        }
        fprintf(out, "\n");
    } else {
        fprintf(out, "%s\n", o->result == TRUTH_UNKNOWN ? tr("无法判断", "unknown") : tr("不成立", "not true"));
    }
}

static void print_frozen(const struct explanation *x, FILE *out)
{
    if (!str_is(x->list.frozen, "[]")) {
        fprintf(out, "%s %.*s\n", tr("本次冻结的规则", "rules frozen in this run"), STR_ARGS(x->list.frozen));
    }
}

enum rc explain_print(struct stage *s, const struct explanation *x, FILE *out)
{
    char day[DATE_TEXT];
    date_format(s->edition.as_of, day);
    fprintf(out, "%s %.*s  %s %s.%d\n", x->household_id > 0           ? tr("户", "household")
                                  : str_is_null(x->lead_no) ? tr("工程", "works")
                                                            : tr("名册外线索", "lead off the roster"),
            STR_ARGS(x->household_id > 0           ? x->household_no
                     : str_is_null(x->lead_no) ? x->works_no
                                               : x->lead_no), tr("运行", "run"), day, s->edition.number);
    if (x->list.lead_count == 0) {
        fprintf(out, "%s\n", tr("不在清单上。逐条规则:", "Not on the list. Rule by rule:"));
    }
    for (size_t i = 0; i < x->list.lead_count; i++) {
        TRY(print_lead(s, &x->list.leads[i], out));
    }
    explain_print_held(x, out);
    if (x->list.lead_count > 0) {
        fprintf(out, "%s\n", tr("全部规则:", "All rules:"));
    }
    if (x->by_todays_rules) {
        fprintf(out, "%s\n", tr("当时的规则所用的数据集已不在配置中,以下按现行规则判断。",
                                "The rules of that edition read datasets that are no longer configured: judged by today's rules."));
    }
    for (size_t i = 0; i < x->outcome_count; i++) {
        const char *person = "";
        TRY(person_of(s, &x->outcomes[i], &person));
        print_outcome(s->arena, &x->outcomes[i], person, out);
    }
    print_frozen(x, out);
    return RC_OK;
}

/* ---- JSON ---- */

static const char *truth_word(enum truth t)
{
    return t == TRUTH_TRUE ? "true" : t == TRUTH_FALSE ? "false" : "unknown";
}

static enum rc put_text(struct buf *b, const char *lead_in, struct str text)
{
    TRY(buf_puts(b, str_from(lead_in)));
    return buf_put_json(b, text);
}

static enum rc put_outcome(struct buf *b, const struct rule_outcome *o)
{
    TRY(put_text(b, "{\"rule\":", str_from(o->rule->text->id)));
    TRY(o->rule->text->version > 0 ? buf_printf(b, ",\"version\":%d", o->rule->text->version) : RC_OK);
    TRY(put_text(b, ",\"result\":", str_is_null(o->subject) ? STR("not_applicable") : str_from(truth_word(o->result))));
    TRY(put_text(b, ",\"exception\":", o->cause));
    if (o->missing != NULL) {
        TRY(put_text(b, ",\"failed\":{\"condition\":", str_from(o->missing->condition->text)));
        TRY(put_text(b, ",\"found\":", o->missing->left));
        TRY(put_text(b, ",\"fires_at\":", o->missing->right));
        TRY(buf_putc(b, '}'));
    }
    return buf_putc(b, '}');
}

static enum rc put_all(struct stage *s, const struct explanation *x, struct buf *b)
{
    TRY(put_text(b, "{\"household_no\":", x->household_no));
    TRY(put_text(b, ",\"works_no\":", x->household_id > 0 ? STR_NULL : x->works_no));
    TRY(buf_printf(b, ",\"edition\":%d,\"by_todays_rules\":%s,\"leads\":[", s->edition.number,
                   x->by_todays_rules ? "true" : "false"));
    for (size_t i = 0; i < x->list.lead_count; i++) {
        TRY(i > 0 ? buf_putc(b, ',') : RC_OK);
        TRY(list_put_lead(b, &x->list, &x->list.leads[i]));
    }
    TRY(buf_puts(b, STR("],\"rules\":[")));
    for (size_t i = 0; i < x->outcome_count; i++) {
        TRY(i > 0 ? buf_putc(b, ',') : RC_OK);
        TRY(put_outcome(b, &x->outcomes[i]));
    }
    TRY(buf_putc(b, ']'));
    TRY(explain_put_held(x, b));
    return buf_printf(b, ",\"frozen_rules\":%.*s}\n", STR_ARGS(x->list.frozen));
}

enum rc explain_print_json(struct stage *s, const struct explanation *x, FILE *out)
{
    struct buf b;
    buf_init(&b, JSON_MAX);
    enum rc rc = put_all(s, x, &b);
    if (rc == RC_OK) {
        (void)fwrite(b.p, 1, b.n, out);
    }
    buf_done(&b);
    return rc;
}

/* ---- Rules ---- */

static enum rc rule_version(struct stage *s, const char *id, int64_t *ret)
{
    return db_query_i64(s->db, "select coalesce(max(version), 0) from bidui.rule_version where county = $1 and rule = $2",
                        DB_PARAMS(s->config->county, id), ret);
}

static enum rc put_rule(struct stage *s, const struct rule *rule, struct buf *b)
{
    int64_t version = 0;
    TRY(rule_version(s, rule->text->id, &version));
    TRY(put_text(b, "{\"id\":", str_from(rule->text->id)));
    TRY(buf_printf(b, ",\"version\":%lld", (long long)version));
    TRY(put_text(b, ",\"title\":", str_from(rule->text->title)));
    TRY(buf_puts(b, STR(",\"datasets\":[")));
    for (size_t k = 0; k < rule->dataset_count; k++) {
        TRY(put_text(b, k > 0 ? "," : "", str_from(rule->datasets[k]->id)));
    }
    TRY(put_text(b, "],\"severity\":", str_from(rule->text->severity)));
    TRY(put_text(b, ",\"effect\":", str_from(rule->text->is_note ? "note" : "alert")));
    return buf_putc(b, '}');
}

static enum rc put_rules(struct stage *s, const struct rule_set *set, struct buf *b)
{
    TRY(buf_puts(b, STR("{\"rules\":[")));
    for (size_t i = 0; i < set->count; i++) {
        TRY(buf_puts(b, i > 0 ? STR(",\n") : STR("\n")));
        TRY(put_rule(s, &set->rules[i], b));
    }
    return buf_puts(b, STR("\n]}\n"));
}

static enum rc print_rules_text(struct stage *s, const struct rule_set *set, FILE *out)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct rule_text *text = set->rules[i].text;
        int64_t version = 0;
        TRY(rule_version(s, text->id, &version));
        fprintf(out, "%-32s %3lld  %-6s  %s\n", text->id, (long long)version, text->severity, text->title);
    }
    return RC_OK;
}

enum rc explain_print_rules(struct stage *s, bool json, FILE *out)
{
    struct rule_set set;
    struct buf b;
    TRY(rules_compile(s->config, s->arena, &set));
    if (!json) {
        return print_rules_text(s, &set, out);
    }
    buf_init(&b, JSON_MAX);
    enum rc rc = put_rules(s, &set, &b);
    if (rc == RC_OK) {
        (void)fwrite(b.p, 1, b.n, out);
    }
    buf_done(&b);
    return rc;
}
