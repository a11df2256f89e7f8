#include "pipeline/pull/proof.h"

const char *verdict_word(enum verdict v)
{
    static const char *const words[] = {
        [VERDICT_NONE] = "",
        [VERDICT_COMPLETE] = "complete",
        [VERDICT_UNCHANGED] = "unchanged",
        [VERDICT_INCOMPLETE] = "incomplete",
        [VERDICT_HELD] = "held",
        [VERDICT_FAILED] = "failed",
        [VERDICT_LATE] = "late",
        [VERDICT_NOT_DUE] = "not_due",
    };
    return words[v];
}

static void add(struct judgement *j, const char *reason)
{
    if (j->reason_count < PROOF_REASONS) {
        j->reasons[j->reason_count++] = reason;
    }
}

/* Adds a reason and lowers the verdict; the first one named stays. */
static void doubt(struct judgement *j, enum verdict verdict, const char *reason)
{
    if (j->verdict == VERDICT_NONE) {
        j->verdict = verdict;
    }
    add(j, reason);
}

/* There was nothing to read, and that is all right. */
static bool has_no_rows(const struct proof *p)
{
    return p->ending == ENDED_NOTHING || p->ending == ENDED_SAME;
}

/* The source did not come to its end. */
static void judge_ending(const struct proof *p, struct arena *a, struct judgement *j)
{
    static const char *const words[] = {
        [ENDED_REPEATED_PAGE] = "repeated_page",
        [ENDED_REPEATED_TOKEN] = "repeated_token",
        [ENDED_TOTAL_CHANGED] = "total_changed",
        [ENDED_TOO_MANY_PAGES] = "too_many_pages",
        [ENDED_UNSTORABLE] = "unstorable",
        [ENDED_CRASHED] = "crashed",
        [ENDED_UNREACHABLE] = "unreachable",
        [ENDED_REFUSED] = "refused",
        [ENDED] = "",
        [ENDED_NOTHING] = "",
        [ENDED_SAME] = "",
    };
    if (p->ending == ENDED || has_no_rows(p)) {
        return;
    }
    bool has_error = p->error != NULL && p->error[0] != '\0';
    bool is_nothing_usable =
        p->ending == ENDED_CRASHED || p->ending == ENDED_UNSTORABLE || p->pages == 0;
    doubt(j, is_nothing_usable ? VERDICT_FAILED : VERDICT_INCOMPLETE,
          arena_printf(a, "%s%s%s", words[p->ending], has_error ? " " : "",
                       has_error ? p->error : ""));
}

static void judge_count(const struct proof *p, struct arena *a, struct judgement *j)
{
    if (p->ending == ENDED && p->advertised >= 0 && p->advertised != p->received) {
        doubt(j, VERDICT_INCOMPLETE,
              arena_printf(a, "advertised %lld received %lld", (long long)p->advertised,
                           (long long)p->received));
    }
}

static bool exceeds(int64_t part, int64_t whole, int64_t limit_micro)
{
    return limit_micro >= 0 &&
           (__extension__(__int128) part) * 1000000 > (__extension__(__int128) whole) * limit_micro;
}

/* Columns are read by name: one that was renamed or holds something else now is nothing to be guessed at. */
static void judge_columns(const struct proof *p, struct judgement *j)
{
    const enum drift policies[] = {
        [COLUMN_MISSING] = p->quality->on_missing_column,
        [COLUMN_RENAMED] = DRIFT_HOLD,
        [COLUMN_RETYPED] = DRIFT_HOLD,
        [COLUMN_NEW] = p->quality->on_new_column,
    };
    for (size_t i = 0; i < p->drifts.n; i++) {
        const struct column_drift *c = &p->drifts.list[i];
        if (policies[c->kind] == DRIFT_HOLD) {
            doubt(j, VERDICT_HELD, c->reason);
        } else if (policies[c->kind] == DRIFT_WARN) {
            add(j, c->reason);
        }
    }
}

/* A full snapshot without rows means that everything vanished; only what is sent on events may
 * begin with none. */
static void judge_size(const struct proof *p, struct arena *a, struct judgement *j)
{
    if (!p->is_full) {
        return;
    }
    if (p->received == 0 &&
        (p->last_received > 0 || (p->last_received < 0 && p->arrives != ARRIVES_EVENT))) {
        doubt(j, VERDICT_HELD, "empty");
        return;
    }
    int64_t lost = p->last_received - p->received;
    if (p->last_received > 0 && lost > 0 && exceeds(lost, p->last_received, p->quality->max_shrink_micro)) {
        doubt(j, VERDICT_HELD,
              arena_printf(a, "shrunk %lld to %lld", (long long)p->last_received,
                           (long long)p->received));
    }
}

