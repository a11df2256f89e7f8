/* Pairs that are known to be so, against those that were linked: precision, recall and F1 of pairs.
 */
#include <stdlib.h>

#include "base/err.h"
#include "base/text.h"
#include "pipeline/compare/compare.h"

#define CURVE_STEP 2000 /* thousandths of a bit */

struct judging {
    const struct comparison *c;
    struct arena *arena;
    struct map pairs; /* "left\0right" */
};

/* Of one list with itself either key may come first. */
static struct str pair_key(const struct judging *j, struct str left, struct str right)
{
    bool is_turned = j->c->is_self && str_cmp(right, left) < 0;
    struct str first = is_turned ? right : left, last = is_turned ? left : right;
    char *key = arena_alloc(j->arena, first.n + last.n + 1);
    memcpy(key, first.p, first.n);
    key[first.n] = '\n';
    memcpy(key + first.n + 1, last.p, last.n);
    return str_of(key, first.n + last.n + 1);
}

static bool is_known(const struct judging *j, const struct found *f)
{
    return map_get(&j->pairs, pair_key(j, row_key(j->c, j->arena, 0, f->left),
                                       row_key(j->c, j->arena, 1, f->right))) != NULL;
}

static enum rc read_pairs(struct judging *j, const char *path)
{
    struct input s;
    TRY(input_read(j->arena, path, &s));
    if (s.column_n < 2) {
        input_done(&s);
        return err_fail(RC_USAGE,
                        tr("--truth: %s 应有两列:左键、右键",
                           "--truth: %s must have two columns, left key and right key"),
                        path);
    }
    for (size_t i = 0; i < s.row_n; i++) {
        struct str left = str_trim(text_fold(j->arena, input_cell(&s, i, 0)));
        struct str right = str_trim(text_fold(j->arena, input_cell(&s, i, 1)));
        if (left.n > 0 && right.n > 0) {
            (void)map_put(&j->pairs, pair_key(j, left, right), j);
        }
    }
    input_done(&s);
    return RC_OK;
}

/* Keys that stand in no row make every figure wrong: a truth of other lists. */
static enum rc check_keys(const struct judging *j, const char *path)
{
    struct map left;
    size_t hits = 0;
    map_init(&left);
    for (uint32_t i = 0; i < j->c->left->row_n; i++) {
        (void)map_put(&left, arena_str(j->arena, row_key(j->c, j->arena, 0, i)), j->arena);
    }
    for (size_t i = 0; i < j->pairs.n; i++) {
        struct str rest = j->pairs.entries[i].key, first = str_cut(&rest, '\n');
        hits += map_get(&left, first) != NULL || (j->c->is_self && map_get(&left, rest) != NULL)
                    ? 1
                    : 0;
    }
    map_done(&left);
    if (hits == 0) {
        enum rc rc = err_fail(RC_USAGE,
                              tr("--truth: %s 中没有一个左键出现在左表",
                                 "--truth: no left key of %s stands in the left list"),
                              path);
        err_hint("%s",
                 tr("用 --key 指明哪一列是键。", "Say with --key which column the keys are."));
        return rc;
    }
    return RC_OK;
}

static int by_weight(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    return x->decision->weight > y->decision->weight ? -1
                                                     : x->decision->weight < y->decision->weight;
}

/* Those that only a threshold keeps from being accepted. */
static size_t by_threshold(const struct comparison *c, struct found *ret)
{
    size_t n = 0;
    for (size_t i = 0; i < c->found_n; i++) {
        enum link_reason reason = c->found[i].decision->reason;
        if (reason == LINK_PLAIN || reason == LINK_BETWEEN) {
            ret[n++] = c->found[i];
        }
    }
    qsort(ret, n, sizeof *ret, by_weight);
    return n;
}

/* One point each time the weight falls by a step; pairs of one weight stay together. */
static void draw_curve(struct judging *j, struct truth *t)
{
    struct found *sorted = arena_array(j->arena, j->c->found_n + 1, sizeof *sorted);
    size_t n = by_threshold(j->c, sorted), links = 0, right = 0;
    t->curve = arena_array(j->c->arena, n + 1, sizeof *t->curve);
    for (size_t i = 0; i < n; i++) {
        links++;
        right += is_known(j, &sorted[i]) ? 1 : 0;
        int32_t weight = sorted[i].decision->weight;
        bool is_last = i + 1 == n;
        if (is_last || weight / CURVE_STEP != sorted[i + 1].decision->weight / CURVE_STEP) {
            t->curve[t->curve_n++] = (struct truth_point){weight, links, right};
        }
    }
}

enum rc truth_judge(const struct comparison *c, const char *path, struct truth *ret)
{
    struct judging j = {.c = c, .arena = arena_new((size_t)8 << 30)};
    map_init(&j.pairs);
    *ret = (struct truth){0};
    enum rc rc = read_pairs(&j, path);
    rc = rc != RC_OK ? rc : check_keys(&j, path);
    for (size_t i = 0; rc == RC_OK && i < c->found_n; i++) {
        if (c->found[i].decision->verdict == LINK_ACCEPTED) {
            ret->links++;
            ret->right += is_known(&j, &c->found[i]) ? 1 : 0;
        }
    }
    ret->known = j.pairs.n;
    if (rc == RC_OK) {
        draw_curve(&j, ret);
    }
    map_done(&j.pairs);
    arena_free(j.arena);
    return rc;
}

double truth_precision(size_t right, size_t links)
{
    return links == 0 ? 0 : (double)right / (double)links;
}
double truth_recall(const struct truth *t, size_t right)
{
    return t->known == 0 ? 0 : (double)right / (double)t->known;
}
double truth_f1(const struct truth *t, size_t right, size_t links)
{
    return links + t->known == 0 ? 0 : 2 * (double)right / (double)(links + t->known);
}
