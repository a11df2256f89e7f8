/* Verdicts and calendars: tables of what was counted and what must follow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "pipeline/pull/arrivals.h"
#include "pipeline/pull/columns.h"
#include "pipeline/pull/proof.h"
#include "pipeline/pull/seen.h"

static struct column_drift gone[] = {{COLUMN_MISSING, "missing_column fee"}},
                           added[] = {{COLUMN_NEW, "new_columns 2"}},
                           both[] = {{COLUMN_MISSING, "missing_column fee"}, {COLUMN_NEW, "new_columns 1"}},
                           renamed[] = {{COLUMN_RENAMED, "renamed_column fee -> fees"}},
                           retyped[] = {{COLUMN_RETYPED, "retyped_column fee 9 of 10"}};
#define DRIFTS(list_) p->drifts = (struct column_drifts){list_, sizeof(list_) / sizeof(list_)[0]}

/* A healthy full snapshot of 1,000 rows after one of 1,000; each case changes one thing. */
static const struct proof healthy = {.ending = ENDED,
                                     .error = "",
                                     .is_full = true,
                                     .arrives = ARRIVES_DAY,
                                     .advertised = 1000,
                                     .received = 1000,
                                     .pages = 1,
                                     .last_received = 1000,
                                     .usual_rows = -1,
                                     .newest = DATE_NONE};
static const struct quality limits = {.max_reject_micro = 20000,
                                      .max_shrink_micro = 300000,
                                      .max_growth_micro = -1,
                                      .rows_least = -1,
                                      .rows_most = -1,
                                      .fresh_days = -1,
                                      .on_new_column = DRIFT_WARN,
                                      .on_missing_column = DRIFT_HOLD};

static const char *judged(const struct proof *p)
{
    static char text[512];
    struct arena *a = arena_new(1 << 16);
    struct judgement j;
    proof_judge(p, a, &j);
    (void)snprintf(text, sizeof text, "%s", verdict_word(j.verdict));
    for (size_t i = 0; i < j.reason_count; i++) {
        size_t n = strlen(text);
        (void)snprintf(text + n, sizeof text - n, "%s%s", i == 0 ? ": " : ", ", j.reasons[i]);
    }
    arena_free(a);
    return text;
}

#define JUDGED(wanted, ...)                     \
    do {                                        \
        struct proof p_ = healthy;              \
        struct proof *p = &p_;                  \
        struct quality q_ = limits, *q = &q_;   \
        p->quality = q;                         \
        __VA_ARGS__;                            \
        assert_string_equal(judged(p), wanted); \
    } while (0)

static void complete_and_unchanged(void **state)
{
    (void)state;
    JUDGED("complete", (void)p);
    JUDGED("complete", p->advertised = -1);
    JUDGED("complete", p->last_received = -1);
    JUDGED("unchanged", p->same_as_last = true);
    JUDGED("complete", p->same_as_last = true; p->last_received = -1);
    JUDGED("unchanged", p->ending = ENDED_NOTHING; p->received = 0; p->pages = 0;
           p->advertised = -1);
    JUDGED("unchanged", p->ending = ENDED_SAME; p->received = 0; p->pages = 0; p->advertised = -1);
    JUDGED("complete", p->is_full = false; p->brought_news = true);
    JUDGED("unchanged", p->is_full = false; p->brought_news = false);
    JUDGED("unchanged", p->is_full = false; p->received = 0; p->advertised = 0);
}

static void broken_chains_are_incomplete(void **state)
{
    (void)state;
    JUDGED("incomplete: advertised 1000 received 999", p->received = 999);
    JUDGED("incomplete: advertised 1000 received 1001", p->received = 1001);
    JUDGED("incomplete: advertised 1000 received 0", p->received = 0);
    JUDGED("incomplete: repeated_page", p->ending = ENDED_REPEATED_PAGE);
    JUDGED("incomplete: repeated_token", p->ending = ENDED_REPEATED_TOKEN);
    JUDGED("incomplete: total_changed", p->ending = ENDED_TOTAL_CHANGED);
    JUDGED("incomplete: too_many_pages", p->ending = ENDED_TOO_MANY_PAGES);
    JUDGED("incomplete: unreachable RC_NET", p->ending = ENDED_UNREACHABLE; p->error = "RC_NET");
    JUDGED("failed: unreachable RC_NET", p->ending = ENDED_UNREACHABLE; p->error = "RC_NET";
           p->pages = 0);
    JUDGED("failed: refused RC_AUTH", p->ending = ENDED_REFUSED; p->error = "RC_AUTH";
           p->pages = 0);
    JUDGED("failed: crashed", p->ending = ENDED_CRASHED);
}