#define ALL_LEAST 20 /* rows; a few may be no more than a few mistakes */

static void judge_rejects(const struct proof *p, struct arena *a, struct judgement *j)
{
    if (p->is_cut) { /* nobody knows how much should follow */
        doubt(j, VERDICT_HELD, "cut_off");
    }
    bool is_all = p->rejected == p->received && p->received >= ALL_LEAST && j->reason_count == 0; /* whatever the limit is */
    if (p->rejected > 0 && (is_all || exceeds(p->rejected, p->received, p->quality->max_reject_micro))) {
        doubt(j, VERDICT_HELD,
              arena_printf(a, "rejected %lld of %lld", (long long)p->rejected,
                           (long long)p->received));
    }
}

static const char *counts(struct arena *a, const char *word, int64_t part, const char *between, int64_t whole)
{
    return arena_printf(a, "%s %lld %s %lld", word, (long long)part, between, (long long)whole);
}

/* Against what was declared, and against what is usual; an increment that brought nothing is the calendar's affair. */
static void judge_range(const struct proof *p, struct arena *a, struct judgement *j)
{
    const struct quality *q = p->quality;
    if (p->received == 0 && !p->is_full) {
        return;
    }
    if (p->received < q->rows_least) {
        doubt(j, VERDICT_HELD, counts(a, "few_rows", p->received, "of", q->rows_least));
    }
    if (q->rows_most >= 0 && p->received > q->rows_most) {
        doubt(j, VERDICT_HELD, counts(a, "many_rows", p->received, "of", q->rows_most));
    }
    if (p->usual_rows > 0 && exceeds(p->received - p->usual_rows, p->usual_rows, q->max_growth_micro)) {
        doubt(j, VERDICT_HELD, counts(a, "grown", p->usual_rows, "to", p->received));
    }
}

static void judge_field(const struct proof *p, const struct field_profile *f, struct arena *a, struct judgement *j)
{
    if (exceeds(f->blank, p->counted, f->limit->max_null_micro)) {
        doubt(j, VERDICT_HELD, counts(a, arena_printf(a, "blank %s", f->name), f->blank, "of", p->counted));
    }
    if (f->distinct < f->limit->least_distinct) {
        doubt(j, VERDICT_HELD,
              counts(a, arena_printf(a, "few_values %s", f->name), f->distinct, "of", f->limit->least_distinct));
    }
    if (f->limit->most_distinct >= 0 && f->distinct > f->limit->most_distinct) {
        doubt(j, VERDICT_HELD, arena_printf(a, "many_values %s over %lld", f->name, (long long)f->limit->most_distinct));
    }
}

static void judge_values(const struct proof *p, struct arena *a, struct judgement *j)
{
    char day[DATE_TEXT] = "never";
    for (size_t i = 0; i < p->field_count && p->counted > 0; i++) {
        judge_field(p, &p->fields[i], a, j);
    }
    if (p->quality->fresh_days < 0 || p->counted == 0) {
        return;
    }
    if (p->newest != DATE_NONE) {
        date_format(p->newest, day);
    }
    if (p->newest == DATE_NONE || p->newest < date_add_days(p->today, -p->quality->fresh_days)) {
        doubt(j, VERDICT_HELD, arena_printf(a, "stale %s", day));
    }
}

static bool is_unchanged(const struct proof *p)
{
    if (has_no_rows(p) || (!p->is_full && p->received == 0)) {
        return true;
    }
    return p->is_full ? p->last_received >= 0 && p->same_as_last : !p->brought_news;
}

void proof_judge(const struct proof *p, struct arena *a, struct judgement *ret)
{
    *ret = (struct judgement){VERDICT_NONE, {NULL}, 0};
    judge_ending(p, a, ret);
    judge_count(p, a, ret);
    if (!has_no_rows(p) && ret->verdict == VERDICT_NONE) {
        judge_columns(p, ret);
        judge_size(p, a, ret);
        judge_rejects(p, a, ret);
        judge_range(p, a, ret);
        judge_values(p, a, ret);
    }
    if (ret->verdict == VERDICT_NONE) {
        ret->verdict = is_unchanged(p) ? VERDICT_UNCHANGED : VERDICT_COMPLETE;
    }
}
