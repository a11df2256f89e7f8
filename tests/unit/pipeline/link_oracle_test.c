/* The linking against a plain one that was written apart from it: all pairs, textbook comparators,
 * EM in three nested loops, one to one by taking the heaviest again and again. On two thousand
 * small worlds both must give the same links, with the same weights. What the plain one knows of
 * the other is the definition alone: kinds' first shares, the levels' numbers, the costs. */
#include "pipeline/link/link.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/err.h"
#include "pipeline/link/levels.h"
#include "tests/unit/base/random.h"

#define WORLDS 2000
#define ROWS 14
#define FIELDS 4
#define ROOM 24
#define TOLERANCE 8 /* thousandths of a bit: rounding may differ in the last of each field */

enum { F_NAME, F_BIRTH, F_SEX, F_CODE };
static const struct link_field fields[FIELDS] = {{LINK_NAME, "name", LINK_NO_FIELD},
                                                 {LINK_BIRTH, "birth", LINK_NO_FIELD},
                                                 {LINK_SEX, "sex", LINK_NO_FIELD},
                                                 {LINK_CODE, "code", LINK_NO_FIELD}};

/* ---- Worlds ---- */

struct row {
    char text[FIELDS][ROOM];
};
struct world {
    struct row rows[2][ROWS];
    int n[2];
    bool is_self;
};

static void spoil(uint64_t *seed, char *text)
{
    size_t n = strlen(text);
    if (n == 0 || random_below(seed, 5) != 0) {
        return;
    }
    size_t at = random_below(seed, (uint32_t)n);
    bool is_digit = text[at] >= '0' && text[at] <= '9';
    switch (n == 1 ? 0 : random_below(seed, 3)) { /* a letter that is no sex is none */
    case 0:
        text[0] = '\0';
        break;
    case 1:
        text[at] =
            is_digit ? (char)('0' + random_below(seed, 10)) : (char)('A' + random_below(seed, 26));
        break;
    default:
        if (at + 1 < n) {
            char c = text[at];
            text[at] = text[at + 1];
            text[at + 1] = c;
        }
    }
}

static void make_row(uint64_t *seed, struct row *r)
{
    static const char *const names[] = {"ANNA MEIER",   "ANNE MAIER",  "JOHN SMITH",  "JON SMYTHE",
                                        "SMITH JOHN",   "MARTHA KENT", "MARHTA KENT", "OLGA",
                                        "OLGA PETROVA", "IVAN PETROV", "LI WEI",      "WEI LI"};
    snprintf(r->text[F_NAME], ROOM, "%s", names[random_below(seed, 12)]);
    snprintf(r->text[F_BIRTH], ROOM, "19%02u%02u%02u", 50 + random_below(seed, 4),
             1 + random_below(seed, 12), 1 + random_below(seed, 12));
    snprintf(r->text[F_SEX], ROOM, "%s", random_below(seed, 2) == 0 ? "M" : "F");
    snprintf(r->text[F_CODE], ROOM, "%06u", 100000 + 37 * random_below(seed, 60));
}

static void make_world(uint64_t *seed, struct world *w)
{
    memset(w, 0, sizeof *w);
    w->is_self = random_below(seed, 4) == 0;
    w->n[0] = 2 + (int)random_below(seed, ROWS - 1);
    w->n[1] = w->is_self ? 0 : 2 + (int)random_below(seed, ROWS - 1);
    for (int s = 0; s < 2; s++) {
        for (int i = 0; i < w->n[s]; i++) {
            make_row(seed, &w->rows[s][i]);
            bool is_known = s == 1 ? random_below(seed, 3) != 0
                                   : i > 0 && w->is_self && random_below(seed, 2) == 0;
            if (is_known) {
                w->rows[s][i] = w->rows[0][random_below(seed, (uint32_t)(s == 1 ? w->n[0] : i))];
                for (int f = 0; f < FIELDS; f++) {
                    spoil(seed, w->rows[s][i].text[f]);
                }
            }
        }
    }
}

/* ---- The plain linking ---- */

static int least3(int a, int b, int c)
{
    int least = a < b ? a : b;
    return least < c ? least : c;
}