static void doubtful_contents_are_held(void **state)
{
    (void)state;
    JUDGED("held: empty", p->received = 0; p->advertised = 0);
    JUDGED("held: empty", p->received = 0; p->advertised = 0; p->last_received = -1);
    JUDGED("complete", p->received = 0; p->advertised = 0; p->last_received = -1;
           p->arrives = ARRIVES_EVENT);
    JUDGED("complete", p->received = 0; p->advertised = 0; p->last_received = 0;
           p->arrives = ARRIVES_EVENT);
    JUDGED("complete", p->received = 700; p->advertised = 700);
    JUDGED("held: shrunk 1000 to 699", p->received = 699; p->advertised = 699);
    JUDGED("complete", p->received = 1; p->advertised = 1; q->max_shrink_micro = -1);
    JUDGED("complete", p->rejected = 20);
    JUDGED("held: rejected 21 of 1000", p->rejected = 21);
    JUDGED("complete", p->rejected = 999; q->max_reject_micro = -1);
    JUDGED("held: cut_off", p->is_cut = true; p->rejected = 1);
    JUDGED("incomplete: advertised 1000 received 999", p->is_cut = true; p->received = 999);
    JUDGED("held: missing_column fee", DRIFTS(gone));
    JUDGED("complete: missing_column fee", DRIFTS(gone); q->on_missing_column = DRIFT_WARN);
    JUDGED("complete", DRIFTS(gone); q->on_missing_column = DRIFT_IGNORE);
    JUDGED("complete: new_columns 2", DRIFTS(added));
    JUDGED("held: new_columns 2", DRIFTS(added); q->on_new_column = DRIFT_HOLD);
    JUDGED("held: missing_column fee, new_columns 1", DRIFTS(both));
    JUDGED("held: renamed_column fee -> fees", DRIFTS(renamed); q->on_missing_column = DRIFT_IGNORE);
    JUDGED("held: retyped_column fee 9 of 10", DRIFTS(retyped));
}

static void more_or_less_than_declared_is_held(void **state)
{
    (void)state;
    JUDGED("complete", q->rows_least = 1000; q->rows_most = 1000);
    JUDGED("held: few_rows 1000 of 1001", q->rows_least = 1001);
    JUDGED("held: many_rows 1000 of 999", q->rows_most = 999);
    JUDGED("held: few_rows 1 of 2", q->rows_least = 2; p->is_full = false; p->received = 1; p->advertised = 1;
           p->brought_news = true);
    JUDGED("unchanged", q->rows_least = 2; p->is_full = false; p->received = 0; p->advertised = 0);
    JUDGED("complete", q->max_growth_micro = 1000000; p->usual_rows = 500);
    JUDGED("held: grown 499 to 1000", q->max_growth_micro = 1000000; p->usual_rows = 499);
    JUDGED("complete", q->max_growth_micro = 1000000; p->usual_rows = -1);
    JUDGED("complete", q->max_growth_micro = 1000000; p->usual_rows = 2000);
    JUDGED("complete", p->usual_rows = 1);
}

/* Over 100 rows of which `blank` are blank, with `distinct` values among the others. */
static struct field_profile grade(int64_t blank, int64_t distinct, const struct field_limit *limit)
{
    return (struct field_profile){"grade", blank, distinct, false, limit};
}

