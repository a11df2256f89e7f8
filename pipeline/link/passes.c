#include "pipeline/link/passes.h"

#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "pipeline/link/grouping.h"

#define PAIRS_PER_RECORD 50.0
#define PAIRS_LEAST 200000.0
#define ONE_KEY_SHARE 0.2 /* of the budget, for one pass of one key */
#define TWO_KEYS_SHARE 0.08
#define ONE_KEY_PASSES 0.7 /* of the budget, for all of them */
#define BLOCK_SHARE 0.02
#define BLOCK_LEAST 10000.0
#define PAIRS_A_SECOND 1e6

struct choice {
    struct link_key keys[LINK_KEYS_MOST];
    double pairs[LINK_KEYS_MOST];
    bool chosen[LINK_KEYS_MOST];
    size_t n;
};

static double larger(const struct link_lists *l)
{
    size_t n = l->side[0].n, m = l->side[1].n;
    return (double)(n > m ? n : m);
}

/* ---- One key ---- */

static double pairs_of_key(const struct link_lists *l, struct link_key key)
{
    struct grouping g;
    double pairs = 0;
    grouping_init(&g, l->side[0].n);
    for (size_t i = 0; i < l->side[0].n; i++) {
        grouping_add(&g, link_key_value(l, &l->side[0], i, key));
    }
    for (size_t i = 0; l->is_self && i < g.n; i++) {
        pairs += (double)g.counts[i] * ((double)g.counts[i] - 1) / 2;
    }
    for (size_t i = 0; i < l->side[1].n; i++) {
        uint32_t at = grouping_find(&g, link_key_value(l, &l->side[1], i, key));
        pairs += at == GROUPING_NONE ? 0 : (double)g.counts[at];
    }
    grouping_done(&g);
    return pairs;
}

/* Do equal keys `a` make equal keys `b`? */
static bool implies(struct link_key a, struct link_key b)
{
    return a.field == b.field && (a.part == b.part || a.part == KEY_WHOLE);
}

static bool is_within_chosen(const struct choice *c, struct link_key key)
{
    for (size_t i = 0; i < c->n; i++) {
        if (c->chosen[i] && implies(key, c->keys[i])) {
            return true;
        }
    }
    return false;
}

static void put_pass(struct link_passes *p, const struct link_key *keys, size_t n, double expected)
{
    struct link_pass *pass = &p->passes[p->n++];
    *pass = (struct link_pass){.key_n = n, .expected = expected};
    memcpy(pass->keys, keys, n * sizeof *keys);
}

/* The key that makes fewest pairs among those not tried yet; n if there is none. */
static size_t next_key(const struct choice *c, const bool *tried)
{
    size_t best = c->n;
    for (size_t i = 0; i < c->n; i++) {
        if (!tried[i] && (best == c->n || c->pairs[i] < c->pairs[best])) {
            best = i;
        }
    }
    return best;
}

static void choose_single(struct link_passes *p, struct choice *c, double *spent)
{
    bool tried[LINK_KEYS_MOST] = {false};
    for (size_t i = next_key(c, tried); i < c->n && p->n < LINK_PASSES / 2;
         i = next_key(c, tried)) {
        tried[i] = true;
        bool fits = c->pairs[i] <= ONE_KEY_SHARE * p->budget &&
                    *spent + c->pairs[i] <= ONE_KEY_PASSES * p->budget;
        if (fits && c->pairs[i] > 0) {
            c->chosen[i] = true;
            put_pass(p, &c->keys[i], 1, c->pairs[i]);
            *spent += c->pairs[i];
        }
    }
}

/* ---- Two keys ---- */

struct couple {
    struct link_key keys[2];
    double expected;
};

static int by_expected(const void *a, const void *b)
{
    const struct couple *x = a, *y = b;
    if (x->expected != y->expected) {
        return x->expected < y->expected ? -1 : 1;
    }
    return memcmp(x->keys, y->keys, sizeof x->keys);
}

/* Is every pair of x one of y too? */
static bool is_within(const struct couple *x, const struct couple *y)
{
    return (implies(x->keys[0], y->keys[0]) && implies(x->keys[1], y->keys[1])) ||
           (implies(x->keys[0], y->keys[1]) && implies(x->keys[1], y->keys[0]));
}

static size_t list_couples(const struct link_passes *p, const struct choice *c, struct couple *ret)
{
    double all = link_lists_pairs(p->lists);
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        for (size_t k = i + 1; k < c->n; k++) {
            struct couple couple = {{c->keys[i], c->keys[k]}, c->pairs[i] * c->pairs[k] / all};
            bool is_new = c->keys[i].field != c->keys[k].field &&
                          !is_within_chosen(c, c->keys[i]) && !is_within_chosen(c, c->keys[k]);
            if (is_new && couple.expected <= TWO_KEYS_SHARE * p->budget && c->pairs[i] > 0 &&
                c->pairs[k] > 0) {
                ret[n++] = couple;
            }
        }
    }
    qsort(ret, n, sizeof *ret, by_expected);
    return n;
}

