/* The linking of single records against a plain one that was written apart from it: every person of the roster is looked
 * at, what two share is told by comparing texts, values are counted in loops, weights are sums of logarithms. On two
 * thousand small worlds both must say the same of every record. What both use are the comparators, which have tests of
 * their own, and the version of weights. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pipeline/link/levels.h"
#include "pipeline/link/sound.h"
#include "pipeline/pull/likely/likely.h"
#include "pipeline/pull/likely/weights.h"
#include "tests/unit/base/random.h"

#define WORLDS 2000
#define PERSONS 24
#define RECORDS 6
#define ROOM 40
#define TOLERANCE 8 /* thousandths of a bit: each field rounds for itself */
#define VILLAGES 4

/* ---- Worlds ---- */

struct someone {
    char name[ROOM], sound[2 * ROOM]; /* sound: as a person would spell it, dialects aside */
    int year, month, day;         /* 0: not said */
    char number[ROOM], sex, phone[ROOM];
    int village; /* -1: not said */
};
struct world {
    struct someone persons[PERSONS], records[RECORDS];
    int n;
};
static const char *const village_codes[VILLAGES] = {"990121001001", "990121001002", "990121002001", "990121003001"};

/* Characters in pairs of one sound; the last two differ only for those who tell n from l. */
static const struct {
    const char *character, *sound;
} characters[] = {{"伟", "wei"}, {"玮", "wei"}, {"芳", "fang"}, {"方", "fang"}, {"明", "ming"}, {"鸣", "ming"},
                  {"娜", "la"},  {"拉", "la"},  {"刚", "gang"}, {"□", "?"}};
static const struct {
    const char *character, *sound;
} surnames[] = {{"王", "wang"}, {"汪", "wang"}, {"李", "li"}, {"赵", "zao"}};

static void make_name(uint64_t *seed, struct someone *s, bool may_lose)
{
    unsigned a = random_below(seed, 4), b = random_below(seed, may_lose ? 10 : 9), c = random_below(seed, 12);
    snprintf(s->name, ROOM, "%s%s%s", surnames[a].character, characters[b].character, c < 9 ? characters[c].character : "");
    snprintf(s->sound, sizeof s->sound, "%s %s %s", surnames[a].sound, characters[b].sound, c < 9 ? characters[c].sound : "");
    if (b == 9) { /* a lost character has no sound: it is known by what is left */
        snprintf(s->sound, sizeof s->sound, "= %s", s->name);
    }
}

static void make_number(struct someone *s, unsigned serial)
{
    snprintf(s->number, ROOM, "990121%04d%02d%02d%03u", s->year, s->month, s->day, serial);
    s->number[17] = idno_check_char(s->number);
    s->number[18] = '\0';
}

static void make_person(uint64_t *seed, struct someone *s, unsigned n)
{
    *s = (struct someone){.village = (int)random_below(seed, VILLAGES)};
    make_name(seed, s, false);
    s->year = 1970 + (int)random_below(seed, 3);
    s->month = 1 + (int)random_below(seed, 3);
    s->day = 1 + (int)random_below(seed, 3);
    s->sex = random_below(seed, 2) == 0 ? 'M' : 'F';
    make_number(s, 100 + n);
    if (random_below(seed, 3) == 0) {
        s->number[0] = '\0';
    } else if (random_below(seed, 8) == 0) {
        s->number[17] = s->number[17] == '1' ? '2' : '1'; /* kept broken, as the roster has it */
    }
    if (random_below(seed, 2) == 0) {
        snprintf(s->phone, ROOM, "1390000%04u", random_below(seed, 5));
    }
}