static void blank_uniform_and_stale_values_are_held(void **state)
{
    (void)state;
    static const struct field_limit limit = {0, 50000, 2, 4}, none = {0, -1, -1, -1};
    struct field_profile fields[1];
#define FIELD(blank_, distinct_, limit_)                    \
    fields[0] = grade(blank_, distinct_, limit_);           \
    p->fields = fields;                                     \
    p->field_count = 1;                                     \
    p->counted = 100
    JUDGED("complete", FIELD(5, 2, &limit));
    JUDGED("complete", FIELD(5, 4, &limit));
    JUDGED("held: blank grade 6 of 100", FIELD(6, 2, &limit));
    JUDGED("held: few_values grade 1 of 2", FIELD(0, 1, &limit));
    JUDGED("held: many_values grade over 4", FIELD(0, 5, &limit));
    JUDGED("held: blank grade 100 of 100, few_values grade 0 of 2", FIELD(100, 0, &limit));
    JUDGED("complete", FIELD(100, 0, &none));
    JUDGED("complete", q->fresh_days = 40; p->counted = 1; p->today = 1000; p->newest = 960);
    JUDGED("held: stale 2002-08-17", q->fresh_days = 40; p->counted = 1; p->today = 1000; p->newest = 961 - 2);
    JUDGED("held: stale never", q->fresh_days = 40; p->counted = 1; p->today = 1000);
    JUDGED("unchanged", q->fresh_days = 40; p->is_full = false; p->received = 0; p->advertised = 0);
}

static void the_worst_comes_first(void **state)
{
    (void)state;
    JUDGED("incomplete: advertised 1000 received 10", p->received = 10; p->rejected = 9);
    JUDGED("held: shrunk 1000 to 10, rejected 9 of 10", p->received = 10; p->advertised = 10;
           p->rejected = 9);
}

/* ---- Calendars ---- */

static int term_months[] = {3, 9};

static bool late(enum arrival every, int by, int grace, const char *changed, const char *today)
{
    struct dataset d = {.arrives = {every, by, grace}};
    struct calendar c = {
        .term_months = {term_months[0], term_months[1]}, .term_days = {1, 1}, .term_count = 2};
    date_t changed_on = DATE_NONE, at = DATE_NONE;
    assert_true(changed[0] == '\0' || date_parse_iso(str_from(changed), &changed_on));
    assert_true(date_parse_iso(str_from(today), &at));
    return arrivals_is_late(&d, &c, changed_on, at);
}

static void daily_content_is_due_the_day_after(void **state)
{
    (void)state;
    assert_false(late(ARRIVES_DAY, 0, 2, "2026-03-10", "2026-03-10"));
    assert_false(late(ARRIVES_DAY, 0, 2, "2026-03-10", "2026-03-13"));
    assert_true(late(ARRIVES_DAY, 0, 2, "2026-03-10", "2026-03-14"));
    assert_true(late(ARRIVES_DAY, 0, 2, "", "2026-03-10"));
    assert_true(late(ARRIVES_DAY, 0, 0, "2026-03-10", "2026-03-12"));
}

static void monthly_content_changes_in_its_month(void **state)
{
    (void)state;
    assert_false(late(ARRIVES_MONTH, 5, 5, "2026-02-03", "2026-03-10"));
    assert_true(late(ARRIVES_MONTH, 5, 5, "2026-02-28", "2026-03-11"));
    assert_false(late(ARRIVES_MONTH, 5, 5, "2026-03-01", "2026-03-11"));
    assert_false(late(ARRIVES_MONTH, 5, 5, "2026-03-01", "2026-04-10"));
    assert_true(late(ARRIVES_MONTH, 5, 5, "2026-03-01", "2026-04-11"));
    assert_true(late(ARRIVES_MONTH, 5, 5, "2025-11-20", "2026-03-01"));
    assert_false(late(ARRIVES_MONTH, 31, 0, "2026-01-31", "2026-02-28"));
    assert_true(late(ARRIVES_MONTH, 31, 0, "2026-01-31", "2026-03-01"));
    assert_true(late(ARRIVES_MONTH, 5, 5, "", "2026-03-01"));
}

