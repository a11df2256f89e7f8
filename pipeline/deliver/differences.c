/* What a new edition of a date says differently from the one it replaces: both lists are read as pinned and compared
 * row by row, so that the answer is the same whenever it is asked for. No names and no amounts: where they differ, the
 * lists tell. */
#include "pipeline/deliver/differences.h"

#include <stdlib.h>

/* ---- Looking up ---- */

static int by_id(const void *a, const void *b)
{
    int64_t x = (*(const struct lead *const *)a)->id, y = (*(const struct lead *const *)b)->id;
    return (x > y) - (x < y);
}

static const struct lead **sorted_leads(struct arena *a, const struct list *l)
{
    const struct lead **sorted = arena_array(a, l->lead_count, sizeof *sorted);
    for (size_t i = 0; i < l->lead_count; i++) {
        sorted[i] = &l->leads[i];
    }
    qsort(sorted, l->lead_count, sizeof *sorted, by_id);
    return sorted;
}

static const struct lead *find_lead(const struct lead **sorted, size_t n, const struct lead *wanted)
{
    const struct lead **found = n > 0 ? bsearch(&wanted, sorted, n, sizeof *sorted, by_id) : NULL;
    return found != NULL ? *found : NULL;
}

static const struct reason *find_reason(const struct lead *lead, int64_t alert_id)
{
    for (size_t i = 0; i < lead->reason_count; i++) {
        if (lead->reasons[i].alert_id == alert_id) {
            return &lead->reasons[i];
        }
    }
    return NULL;
}

static const struct list_feed *find_feed(const struct list *l, struct str dataset)
{
    for (size_t i = 0; i < l->feed_count; i++) {
        if (str_eq(l->feeds[i].dataset, dataset)) {
            return &l->feeds[i];
        }
    }
    return NULL;
}

/* ---- Comparing leads ---- */

struct comparison {
    struct arena *arena;
    const struct list *before, *now;
    struct differences *out;
};

static void add_change(struct lead_change *c, struct change change) { c->changes[c->change_count++] = change; }

static void compare_word(struct lead_change *c, const char *what, struct str before, struct str now)
{
    if (!str_eq(before, now)) {
        add_change(c, (struct change){what, STR_NULL, before, now});
    }
}

static struct str date_word(struct arena *a, date_t d)
{
    char text[DATE_TEXT];
    if (d == DATE_NONE) {
        return STR_NULL;
    }
    date_format(d, text);
    return arena_str(a, str_from(text));
}

/* Of whom and where: told without the words, which name people and places. */
static void compare_subject(struct lead_change *c, const struct lead *x, const struct lead *y)
{
    bool same = str_eq(x->householder, y->householder) && str_eq(x->householder_number, y->householder_number) &&
                str_eq(x->category, y->category) && str_eq(x->region, y->region) && str_eq(x->township, y->township) &&
                str_eq(x->village, y->village) && str_eq(x->works_name, y->works_name) &&
                x->household_count == y->household_count;
    for (size_t i = 0; same && i < x->household_count; i++) {
        same = str_eq(x->households[i], y->households[i]);
    }
    if (!same) {
        add_change(c, (struct change){"subject", STR_NULL, STR_NULL, STR_NULL});
    }
}

static bool same_reason(const struct reason *x, const struct reason *y)
{
    return str_eq(x->state, y->state) && str_eq(x->severity, y->severity) && str_eq(x->cause, y->cause) &&
           str_eq(x->details, y->details) && str_eq(x->evidence, y->evidence) && x->version == y->version;
}

static void compare_reasons(struct lead_change *c, const struct lead *x, const struct lead *y)
{
    for (size_t i = 0; i < y->reason_count; i++) {
        const struct reason *r = &y->reasons[i], *was = find_reason(x, r->alert_id);
        if (was == NULL || !same_reason(was, r)) {
            add_change(c, (struct change){"reason", r->rule, was != NULL ? was->state : STR_NULL, r->state});
        }
    }
    for (size_t i = 0; i < x->reason_count; i++) {
        if (find_reason(y, x->reasons[i].alert_id) == NULL) {
            add_change(c, (struct change){"reason", x->reasons[i].rule, x->reasons[i].state, STR_NULL});
        }
    }
}

#define WORDS 5 /* kind, level, state, due_on, subject */

