#include "pipeline/cases/machine.h"

#include "base/log.h"
#include "base/money.h"
#include "base/text.h"

const struct case_clock_row case_clocks[CASE_CLOCKS] = {
    [CLOCK_DECISION] = {"case_decision", "自线索开出至县级审批", "from the lead to the county's approval", 15, "calendar_day"},
    [CLOCK_HELP] = {"case_help", "自纳入至帮扶到位", "from enrolment to help in place", 15, "calendar_day"},
    [CLOCK_CONFIRM] = {"case_confirm", "自上报或纳入至底册显示为监测对象", "from the report, or enrolment, to the roster's showing it", 30,
                       "calendar_day"},
    [WAIT_PUBLICITY] = {"case_publicity", "评议公示不少于", "review and publicity take at least", 5, "calendar_day"},
    [WAIT_STABLE] = {"case_stable", "纳入后稳定不少于", "stable after enrolment for at least", 6, "month"},
};

const struct case_state_row case_states[CASE_STATES] = {
    [CASE_VISITED] = {"visited", "已核查", "visited", CLOCK_DECISION, false},
    [CASE_REJECTED] = {"rejected", "未纳入", "rejected", CLOCK_NONE, true},
    [CASE_CHECKING] = {"checking", "授权核查", "consent and asset check", CLOCK_DECISION, false},
    [CASE_REVIEWING] = {"reviewing", "评议公示", "review and publicity", CLOCK_DECISION, false},
    [CASE_TOWNSHIP] = {"township", "乡镇审核", "township", CLOCK_DECISION, false},
    [CASE_COUNTY] = {"county", "县级审批", "county", CLOCK_DECISION, false},
    [CASE_ENROLLED] = {"enrolled", "已纳入", "enrolled", CLOCK_HELP, false},
    [CASE_HELPED] = {"helped", "帮扶到位", "helped", CLOCK_NONE, false},
    [CASE_HELD_OPEN] = {"held_open", "暂不标注消除", "held open", CLOCK_NONE, false},
    [CASE_CLEARED] = {"cleared", "风险消除", "cleared", CLOCK_NONE, true},
    [CASE_LAPSED] = {"lapsed", "自然消除", "lapsed", CLOCK_NONE, true},
    [CASE_REOPENED] = {"reopened", "消除回退", "reopened", CLOCK_HELP, false},
};

const struct case_move case_moves[] = {
    {CASE_VISITED, CASE_REJECTED, BY_PERSON | BY_RESULT, CLOCK_NONE},
    {CASE_VISITED, CASE_CHECKING, BY_PERSON, CLOCK_NONE},
    {CASE_VISITED, CASE_ENROLLED, BY_ROSTER, CLOCK_NONE},
    {CASE_CHECKING, CASE_REJECTED, BY_PERSON, CLOCK_NONE},
    {CASE_CHECKING, CASE_REVIEWING, BY_PERSON, CLOCK_NONE},
    {CASE_CHECKING, CASE_ENROLLED, BY_ROSTER, CLOCK_NONE},
    {CASE_REVIEWING, CASE_REJECTED, BY_PERSON, CLOCK_NONE},
    {CASE_REVIEWING, CASE_TOWNSHIP, BY_PERSON, WAIT_PUBLICITY},
    {CASE_REVIEWING, CASE_ENROLLED, BY_ROSTER, CLOCK_NONE},
    {CASE_TOWNSHIP, CASE_REJECTED, BY_PERSON, CLOCK_NONE},
    {CASE_TOWNSHIP, CASE_COUNTY, BY_PERSON, CLOCK_NONE},
    {CASE_TOWNSHIP, CASE_ENROLLED, BY_ROSTER, CLOCK_NONE},
    {CASE_COUNTY, CASE_REJECTED, BY_PERSON, CLOCK_NONE},
    {CASE_COUNTY, CASE_ENROLLED, BY_PERSON | BY_ROSTER, CLOCK_NONE},
    {CASE_ENROLLED, CASE_HELPED, BY_PERSON, CLOCK_NONE},
    {CASE_ENROLLED, CASE_CLEARED, BY_ROSTER, CLOCK_NONE},
    {CASE_HELPED, CASE_HELD_OPEN, BY_PERSON, CLOCK_NONE},
    {CASE_HELPED, CASE_CLEARED, BY_PERSON, WAIT_STABLE},
    {CASE_HELPED, CASE_CLEARED, BY_ROSTER, CLOCK_NONE},
    {CASE_HELD_OPEN, CASE_CLEARED, BY_PERSON, WAIT_STABLE},
    {CASE_HELD_OPEN, CASE_CLEARED, BY_ROSTER, CLOCK_NONE},
    {CASE_REOPENED, CASE_HELPED, BY_PERSON, CLOCK_NONE},
    {CASE_REOPENED, CASE_CLEARED, BY_ROSTER, CLOCK_NONE},
    {CASE_CLEARED, CASE_REOPENED, BY_PERSON | BY_ROSTER, CLOCK_NONE},
    {CASE_VISITED, CASE_LAPSED, BY_ROSTER, CLOCK_NONE},
    {CASE_CHECKING, CASE_LAPSED, BY_ROSTER, CLOCK_NONE},
    {CASE_REVIEWING, CASE_LAPSED, BY_ROSTER, CLOCK_NONE},
    {CASE_TOWNSHIP, CASE_LAPSED, BY_ROSTER, CLOCK_NONE},
    {CASE_COUNTY, CASE_LAPSED, BY_ROSTER, CLOCK_NONE},
    {CASE_ENROLLED, CASE_LAPSED, BY_PERSON | BY_ROSTER, CLOCK_NONE},
    {CASE_HELPED, CASE_LAPSED, BY_PERSON | BY_ROSTER, CLOCK_NONE},
    {CASE_HELD_OPEN, CASE_LAPSED, BY_PERSON | BY_ROSTER, CLOCK_NONE},
    {CASE_REOPENED, CASE_LAPSED, BY_PERSON | BY_ROSTER, CLOCK_NONE},
    {CASE_STATES, CASE_STATES, 0, CLOCK_NONE},
};

