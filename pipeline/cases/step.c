#include "pipeline/cases/cases.h"

static date_t wait_from(const struct case_record *c, enum case_clock wait)
{
    return wait == WAIT_STABLE && c->enrolled_on != DATE_NONE ? c->enrolled_on : c->since;
}

static const char *day_text(struct arena *a, date_t day)
{
    char text[DATE_TEXT];
    date_format(day, text);
    return arena_cstr(a, str_from(text));
}

bool case_step(const struct config *config, struct arena *a, struct case_record *c, enum case_state to, date_t on, const char **ret_why)
{
    const struct case_move *m = case_move_find(c->state, to, BY_PERSON);
    if (m == NULL) {
        const char *next = case_next_titles(a, c->state);
        *ret_why = *next == '\0' ? arena_printf(a, tr("现为 %s,没有下一步", "it is %s: nothing follows"), case_state_title(c->state))
                                 : arena_printf(a, tr("现为 %s,应为 %s", "it is %s: expected %s"), case_state_title(c->state), next);
        return false;
    }
    if (on < c->since) {
        *ret_why = arena_printf(a, tr("应不早于上一步 %s", "expected a day not before the step before it, %s"), day_text(a, c->since));
        return false;
    }
    if (m->wait != CLOCK_NONE) {
        date_t least = case_clock_end(config, m->wait, c->region, wait_from(c, m->wait), on);
        if (least == DATE_NONE || on < least) {
            *ret_why = arena_printf(a, tr("应不早于 %s(%s)", "expected a day not before %s (%s)"), day_text(a, least),
                                    tr(case_clocks[m->wait].zh, case_clocks[m->wait].en));
            return false;
        }
    }
    c->state = to;
    c->since = on;
    c->enrolled_on = to == CASE_ENROLLED ? on : c->enrolled_on;
    c->is_confirmed = c->is_confirmed && to != CASE_REOPENED && to != CASE_CLEARED;
    return true;
}