static struct lead_change compare_lead(struct arena *a, const struct lead *x, const struct lead *y)
{
    struct lead_change c = {.lead = y};
    c.changes = arena_array(a, WORDS + x->reason_count + y->reason_count, sizeof *c.changes);
    compare_word(&c, "kind", x->kind, y->kind);
    compare_word(&c, "level", x->level, y->level);
    compare_word(&c, "state", x->state, y->state);
    compare_word(&c, "due_on", date_word(a, x->due_on), date_word(a, y->due_on));
    compare_subject(&c, x, y);
    compare_reasons(&c, x, y);
    return c;
}

static bool is_open(const struct lead *lead) { return lead->sheet != SHEET_CLEARED; }

static void compare_now(const struct comparison *c)
{
    struct differences *d = c->out;
    const struct lead **before = sorted_leads(c->arena, c->before);
    d->added = arena_array(c->arena, c->now->lead_count, sizeof *d->added);
    d->changed = arena_array(c->arena, c->now->lead_count, sizeof *d->changed);
    for (size_t i = 0; i < c->now->lead_count; i++) {
        const struct lead *y = &c->now->leads[i], *x = find_lead(before, c->before->lead_count, y);
        if (x == NULL) {
            d->added[d->added_count++] = y;
        } else if (is_open(y) || !is_open(x)) {
            struct lead_change change = compare_lead(c->arena, x, y);
            if (change.change_count > 0) {
                d->changed[d->changed_count++] = change;
            }
        }
    }
}

static void compare_gone(const struct comparison *c)
{
    struct differences *d = c->out;
    const struct lead **now = sorted_leads(c->arena, c->now);
    d->gone = arena_array(c->arena, c->before->lead_count, sizeof *d->gone);
    for (size_t i = 0; i < c->before->lead_count; i++) {
        const struct lead *x = &c->before->leads[i], *y = find_lead(now, c->now->lead_count, x);
        if (y == NULL || (is_open(x) && !is_open(y))) {
            d->gone[d->gone_count++] = y != NULL ? y : x;
        }
    }
}

/* ---- Comparing feeds ---- */

/* An unchanged feed is as good as the complete one before it: only news and health count. */
static bool same_feed(const struct list_feed *x, const struct list_feed *y)
{
    if (!x->is_healthy || !y->is_healthy) {
        return x->is_healthy == y->is_healthy && str_eq(x->verdict, y->verdict) && str_eq(x->reasons, y->reasons);
    }
    return !str_is(y->verdict, "complete");
}

static void compare_feeds(const struct comparison *c)
{
    struct differences *d = c->out;
    d->feeds = arena_array(c->arena, c->before->feed_count + c->now->feed_count, sizeof *d->feeds);
    for (size_t i = 0; i < c->now->feed_count; i++) {
        const struct list_feed *y = &c->now->feeds[i], *x = find_feed(c->before, y->dataset);
        if (x == NULL || !same_feed(x, y)) {
            d->feeds[d->feed_count++] = (struct feed_change){x, y};
        }
    }
    for (size_t i = 0; i < c->before->feed_count; i++) {
        const struct list_feed *x = &c->before->feeds[i];
        if (find_feed(c->now, x->dataset) == NULL) {
            d->feeds[d->feed_count++] = (struct feed_change){x, NULL};
        }
    }
}

/* ---- Loading ---- */

enum rc differences_superseded(struct stage *s, int64_t *ret)
{
    char number[DB_NUMBER];
    return db_query_i64(s->db,
                        "select coalesce(max(b.edition), 0) from bidui.edition b join bidui.edition e"
                        " on e.county = b.county and e.edition = $2 and e.as_of = b.as_of"
                        " where b.county = $1 and b.edition < $2 and b.state in ('published', 'superseded')",
                        DB_PARAMS(s->config->county, db_number(s->edition.number, number)), ret);
}

enum rc differences_load(struct stage *s, struct list *l)
{
    int64_t edition = 0;
    struct stage other = *s;
    TRY(differences_superseded(s, &edition));
    if (edition == 0) {
        return RC_OK;
    }
    struct list *before = arena_alloc(l->arena, sizeof *before);
    struct differences *d = arena_alloc(l->arena, sizeof *d);
    other.edition.number = d->superseded = (int)edition;
    TRY(list_load(&other, l->arena, before));
    struct comparison c = {l->arena, before, l, d};
    compare_now(&c);
    compare_gone(&c);
    compare_feeds(&c);
    l->differences = d;
    return RC_OK;
}