const struct case_move *case_move_find(enum case_state from, enum case_state to, unsigned by)
{
    for (const struct case_move *m = case_moves; m->by != 0; m++) {
        if (m->from == from && m->to == to && (m->by & by) != 0) {
            return m;
        }
    }
    return NULL;
}

const char *case_state_title(enum case_state s) { return tr(case_states[s].zh, case_states[s].en); }

bool case_state_read(struct arena *a, struct str text, enum case_state *ret)
{
    struct str said = text_squeeze(a, text);
    for (int s = 0; s < CASE_STATES; s++) {
        const struct case_state_row *row = &case_states[s];
        if (str_is(said, row->word) || str_is(said, row->zh) || str_eq(said, text_squeeze(a, str_from(row->en)))) {
            *ret = (enum case_state)s;
            return true;
        }
    }
    return false;
}

const char *case_next_titles(struct arena *a, enum case_state from)
{
    const char *all = "";
    for (const struct case_move *m = case_moves; m->by != 0; m++) {
        if (m->from == from && (m->by & BY_PERSON) != 0) {
            all = arena_printf(a, "%s%s%s", all, *all == '\0' ? "" : tr("、", ", "), case_state_title(m->to));
        }
    }
    return all;
}

/* ---- Clocks ---- */

/* The parameter of the narrowest region, the latest begun. */
static const struct parameter *in_force(const struct config *c, const char *name, struct str region, date_t day)
{
    const struct parameter *best = NULL;
    for (size_t i = 0; i < c->parameter_count; i++) {
        const struct parameter *p = &c->parameters[i];
        bool is_meant = strcmp(p->name, name) == 0 && p->from <= day && str_starts(region, str_from(p->region));
        size_t narrow = strlen(p->region), known = best != NULL ? strlen(best->region) : 0;
        if (is_meant && (best == NULL || narrow > known || (narrow == known && p->from > best->from))) {
            best = p;
        }
    }
    return best;
}

date_t case_clock_end(const struct config *c, enum case_clock clock, struct str region, date_t from, date_t day)
{
    const struct case_clock_row *row = &case_clocks[clock];
    const struct parameter *p = in_force(c, row->parameter, region, day);
    int value = p != NULL ? (int)(p->value_micro / DECIMAL_ONE) : row->value;
    date_t end = DATE_NONE;
    bool is_wait = clock == WAIT_PUBLICITY || clock == WAIT_STABLE;
    if (calendar_due(&c->calendar, from, str_from(p != NULL ? p->unit : row->unit), value, is_wait, &end) != RC_OK) {
        log_event(LOG_WARN, "deadline not reckoned", LOG_S("clock", row->parameter), LOG_S("why", err_detail()));
        err_clear();
        return DATE_NONE;
    }
    return end;
}

/* ---- The diagram ---- */

static void print_by(unsigned by, FILE *out)
{
    static const struct {
        unsigned by;
        const char *zh, *en;
    } words[] = {{BY_PERSON, "人工上报", "reported"}, {BY_ROSTER, "底册", "roster"}, {BY_RESULT, "核查结果", "result"}};
    const char *mark = "";
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if ((by & words[i].by) != 0) {
            fprintf(out, "%s%s", mark, tr(words[i].zh, words[i].en));
            mark = tr("、", ", ");
        }
    }
}

void case_print_diagram(FILE *out)
{
    fprintf(out, "stateDiagram-v2\n");
    for (int s = 0; s < CASE_STATES; s++) {
        const struct case_state_row *row = &case_states[s];
        fprintf(out, "    %s: %s%s%s\n", row->word, tr(row->zh, row->en), row->due != CLOCK_NONE ? " ⏱ " : "",
                row->due != CLOCK_NONE ? case_clocks[row->due].parameter : "");
    }
    fprintf(out, "    [*] --> %s\n", case_states[CASE_VISITED].word);
    for (const struct case_move *m = case_moves; m->by != 0; m++) {
        fprintf(out, "    %s --> %s: ", case_states[m->from].word, case_states[m->to].word);
        print_by(m->by, out);
        fprintf(out, "%s%s\n", m->wait != CLOCK_NONE ? " ≥ " : "", m->wait != CLOCK_NONE ? case_clocks[m->wait].parameter : "");
    }
    for (int s = 0; s < CASE_STATES; s++) {
        if (case_states[s].is_over) {
            fprintf(out, "    %s --> [*]\n", case_states[s].word);
        }
    }
}