static void term_content_changes_with_the_term(void **state)
{
    (void)state;
    assert_false(late(ARRIVES_TERM, 0, 30, "2025-09-10", "2026-03-31"));
    assert_true(late(ARRIVES_TERM, 0, 30, "2025-09-10", "2026-04-01"));
    assert_false(late(ARRIVES_TERM, 0, 30, "2026-03-01", "2026-09-30"));
    assert_true(late(ARRIVES_TERM, 0, 30, "2025-08-31", "2026-03-05"));
}

static void events_are_never_late(void **state)
{
    (void)state;
    assert_false(late(ARRIVES_EVENT, 0, 0, "", "2026-03-10"));
    assert_false(late(ARRIVES_EVENT, 0, 0, "2001-01-01", "2026-03-10"));
}

/* ---- Columns and hashes ---- */

static void column_lists(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 16);
    assert_true(str_is(columns_union(a, STR("a\nc"), STR("b\nd")), "a\nb\nc\nd"));
    assert_true(str_is(columns_union(a, STR(""), STR("b\nd")), "b\nd"));
    assert_true(str_is(columns_union(a, STR("a"), STR("")), "a"));
    assert_true(str_is(columns_union(a, STR("a\nb"), STR("b")), "a\nb"));
    assert_true(columns_have(STR("a\nbc"), STR("bc")));
    assert_false(columns_have(STR("a\nbc"), STR("b")));
    assert_true(columns_have(STR("a\nbc"), STR("/bc/x")));
    assert_true(columns_have(STR("/bc/x"), STR("/bc/x")));
    arena_free(a);
}

static void hashes_are_seen_once(void **state)
{
    (void)state;
    struct seen s;
    unsigned char hash[PAGE_HASH] = {0};
    seen_init(&s);
    assert_true(seen_add(&s, hash)); /* unknown: never seen */
    assert_true(seen_add(&s, hash));
    for (int i = 1; i < 5000; i++) {
        memcpy(hash, &i, sizeof i);
        assert_true(seen_add(&s, hash));
    }
    for (int i = 1; i < 5000; i++) {
        memcpy(hash, &i, sizeof i);
        assert_false(seen_add(&s, hash));
    }
    seen_done(&s);
}

static const struct calendar two_terms = {.term_months = {3, 9}, .term_days = {1, 1}, .term_count = 2};

static void the_next_due_day(void **state)
{
    (void)state;
    static const struct {
        enum arrival every;
        int by;
        const char *changed, *wanted;
    } cases[] = {{ARRIVES_DAY, 1, "2026-03-10", "2026-03-11"},   {ARRIVES_MONTH, 5, "2026-03-10", "2026-04-05"},
                 {ARRIVES_MONTH, 28, "2026-01-31", "2026-02-28"}, {ARRIVES_TERM, 1, "2026-03-01", "2026-09-01"},
                 {ARRIVES_TERM, 1, "2026-09-02", "2027-03-01"},   {ARRIVES_EVENT, 1, "2026-03-10", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        date_t changed = DATE_NONE;
        char text[DATE_TEXT];
        struct dataset d = {.arrives = {cases[i].every, cases[i].by, 0}};
        assert_true(date_parse_iso(str_from(cases[i].changed), &changed));
        date_format(arrivals_due(&d, &two_terms, changed), text);
        assert_string_equal(text, cases[i].wanted);
        assert_int_equal(arrivals_due(&d, &two_terms, DATE_NONE), DATE_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(complete_and_unchanged),
        cmocka_unit_test(broken_chains_are_incomplete),
        cmocka_unit_test(doubtful_contents_are_held),
        cmocka_unit_test(more_or_less_than_declared_is_held),
        cmocka_unit_test(blank_uniform_and_stale_values_are_held),
        cmocka_unit_test(the_worst_comes_first),
        cmocka_unit_test(the_next_due_day),
        cmocka_unit_test(daily_content_is_due_the_day_after),
        cmocka_unit_test(monthly_content_changes_in_its_month),
        cmocka_unit_test(term_content_changes_with_the_term),
        cmocka_unit_test(events_are_never_late),
        cmocka_unit_test(column_lists),
        cmocka_unit_test(hashes_are_seen_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