/* One of the roster, spoilt; or nobody of it. */
static void make_record(uint64_t *seed, const struct world *w, struct someone *s)
{
    make_person(seed, s, 500);
    if (random_below(seed, 4) != 0) {
        *s = w->persons[random_below(seed, (uint32_t)w->n)];
    }
    if (random_below(seed, 4) == 0) {
        make_name(seed, s, true);
    }
    if (random_below(seed, 5) == 0) {
        s->day = 1 + (int)random_below(seed, 3);
    }
    if (random_below(seed, 5) == 0) {
        s->village = (int)random_below(seed, VILLAGES + 1) - 1;
    }
    if (random_below(seed, 3) == 0) {
        s->phone[0] = '\0';
    }
    switch (random_below(seed, 5)) {
    case 0:
    case 1:
        s->number[0] = '\0';
        break;
    case 2:
        if (s->number[0] != '\0') { /* two digits mistyped */
            s->number[14] = (char)('0' + (s->number[14] - '0' + 3) % 10);
            s->number[16] = (char)('0' + (s->number[16] - '0' + 5) % 10);
        }
        break;
    case 3:
        make_number(s, 700 + random_below(seed, 3)); /* a number of his own, or, if the day was spoilt, hardly */
        break;
    default:
        break;
    }
    if (random_below(seed, 6) == 0) {
        s->year = 0;
    }
}

static void make_world(uint64_t *seed, struct world *w)
{
    w->n = 4 + (int)random_below(seed, PERSONS - 4);
    for (int i = 0; i < w->n; i++) {
        make_person(seed, &w->persons[i], (unsigned)i);
    }
    for (int i = 0; i < RECORDS; i++) {
        make_record(seed, w, &w->records[i]);
    }
}

static struct index *index_of(const struct world *w)
{
    struct index *ix = index_new();
    index_keep_evidence(ix);
    for (int i = 0; i < VILLAGES; i++) {
        index_add_village(ix, str_from(village_codes[i]), str_from(i == 0 ? "甲村" : i == 1 ? "乙村" : i == 2 ? "丙村" : "丁村"),
                          STR("石桥镇"));
    }
    for (int i = 0; i < w->n; i++) {
        char no[8];
        snprintf(no, sizeof no, "H%d", i);
        (void)index_add_household(ix, i + 1, str_from(no), str_from(village_codes[w->persons[i].village]));
    }
    for (int i = 0; i < w->n; i++) {
        const struct someone *p = &w->persons[i];
        (void)index_add_person(ix, i + 1, (uint32_t)i, date_from_ymd(p->year, p->month, p->day), p->sex == 'M' ? SEX_MALE : SEX_FEMALE, true);
        index_set_identity(ix, (uint32_t)i, str_from(p->number), str_from(p->name));
        index_set_phone(ix, (uint32_t)i, strtoull(p->phone, NULL, 10));
    }
    index_finish(ix);
    return ix;
}

/* ---- The plain one ---- */

struct plain_pair {
    int person;
    double weight;
    int witnesses;
};
struct plain {
    struct plain_pair pairs[PERSONS];
    int n;
};

static bool is_proven(const struct someone *s)
{
    return strlen(s->number) == IDNO_LEN && idno_is_valid(s->number);
}

static int number_part(const struct someone *s, int from, int n)
{
    char text[8] = "";
    memcpy(text, s->number + from, (size_t)n);
    return atoi(text);
}

static bool same_day(const struct someone *a, const struct someone *b)
{
    return a->year == b->year && a->month == b->month && a->day == b->day;
}

static bool same_township(const struct someone *a, const struct someone *b)
{
    return a->village >= 0 && b->village >= 0 && memcmp(village_codes[a->village], village_codes[b->village], 9) == 0;
}

/* The record as it is understood: without a birth date its proven number says one. */
static struct someone understood(const struct someone *r, bool *ret_said, bool *ret_lent)
{
    struct someone s = *r;
    bool said = r->year == 0 && is_proven(r);
    if (said) {
        s.year = number_part(r, 6, 4);
        s.month = number_part(r, 10, 2);
        s.day = number_part(r, 12, 2);
    }
    *ret_said = said;
    *ret_lent = is_proven(r) && r->year != 0 &&
                !(number_part(r, 6, 4) == r->year && number_part(r, 10, 2) == r->month && number_part(r, 12, 2) == r->day);
    return s;
}