static void choose_couples(struct link_passes *p, const struct choice *c, double *spent)
{
    struct couple *couples = calloc((size_t)LINK_KEYS_MOST * LINK_KEYS_MOST, sizeof *couples);
    if (couples == NULL) {
        err_die(RC_MEMORY, "%s", "link_passes");
    }
    size_t n = list_couples(p, c, couples);
    for (size_t i = 0; i < n && p->n < LINK_PASSES; i++) {
        bool is_covered = false;
        for (size_t k = 0; k < n && !is_covered; k++) {
            is_covered = k != i && is_within(&couples[i], &couples[k]);
        }
        if (!is_covered && *spent + couples[i].expected <= p->budget) {
            put_pass(p, couples[i].keys, 2, couples[i].expected);
            *spent += couples[i].expected;
        }
    }
    free(couples);
}

/* ---- All of it ---- */

static enum rc refuse(const struct link_lists *l)
{
    double pairs = link_lists_pairs(l);
    enum rc rc = err_fail(RC_USAGE,
                          tr("没有一列(或两列)能把记录分成小组,逐对比较要看 %.0f 对,约 %.0f 秒",
                             "no column, nor two together, divides the records: comparing each "
                             "with each makes %.0f pairs, "
                             "some %.0f seconds"),
                          pairs, ceil(pairs / PAIRS_A_SECOND));
    err_hint("%s",
             tr("用 --map 列名=类型 指明证件号、姓名、出生日期、电话等列。",
                "Say with --map COLUMN=KIND which columns are number, name, birth date, phone."));
    return rc;
}

/* The ids of the keys that passes use, record by record: one look into memory for all of them. */
static void keep_keys(struct link_passes *p)
{
    struct link_key kept[2 * LINK_PASSES];
    for (size_t i = 0; i < p->n; i++) {
        for (size_t k = 0; k < p->passes[i].key_n; k++) {
            size_t at = 0;
            while (at < p->kept && memcmp(&kept[at], &p->passes[i].keys[k], sizeof *kept) != 0) {
                at++;
            }
            kept[at] = p->passes[i].keys[k];
            p->kept = at == p->kept ? at + 1 : p->kept;
            p->passes[i].slots[k] = (uint8_t)at;
        }
    }
    for (int s = 0; s < (p->lists->is_self ? 1 : 2); s++) {
        const struct link_side *side = &p->lists->side[s];
        p->ids[s] = calloc(side->n * p->kept + 1, sizeof **p->ids);
        p->skipped[s] = calloc(side->n + 1, sizeof **p->skipped);
        if (p->ids[s] == NULL || p->skipped[s] == NULL) {
            err_die(RC_MEMORY, "%s", "link_passes");
        }
        for (size_t i = 0; i < side->n; i++) {
            for (size_t k = 0; k < p->kept; k++) {
                p->ids[s][i * p->kept + k] = link_key_value(p->lists, side, i, kept[k]);
            }
        }
    }
    if (p->lists->is_self) {
        p->ids[1] = p->ids[0];
        p->skipped[1] = p->skipped[0];
    }
}

enum rc link_passes_choose(const struct link_lists *l, double all_below, struct link_passes *ret)
{
    double budget = PAIRS_PER_RECORD * larger(l), spent = 0;
    budget = budget < PAIRS_LEAST ? PAIRS_LEAST : budget;
    double block = BLOCK_SHARE * budget < BLOCK_LEAST ? BLOCK_LEAST : BLOCK_SHARE * budget;
    *ret = (struct link_passes){.lists = l, .budget = budget, .block_most = block};
    if (link_lists_pairs(l) <= all_below) {
        ret->block_most = all_below;
        put_pass(ret, NULL, 0, link_lists_pairs(l));
        keep_keys(ret);
        return RC_OK;
    }
    struct choice *c = calloc(1, sizeof *c);
    if (c == NULL) {
        err_die(RC_MEMORY, "%s", "link_passes");
    }
    c->n = link_keys_of(l, c->keys);
    for (size_t i = 0; i < c->n; i++) {
        c->pairs[i] = pairs_of_key(l, c->keys[i]);
    }
    choose_single(ret, c, &spent);
    choose_couples(ret, c, &spent);
    free(c);
    if (ret->n == 0) {
        return refuse(l);
    }
    keep_keys(ret);
    return RC_OK;
}

void link_passes_done(struct link_passes *p)
{
    for (int s = 0; s < 2 && (s == 0 || p->ids[1] != p->ids[0]); s++) {
        free(p->ids[s]);
        free(p->skipped[s]);
    }
}

bool link_passes_before(const struct link_passes *p, size_t pass, uint32_t left, uint32_t right)
{
    const uint32_t *a = p->ids[0] + left * p->kept, *b = p->ids[1] + right * p->kept;
    uint64_t skipped = p->skipped[0][left];
    for (size_t i = 0; i < pass; i++) {
        const struct link_pass *q = &p->passes[i];
        uint8_t first = q->slots[0], last = q->slots[q->key_n - 1];
        bool is_in = a[first] != 0 && a[first] == b[first] && a[last] != 0 && a[last] == b[last];
        if (is_in && (skipped >> i & 1) == 0) {
            return true;
        }
    }
    return false;
}