static int edits(const char *a, const char *b)
{
    int n = (int)strlen(a), m = (int)strlen(b), t[ROOM + 1][ROOM + 1];
    for (int i = 0; i <= n; i++) {
        for (int k = 0; k <= m; k++) {
            t[i][k] = i == 0 || k == 0 ? i + k
                                       : least3(t[i - 1][k] + 1, t[i][k - 1] + 1,
                                                t[i - 1][k - 1] + (a[i - 1] != b[k - 1]));
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] &&
                t[i - 2][k - 2] + 1 < t[i][k]) {
                t[i][k] = t[i - 2][k - 2] + 1;
            }
        }
    }
    return t[n][m];
}

static double jaro_winkler(const char *a, const char *b)
{
    int n = (int)strlen(a), m = (int)strlen(b), window = (n > m ? n : m) / 2 - 1, found = 0,
        moved = 0;
    bool in_a[ROOM] = {false}, in_b[ROOM] = {false};
    window = window < 0 ? 0 : window;
    for (int i = 0; i < n; i++) {
        for (int k = i - window < 0 ? 0 : i - window; k <= i + window && k < m; k++) {
            if (!in_b[k] && a[i] == b[k]) {
                in_a[i] = in_b[k] = true;
                found++;
                break;
            }
        }
    }
    if (found == 0) {
        return 0;
    }
    for (int i = 0, k = 0; i < n; i++) {
        if (in_a[i]) {
            while (!in_b[k]) {
                k++;
            }
            moved += a[i] != b[k++];
        }
    }
    double jaro = ((double)found / n + (double)found / m + (found - moved / 2.0) / found) / 3;
    int prefix = 0;
    while (prefix < 4 && a[prefix] != '\0' && a[prefix] == b[prefix]) {
        prefix++;
    }
    return jaro + prefix * 0.1 * (1 - jaro) + 1e-9; /* what is 0.8 shall not be 0.7999... */
}

static bool same_words(const char *a, const char *b)
{
    const char *blank_a = strchr(a, ' '), *blank_b = strchr(b, ' ');
    if (blank_a == NULL || blank_b == NULL) {
        return false;
    }
    size_t first_a = (size_t)(blank_a - a), first_b = (size_t)(blank_b - b);
    return strlen(blank_b + 1) == first_a && strncmp(a, blank_b + 1, first_a) == 0 &&
           strlen(blank_a + 1) == first_b && strncmp(b, blank_a + 1, first_b) == 0;
}

static unsigned plain_name(const char *a, const char *b)
{
    if (same_words(a, b)) {
        return NAME_ORDER;
    }
    double likeness = jaro_winkler(a, b);
    if (likeness >= 0.92) {
        return NAME_NEAR;
    }
    if (strncmp(a, b, strlen(a)) == 0 || strncmp(a, b, strlen(b)) == 0) {
        return NAME_SHORT;
    }
    return likeness >= 0.8 ? NAME_SIMILAR : NAME_DIFFERS;
}

static bool same_part(const char *a, const char *b, int from, int other, int n)
{
    return strncmp(a + from, b + other, (size_t)n) == 0;
}

static unsigned plain_birth(const char *a, const char *b)
{
    bool year = same_part(a, b, 0, 0, 4), month = same_part(a, b, 4, 4, 2),
         day = same_part(a, b, 6, 6, 2);
    if (year && same_part(a, b, 4, 6, 2) && same_part(a, b, 6, 4, 2)) {
        return BIRTH_SWAPPED;
    }
    return edits(a, b) == 1          ? BIRTH_ONE_DIGIT
           : year + month + day == 2 ? BIRTH_TWO_PARTS
           : year                    ? BIRTH_YEAR
                                     : BIRTH_DIFFERS;
}

static unsigned plain_code(const char *a, const char *b)
{
    int distance = edits(a, b);
    return distance == 1 ? CODE_NEAR : distance == 2 ? CODE_SIMILAR : CODE_DIFFERS;
}

static unsigned plain_level(int field, const char *a, const char *b)
{
    if (a[0] == '\0' || b[0] == '\0') {
        return LINK_MISSING;
    }
    if (strcmp(a, b) == 0) {
        return LINK_SAME;
    }
    return field == F_NAME    ? plain_name(a, b)
           : field == F_BIRTH ? plain_birth(a, b)
           : field == F_SEX   ? PLAIN_DIFFERS
                              : plain_code(a, b);
}