static bool share_something(const struct someone *r, const struct someone *p)
{
    bool sound = strcmp(r->sound, p->sound) == 0, has_day = r->year != 0;
    return (sound && has_day && r->year == p->year && same_township(r, p)) || (sound && has_day && same_day(r, p)) ||
           (r->village == p->village && sound) || (r->village == p->village && has_day && same_day(r, p)) ||
           (r->phone[0] != '\0' && strcmp(r->phone, p->phone) == 0);
}

static void fill_value(struct arena *a, enum link_family family, const char *text, struct link_value *v)
{
    *v = (struct link_value){.text = str_from(text)};
    link_value_fill(a, family, v);
}

static unsigned text_level(struct arena *a, enum link_kind kind, const char *x, const char *y)
{
    struct link_value u, v;
    if (*x == '\0' || *y == '\0') {
        return LINK_MISSING;
    }
    fill_value(a, link_kinds[kind].family, x, &u);
    fill_value(a, link_kinds[kind].family, y, &v);
    return strcmp(x, y) == 0 ? LINK_SAME : link_kinds[kind].compare(&u, &v);
}

static unsigned date_level(struct arena *a, const struct someone *x, const struct someone *y)
{
    const char *s = x->year == 0 ? "" : arena_printf(a, "%04d%02d%02d", x->year, x->month, x->day);
    return text_level(a, LINK_BIRTH, s, arena_printf(a, "%04d%02d%02d", y->year, y->month, y->day));
}

struct sums {
    double strangers, related;
    int witnesses;
};

static void add(struct sums *s, const struct likely_share *share, double u, int witness)
{
    double bits = log2(share->m / 1e6 / u);
    s->strangers += bits;
    s->related += log2((double)share->m / share->r);
    s->witnesses += bits >= 3 ? witness : 0;
}

static int count_where(const struct world *w, const struct someone *p, bool (*same)(const struct someone *, const struct someone *))
{
    int n = 0;
    for (int i = 0; i < w->n; i++) {
        n += same(&w->persons[i], p) ? 1 : 0;
    }
    return n;
}

static bool same_name(const struct someone *a, const struct someone *b) { return strcmp(a->name, b->name) == 0; }
static bool same_village(const struct someone *a, const struct someone *b) { return a->village == b->village; }
static bool same_phone(const struct someone *a, const struct someone *b) { return strcmp(a->phone, b->phone) == 0; }
static bool same_surname(const struct someone *a, const struct someone *b) { return memcmp(a->name, b->name, 3) == 0; }
static bool same_clan(const struct someone *a, const struct someone *b) { return same_surname(a, b) && same_village(a, b); }

static void add_name(const struct world *w, const struct someone *r, const struct someone *p, unsigned level, struct sums *s)
{
    const struct likely_share *share = &likely_built_in.shares[LIKELY_NAME][level];
    double u = share->u / 1e6;
    if (level == LINK_SAME || level == NAME_VARIANT) {
        u = (count_where(w, p, same_name) + 0.5) / (w->n + 50000.0);
        if (r->village == p->village) {
            double here = (double)count_where(w, p, same_clan) / count_where(w, p, same_village),
                   all = (double)count_where(w, p, same_surname) / w->n;
            u *= here > all ? here / all : 1;
        }
    }
    add(s, share, u, level == LINK_SAME || level == NAME_VARIANT ? 1 : 0);
}

static double birth_share(const struct world *w, const struct someone *p)
{
    return (count_where(w, p, same_day) + 1.0) / (w->n + 25000.0);
}

static void add_number(const struct world *w, const struct someone *p, unsigned level, struct sums *s)
{
    const struct likely_share *share = &likely_built_in.shares[LIKELY_NUMBER][level];
    int witness = level == IDNO_ONE_DIGIT || level == IDNO_SWAP || level == IDNO_TWO_DIGITS ? 2 : level == IDNO_SAME_BIRTH ? 1 : 0;
    add(s, share, level == IDNO_SAME_BIRTH ? birth_share(w, p) : share->u / 1e6, witness);
}