/* A pair is looked at if something that blocks is the same. */
static bool is_candidate(const char (*a)[ROOM], const char (*b)[ROOM])
{
    const char *name = a[F_NAME], *birth = a[F_BIRTH], *code = a[F_CODE];
    size_t letters = strlen(name) < 3 ? strlen(name) : 3,
           others = strlen(b[F_NAME]) < 3 ? strlen(b[F_NAME]) : 3;
    return (name[0] != '\0' && letters == others && strncmp(name, b[F_NAME], letters) == 0) ||
           (birth[0] != '\0' && b[F_BIRTH][0] != '\0' && strncmp(birth, b[F_BIRTH], 4) == 0) ||
           (code[0] != '\0' && b[F_CODE][0] != '\0' &&
            (strncmp(code, b[F_CODE], 3) == 0 || strcmp(code + 3, b[F_CODE] + 3) == 0));
}

struct pair {
    int left, right;
    unsigned levels[FIELDS];
    bool is_candidate;
    int weight;
};
struct plain {
    struct pair pairs[ROWS * ROWS];
    int n;
    double m[FIELDS][LINK_LEVELS], r[FIELDS][LINK_LEVELS], u[FIELDS][LINK_LEVELS],
        first_r[FIELDS][LINK_LEVELS];
    double rarity[FIELDS][ROWS]; /* of the left row's value: its share in both lists */
};

static unsigned level_n(int f)
{
    return link_kinds[fields[f].kind].level_count;
}

static void list_pairs(const struct world *w, struct plain *p)
{
    for (int i = 0; i < w->n[0]; i++) {
        for (int k = w->is_self ? i + 1 : 0; k < w->n[w->is_self ? 0 : 1]; k++) {
            struct pair *pair = &p->pairs[p->n++];
            const struct row *a = &w->rows[0][i], *b = &w->rows[w->is_self ? 0 : 1][k];
            *pair = (struct pair){
                .left = i, .right = k, .is_candidate = is_candidate(a->text, b->text)};
            for (int f = 0; f < FIELDS; f++) {
                pair->levels[f] = plain_level(f, a->text[f], b->text[f]);
            }
        }
    }
}

static double clamped(double x)
{
    return x < 1e-7 ? 1e-7 : x > 1 - 1e-7 ? 1 - 1e-7 : x;
}

static void reckon_strangers(const struct world *w, struct plain *p)
{
    for (int f = 0; f < FIELDS; f++) {
        double counts[LINK_LEVELS] = {0}, both = 0, room = 0;
        for (int i = 0; i < p->n; i++) {
            counts[p->pairs[i].levels[f]]++;
            both += p->pairs[i].levels[f] != LINK_MISSING;
        }
        double same = clamped(both > 0 ? counts[LINK_SAME] / both : 0),
               others = both - counts[LINK_SAME];
        p->u[f][LINK_SAME] = same;
        for (unsigned k = LINK_SAME + 1; k < level_n(f); k++) {
            double share = others > 0 ? counts[k] / others * (1 - same) : 0;
            p->u[f][k] = share < 1e-7 ? 1e-7 : share;
            room += p->u[f][k];
        }
        for (unsigned k = LINK_SAME + 1; k < level_n(f); k++) {
            p->u[f][k] *= (1 - same) / room;
        }
        for (int i = 0; i < w->n[0]; i++) {
            double equal = 0, filled = 0;
            for (int s = 0; s < 2; s++) {
                for (int k = 0; k < w->n[s]; k++) {
                    filled += w->rows[s][k].text[f][0] != '\0';
                    equal += w->rows[s][k].text[f][0] != '\0' &&
                             strcmp(w->rows[s][k].text[f], w->rows[0][i].text[f]) == 0;
                }
            }
            p->rarity[f][i] = filled > 0 ? equal / filled : 0;
        }
    }
}

static void cap_related(struct plain *p, int f)
{
    unsigned strong = link_kinds[fields[f].kind].strong;
    double sum = 0;
    for (unsigned k = 1; k <= strong; k++) {
        sum += p->r[f][k];
    }
    for (unsigned k = 1; sum > 0.02 && k < level_n(f); k++) {
        p->r[f][k] *= k <= strong ? 0.02 / sum : 0.98 / (1 - sum);
    }
}