static void add_place(const struct world *w, const struct someone *r, const struct someone *p, struct sums *s)
{
    if (r->village < 0) {
        return;
    }
    unsigned level = r->village == p->village ? LINK_SAME : same_township(r, p) ? REGION_TOWNSHIP : REGION_DIFFERS;
    const struct likely_share *share = &likely_built_in.shares[LIKELY_PLACE][level];
    double u = level == LINK_SAME         ? (double)count_where(w, p, same_village) / w->n
               : level == REGION_TOWNSHIP ? (double)count_where(w, p, same_township) / w->n
                                          : share->u / 1e6;
    add(s, share, u, level == LINK_SAME ? 1 : 0);
}

/* False: they are two people. */
static bool weigh(struct arena *a, const struct world *w, const struct someone *record, const struct someone *p, struct sums *s)
{
    bool is_said = false, is_lent = false;
    struct someone r = understood(record, &is_said, &is_lent);
    bool proven = is_proven(&r), theirs = is_proven(p);
    unsigned number = proven || theirs ? text_level(a, LINK_IDNO, r.number, p->number) : LINK_MISSING;
    unsigned birth = date_level(a, &r, p);
    *s = (struct sums){log2(0.01 / w->n), log2(0.01 / 0.05), 0};
    if (proven && theirs && number != LINK_SAME) {
        if (!is_lent || birth != LINK_SAME) {
            return false;
        }
        number = IDNO_LENT;
    }
    bool holds = (number >= LINK_SAME && number <= IDNO_SAME_BIRTH && number != IDNO_LENT) || (is_said && number != LINK_MISSING);
    if (number != LINK_MISSING) {
        add_number(w, p, number, s);
    }
    add_name(w, &r, p, text_level(a, LINK_NAME, r.name, p->name), s);
    if (birth != LINK_MISSING && !(holds && birth <= BIRTH_TWO_PARTS)) {
        const struct likely_share *share = &likely_built_in.shares[LIKELY_BIRTH][birth];
        add(s, share, birth == LINK_SAME ? birth_share(w, p) : share->u / 1e6, birth == LINK_SAME ? 1 : 0);
    }
    unsigned sex = r.sex == p->sex ? LINK_SAME : PLAIN_DIFFERS;
    if (!(holds && sex == LINK_SAME)) {
        add(s, &likely_built_in.shares[LIKELY_SEX][sex], 0.5, 0);
    }
    add_place(w, &r, p, s);
    if (r.phone[0] != '\0' && p->phone[0] != '\0') {
        bool same = strcmp(r.phone, p->phone) == 0;
        const struct likely_share *share = &likely_built_in.shares[LIKELY_PHONE][same ? LINK_SAME : CODE_DIFFERS];
        add(s, share, same ? (count_where(w, p, same_phone) + 1.0) / (w->n + 25000.0) : share->u / 1e6, same ? 1 : 0);
    }
    return true;
}

static void find_plainly(struct arena *a, const struct world *w, const struct someone *record, struct plain *out)
{
    bool is_said = false, is_lent = false;
    struct someone r = understood(record, &is_said, &is_lent);
    out->n = 0;
    for (int i = 0; i < w->n; i++) {
        struct sums s;
        if (share_something(&r, &w->persons[i]) && weigh(a, w, record, &w->persons[i], &s)) {
            double weight = 1000 * (s.strangers < s.related ? s.strangers : s.related);
            if (weight > -TOLERANCE) {
                out->pairs[out->n++] = (struct plain_pair){i, weight, s.witnesses};
            }
        }
    }
}

/* ---- Both ---- */

struct tally {
    int links, questions, nobody, close;
};

/* Such a one is never left over. */
static bool is_linked_exactly(const struct world *w, const struct someone *r)
{
    bool is_there = false;
    for (int i = 0; i < w->n; i++) {
        is_there = is_there || strcmp(w->persons[i].number, r->number) == 0;
    }
    return is_there && r->number[0] != '\0';
}

/* A weight so near a threshold, or two so nearly one threshold apart, may fall on either side. */
static bool is_close(const struct plain *p, double accept)
{
    double best = -1e9, second = -1e9;
    bool close = false;
    for (int i = 0; i < p->n; i++) {
        double w = p->pairs[i].weight;
        close = close || fabs(w) <= TOLERANCE || fabs(w - accept) <= TOLERANCE;
        second = w > best ? best : w > second ? w : second;
        best = w > best ? w : best;
    }
    return close || fabs(best - second - accept) <= TOLERANCE;
}