/* Answers how many pairs are expected to be related. */
static double learn(const struct world *w, struct plain *p, bool has_related, double *ret_same,
                    double *ret_related, double *ret_pairs)
{
    double related_pairs = 0;
    int smaller = w->is_self || w->n[0] < w->n[1] ? w->n[0] : w->n[1];
    double lambda = fmin(0.5 * smaller / p->n, 0.3), rho = lambda;
    double first_m[FIELDS][LINK_LEVELS] = {{0}};
    for (int f = 0; f < FIELDS; f++) {
        double sum = 0;
        for (unsigned k = 1; k < level_n(f); k++) {
            sum += link_kinds[fields[f].kind].levels[k].first_m;
        }
        for (unsigned k = 1; k < level_n(f); k++) {
            p->m[f][k] = first_m[f][k] = link_kinds[fields[f].kind].levels[k].first_m / sum;
            p->r[f][k] = p->u[f][k];
            p->r[f][k] =
                f == F_NAME ? 0.4 * p->u[f][k] + (k == NAME_SURNAME ? 0.6 : 0) : p->r[f][k];
            p->first_r[f][k] = p->r[f][k];
        }
    }
    bool is_last = false;
    for (int round = 0; round <= 400; round++) {
        double seen_m[FIELDS][LINK_LEVELS] = {{0}}, seen_r[FIELDS][LINK_LEVELS] = {{0}}, same = 0,
               related = 0, moved = 0;
        for (int i = 0; i < p->n; i++) {
            double a = lambda, b = has_related ? rho : 0, c = 1 - lambda - rho;
            for (int f = 0; f < FIELDS && p->pairs[i].is_candidate; f++) {
                unsigned k = p->pairs[i].levels[f];
                a *= k == 0 ? 1 : p->m[f][k];
                b *= k == 0 ? 1 : p->r[f][k];
                c *= k == 0 ? 1 : p->u[f][k];
            }
            for (int f = 0; f < FIELDS && p->pairs[i].is_candidate; f++) {
                seen_m[f][p->pairs[i].levels[f]] += a / (a + b + c);
                seen_r[f][p->pairs[i].levels[f]] += b / (a + b + c);
            }
            same += p->pairs[i].is_candidate ? a / (a + b + c) : 0;
            related += p->pairs[i].is_candidate ? b / (a + b + c) : 0;
        }
        related_pairs = related;
        *ret_pairs = same;
        if (is_last || round == 400) {
            break;
        }
        for (int f = 0; f < FIELDS; f++) {
            double sum_m = 0, sum_r = 0, before[LINK_LEVELS];
            memcpy(before, p->r[f], sizeof before);
            for (unsigned k = 1; k < level_n(f); k++) {
                sum_m += seen_m[f][k] + 2 * first_m[f][k];
                sum_r += seen_r[f][k] + 2 * p->first_r[f][k];
            }
            for (unsigned k = 1; k < level_n(f); k++) {
                double m = (seen_m[f][k] + 2 * first_m[f][k]) / sum_m;
                moved = fmax(moved, fabs(m - p->m[f][k]));
                p->m[f][k] = m;
                p->r[f][k] = (seen_r[f][k] + 2 * p->first_r[f][k]) / sum_r;
            }
            cap_related(p, f);
            for (unsigned k = 1; k < level_n(f); k++) {
                moved = fmax(moved, fabs(before[k] - p->r[f][k]));
            }
        }
        double now = fmin(fmax(same, 0.5) / p->n, 0.4),
               now_r = fmin(fmax(related, 0.5) / p->n, 0.4);
        moved = fmax(moved, fmax(fabs(now / lambda - 1), fabs(now_r / rho - 1)) / 10);
        lambda = now;
        rho = now_r;
        is_last = moved < 1e-5;
    }
    *ret_same = lambda;
    *ret_related = rho;
    return related_pairs;
}

static int milli(double ratio)
{
    return (int)lround(1000 * fmin(fmax(log2(ratio), -30), 30));
}

static void weigh(struct plain *p, bool has_related, double same, double related)
{
    for (int i = 0; i < p->n; i++) {
        int strangers = milli(same / (1 - same)), kin = milli(same / related);
        for (int f = 0; f < FIELDS; f++) {
            unsigned k = p->pairs[i].levels[f];
            if (k != LINK_MISSING) {
                strangers += milli(p->m[f][k] / p->u[f][k]);
                kin += milli(p->m[f][k] / p->r[f][k]);
            }
            if (k == LINK_SAME) {
                strangers += milli(p->u[f][k] / fmin(p->rarity[f][p->pairs[i].left], 0.9));
            }
        }
        p->pairs[i].weight = !has_related || strangers < kin ? strangers : kin;
    }
}

/* ---- Side by side ---- */

struct both {
    struct world world;
    struct link_lists lists;
    struct link_run run;
    struct arena *arena;
    bool has_pairs; /* else no two rows share anything to block by, and nothing was linked */
};

static void run_engine(struct both *b, int threads)
{
    struct link_options options = link_defaults;
    options.threads = threads;
    options.all_below = 0; /* block even the smallest */
    link_lists_init(&b->lists, b->arena, fields, FIELDS, b->world.is_self);
    for (int s = 0; s < 2; s++) {
        for (int i = 0; i < b->world.n[s]; i++) {
            struct str values[FIELDS];
            for (int f = 0; f < FIELDS; f++) {
                values[f] = str_from(b->world.rows[s][i].text[f]);
            }
            link_lists_add(&b->lists, s, STR(""), values);
        }
    }
    link_lists_close(&b->lists);
    enum rc rc = link_run(&b->lists, &options, &b->run);
    assert_true(rc == RC_OK || rc == RC_STATE ||
                rc == RC_USAGE); /* a refusal comes after the links were made */
    b->has_pairs = rc != RC_USAGE;
}

static void close_both(struct both *b)
{
    link_done(&b->run);
    link_lists_done(&b->lists);
    arena_free(b->arena);
}

static const struct pair *find_pair(const struct plain *p, bool is_self, int left, int right)
{
    for (int i = 0; i < p->n; i++) {
        bool turned = is_self && p->pairs[i].left == right && p->pairs[i].right == left;
        if (turned || (p->pairs[i].left == left && p->pairs[i].right == right)) {
            return &p->pairs[i];
        }
    }
    return NULL;
}

static void same_weights(const struct both *b, const struct plain *p, int world)
{
    for (size_t i = 0; i < b->run.candidates.n; i++) {
        const struct link_pair *c = &b->run.candidates.pairs[i];
        int left = (int)b->lists.side[0].rows[c->left],
            right = (int)link_lists_right(&b->lists)->rows[c->right];
        const struct pair *pair = find_pair(p, b->world.is_self, left, right);
        if (pair == NULL) {
            fail_msg("world %d: rows %d and %d are no pair", world, left, right);
            return;
        }
        int weight =
            link_model_weigh(&b->run.model, c, b->run.candidates.patterns[c->pattern].code);
        if (!pair->is_candidate || abs(weight - pair->weight) > TOLERANCE) {
            fail_msg("world %d, rows %d and %d: %d, plainly %d (candidate: %d)", world, left, right,
                     weight, pair->weight, pair->is_candidate);
        }
    }
    size_t candidates = 0;
    for (int i = 0; i < p->n; i++) {
        candidates += p->pairs[i].is_candidate ? 1 : 0;
    }
    assert_int_equal(b->run.candidates.n, candidates);
}

static void rows_of(const struct both *b, const struct link_decision *d, int *left, int *right)
{
    *left = (int)b->lists.side[0].rows[d->left];
    *right = (int)link_lists_right(&b->lists)->rows[d->right];
}

/* Within one list whatever weighs enough is a link. */
static void same_duplicates(const struct both *b, const struct plain *p, int world)
{
    for (int i = 0; i < p->n; i++) {
        bool is_found = false;
        for (size_t k = 0; k < b->run.decisions.n; k++) {
            int left = 0, right = 0;
            rows_of(b, &b->run.decisions.all[k], &left, &right);
            is_found = is_found || find_pair(p, true, left, right) == &p->pairs[i];
        }
        bool must = p->pairs[i].is_candidate && p->pairs[i].weight > TOLERANCE;
        bool may = p->pairs[i].is_candidate && p->pairs[i].weight >= -TOLERANCE;
        if ((must && !is_found) || (is_found && !may)) {
            fail_msg("world %d: rows %d and %d: %s", world, p->pairs[i].left, p->pairs[i].right,
                     is_found ? "linked" : "missed");
        }
    }
}

/* A free pair that is heavier than one that was taken, or heavy enough when all is over. */
static void nothing_heavier(const struct plain *p, bool taken[2][ROWS], int weight, int world)
{
    for (int i = 0; i < p->n; i++) {
        bool is_free =
            p->pairs[i].is_candidate && !taken[0][p->pairs[i].left] && !taken[1][p->pairs[i].right];
        if (is_free && p->pairs[i].weight > weight + TOLERANCE) {
            fail_msg("world %d: rows %d and %d were left", world, p->pairs[i].left,
                     p->pairs[i].right);
        }
    }
}