static enum likely_verdict verdict_of(const struct plain *p, double accept, int *ret_best)
{
    double second = -1e9;
    int best = 0;
    for (int i = 1; i < p->n; i++) {
        best = p->pairs[i].weight > p->pairs[best].weight ? i : best;
    }
    for (int i = 0; i < p->n; i++) {
        second = i != best && p->pairs[i].weight > second ? p->pairs[i].weight : second;
    }
    *ret_best = best;
    return p->n == 0                                                                 ? LIKELY_NOBODY
           : p->pairs[best].weight >= accept && p->pairs[best].witnesses >= 3 &&
                   p->pairs[best].weight - second >= accept ? LIKELY_LINK
                                                                                     : LIKELY_ASK;
}

static struct likely_record record_of(struct arena *a, const struct someone *r)
{
    return (struct likely_record){
        .number = str_from(r->number),
        .name = str_from(r->name),
        .birth = str_from(r->year == 0 ? "" : arena_printf(a, "%d年%d月%d日", r->year, r->month, r->day)),
        .sex = str_from(r->sex == 'M' ? "男" : "女"),
        .phone = str_from(r->phone),
        .village = str_from(r->village < 0 ? "" : village_codes[r->village]),
        .village_name = STR_NULL};
}

static void compare(struct arena *a, const struct likely *l, const struct world *w, const struct someone *r, struct tally *t)
{
    struct plain plain;
    struct likely_answer got;
    double accept = 1000 * log2(999);
    int best = 0;
    struct likely_record record = record_of(a, r);
    find_plainly(a, w, r, &plain);
    if (is_close(&plain, accept)) {
        t->close++;
        return;
    }
    likely_find(l, a, &record, NULL, NULL, &got);
    enum likely_verdict expected = verdict_of(&plain, accept, &best);
    assert_int_equal(got.verdict, expected);
    t->links += expected == LIKELY_LINK;
    t->questions += expected == LIKELY_ASK;
    t->nobody += expected == LIKELY_NOBODY;
    assert_int_equal(got.n, expected == LIKELY_LINK ? 1 : plain.n);
    for (size_t i = 0; i < got.n; i++) {
        const struct plain_pair *p = expected == LIKELY_LINK ? &plain.pairs[best] : &plain.pairs[i];
        int32_t sum = got.pairs[i].prior;
        assert_int_equal(got.pairs[i].person, p->person);
        assert_true(fabs(got.pairs[i].weight - p->weight) <= TOLERANCE);
        for (int f = 0; f < LIKELY_FIELD_COUNT; f++) {
            sum += got.pairs[i].weights[f];
        }
        assert_int_equal(sum, got.pairs[i].weight);
    }
}

static void test_same_as_the_plain_one(void **state)
{
    (void)state;
    uint64_t seed = 20260310;
    struct tally t = {0};
    struct likely_weights weights = likely_built_in;
    struct arena *a = arena_new((size_t)16 << 20);
    sound_setup();
    likely_weights_close(&weights);
    for (int i = 0; i < WORLDS; i++) {
        static struct world w;
        make_world(&seed, &w);
        struct index *ix = index_of(&w);
        struct likely *l = likely_new(ix, &weights);
        for (int k = 0; k < RECORDS; k++) {
            if (!is_linked_exactly(&w, &w.records[k])) {
                compare(a, l, &w, &w.records[k], &t);
            }
        }
        likely_free(l);
        index_free(ix);
        arena_reset(a);
    }
    arena_free(a);
    print_message("links %d, questions %d, nobody %d, too close to tell %d\n", t.links, t.questions, t.nobody, t.close);
    assert_true(t.links > WORLDS / 10 && t.questions > WORLDS / 2 && t.nobody > WORLDS / 2);
    assert_true(t.close < WORLDS * RECORDS / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_as_the_plain_one)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