/* Between two lists the heaviest free pair is taken, again and again. */
static void same_partners(const struct both *b, const struct plain *p, int world)
{
    bool taken[2][ROWS] = {{false}};
    for (size_t i = 0; i < b->run.decisions.n; i++) {
        const struct link_decision *d = &b->run.decisions.all[i];
        int left = 0, right = 0;
        rows_of(b, d, &left, &right);
        if (d->reason == LINK_TAKEN) {
            assert_true(taken[0][left] || taken[1][right]);
            continue;
        }
        nothing_heavier(p, taken, d->weight, world);
        assert_false(taken[0][left] || taken[1][right]);
        taken[0][left] = taken[1][right] = true;
    }
    nothing_heavier(p, taken, 0, world);
}

static void same_verdicts(const struct both *b)
{
    int accept = (int)lround(1000 * log2(39)); /* a false link costs 40 looks: 39 to 1 */
    for (size_t i = 0; i < b->run.decisions.n; i++) {
        const struct link_decision *d = &b->run.decisions.all[i];
        assert_true(d->weight >= 0);
        assert_int_equal(d->verdict == LINK_ACCEPTED, d->reason == LINK_PLAIN);
        assert_true(d->reason == LINK_BETWEEN ? d->weight < accept
                                              : d->reason != LINK_PLAIN || d->weight >= accept);
    }
}

static void links_are_those_of_the_plain_one(void **state)
{
    uint64_t seed = 20261130;
    size_t links = 0, with_related = 0;
    (void)state;
    for (int i = 0; i < WORLDS; i++) {
        struct both b = {.arena = arena_new((size_t)64 << 20)};
        struct plain *p = calloc(1, sizeof *p);
        double same = 0, related = 0, pairs = 0;
        make_world(&seed, &b.world);
        run_engine(&b, 1 + i % 2);
        list_pairs(&b.world, p);
        reckon_strangers(&b.world, p);
        bool has_related = learn(&b.world, p, true, &same, &related, &pairs) >= 0.01 * pairs;
        if (!has_related) {
            (void)learn(&b.world, p, false, &same, &related, &pairs);
        }
        weigh(p, has_related, same, related);
        same_weights(&b, p, i);
        (b.world.is_self ? same_duplicates : same_partners)(&b, p, i);
        same_verdicts(&b);
        links += b.run.decisions.accepted;
        with_related += has_related ? 1 : 0;
        free(p);
        close_both(&b);
    }
    assert_true(links > WORLDS / 2 && with_related > WORLDS / 20 &&
                with_related < WORLDS * 19 / 20); /* or it tested little */
}

/* ---- What must change nothing ---- */

static void order_and_threads_change_nothing(void **state)
{
    uint64_t seed = 4;
    (void)state;
    for (int i = 0; i < 200; i++) {
        struct both a = {.arena = arena_new((size_t)64 << 20)},
                    b = {.arena = arena_new((size_t)64 << 20)};
        int places[2][ROWS];
        make_world(&seed, &a.world);
        b.world = a.world;
        for (int s = 0; s < 2; s++) {
            for (int k = 0; k < a.world.n[s]; k++) {
                places[s][k] = a.world.n[s] - 1 - k;
                b.world.rows[s][places[s][k]] = a.world.rows[s][k];
            }
        }
        run_engine(&a, 1);
        run_engine(&b, 3);
        assert_int_equal(a.run.decisions.n, b.run.decisions.n);
        for (size_t k = 0; k < a.run.decisions.n; k++) {
            const struct link_decision *x = &a.run.decisions.all[k], *y = &b.run.decisions.all[k];
            assert_int_equal(x->weight, y->weight);
            assert_int_equal(x->pattern, y->pattern);
            assert_int_equal(x->reason, y->reason);
            const struct row *p = &a.world.rows[0][a.lists.side[0].rows[x->left]],
                             *q = &b.world.rows[0][b.lists.side[0].rows[y->left]];
            assert_memory_equal(p, q, sizeof *p);
        }
        close_both(&a);
        close_both(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_are_those_of_the_plain_one),
        cmocka_unit_test(order_and_threads_change_nothing),
    };
    return cmocka_run_group_tests_name("link_oracle", tests, NULL, NULL);
}
