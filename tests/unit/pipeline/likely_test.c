/* Blocks too large to be compared, weights that cannot be trusted, what is learned from counts; and a county with known
 * truth, in which strangers who share name, birth date and township with somebody of the roster must not be linked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/err.h"
#include "pipeline/link/levels.h"
#include "pipeline/link/sound.h"
#include "pipeline/pull/likely/learn.h"
#include "pipeline/pull/likely/likely.h"
#include "tests/unit/base/random.h"

#define PERSONS 20000
#define VILLAGES 120
#define RECORDS 8000
#define ROOM 32

/* ---- A county ---- */

struct one {
    char name[ROOM], birth[ROOM], number[ROOM];
    date_t born;
    unsigned village;
    bool is_male;
};
static struct one people[PERSONS];
static char codes[VILLAGES][16];
static struct likely_weights weights;
static struct arena *scratch;

static const char *const surnames[] = {"王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林"};
static const char *const given[] = {"伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超", "兰",
                                    "霞", "平", "刚", "桂", "英", "华", "玉", "梅", "志", "建", "国", "文", "秀", "红", "春", "海", "小", "云"};

/* Few names are common, most are not; a village has a clan. */
static unsigned skewed(uint64_t *seed, unsigned n)
{
    unsigned a = random_below(seed, n), b = random_below(seed, n);
    return a < b ? a : b;
}

static void make_one(uint64_t *seed, struct one *p)
{
    unsigned clan = random_below(seed, 2);
    p->village = random_below(seed, VILLAGES);
    unsigned surname = clan == 0 ? p->village % 16 : skewed(seed, 16);
    bool is_long = random_below(seed, 4) != 0;
    snprintf(p->name, ROOM, "%s%s%s", surnames[surname], given[skewed(seed, 36)], is_long ? given[skewed(seed, 36)] : "");
    int year = 1940 + (int)random_below(seed, 75), month = 1 + (int)random_below(seed, 12), day = 1 + (int)random_below(seed, 28);
    p->born = date_from_ymd(year, month, day);
    snprintf(p->birth, ROOM, "%04d-%02d-%02d", year, month, day);
    unsigned serial = random_below(seed, 1000);
    p->is_male = serial % 2 == 1;
    snprintf(p->number, ROOM, "990121%04d%02d%02d%03u", year, month, day, serial);
    p->number[17] = idno_check_char(p->number);
    p->number[18] = '\0';
}

static struct index *make_county(uint64_t *seed, size_t persons)
{
    struct index *ix = index_new();
    index_keep_evidence(ix);
    for (unsigned v = 0; v < VILLAGES; v++) {
        char name[16];
        snprintf(codes[v], sizeof codes[v], "990121%03u%03u", 1 + v / 10, 1 + v % 10);
        snprintf(name, sizeof name, "%u号村", v);
        index_add_village(ix, str_from(codes[v]), str_from(name), STR("石桥镇"));
    }
    for (size_t i = 0; i < persons; i++) {
        char no[16];
        make_one(seed, &people[i]);
        snprintf(no, sizeof no, "H%zu", i);
        (void)index_add_household(ix, (int64_t)i + 1, str_from(no), str_from(codes[people[i].village]));
    }
    for (size_t i = 0; i < persons; i++) {
        const struct one *p = &people[i];
        (void)index_add_person(ix, (int64_t)i + 1, (uint32_t)i, p->born, p->is_male ? SEX_MALE : SEX_FEMALE, true);
        index_set_identity(ix, (uint32_t)i, str_from(p->number), str_from(p->name));
    }
    index_finish(ix);
    return ix;
}

static int set_up(void **state)
{
    (void)state;
    sound_setup();
    weights = likely_built_in;
    likely_weights_close(&weights);
    scratch = arena_new((size_t)16 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(scratch);
    return 0;
}

static struct likely_answer find(const struct likely *l, const struct one *p, bool with_number)
{
    struct likely_answer answer;
    struct likely_record r = {.number = with_number ? str_from(p->number) : STR_NULL,
                              .name = str_from(p->name),
                              .birth = str_from(p->birth),
                              .sex = p->is_male ? STR("男") : STR("女"),
                              .village = str_from(codes[p->village])};
    arena_reset(scratch);
    likely_find(l, scratch, &r, NULL, NULL, &answer);
    return answer;
}

struct tally {
    int right, wrong, asked, nobody;
};

static void judge(struct tally *t, const struct likely_answer *answer, uint32_t whose)
{
    bool is_right = answer->verdict == LIKELY_LINK && answer->pairs[0].person == whose;
    t->right += is_right;
    t->wrong += answer->verdict == LIKELY_LINK && !is_right;
    t->asked += answer->verdict == LIKELY_ASK;
    t->nobody += answer->verdict == LIKELY_NOBODY;
}

static void test_namesakes_are_not_linked(void **state)
{
    (void)state;
    uint64_t seed = 42;
    struct index *ix = make_county(&seed, PERSONS);
    struct likely *l = likely_new(ix, &weights);
    struct tally own = {0}, strangers = {0}, namesakes = {0}, lent = {0};
    for (int i = 0; i < RECORDS; i++) {
        uint32_t whose = random_below(&seed, PERSONS);
        struct one record = people[whose], stranger;
        struct likely_answer a = find(l, &record, false);
        judge(&own, &a, whose);
        make_one(&seed, &stranger);
        a = find(l, &stranger, false);
        judge(&strangers, &a, INDEX_NONE);
        snprintf(stranger.name, ROOM, "%s", record.name); /* of the same township, born on the same day, not the one */
        memcpy(stranger.birth, record.birth, ROOM);
        stranger.village = record.village / 10 * 10 + (record.village + 1 + random_below(&seed, 9)) % 10;
        a = find(l, &stranger, false);
        judge(&namesakes, &a, INDEX_NONE);
        struct one guardian;
        make_one(&seed, &guardian);
        memcpy(record.number, guardian.number, ROOM);
        a = find(l, &record, true);
        judge(&lent, &a, whose);
    }
    print_message("own: %d right, %d wrong, %d asked; lent: %d right, %d wrong, %d asked\n"
                  "strangers: %d wrong, %d asked; namesakes: %d wrong, %d asked\n",
                  own.right, own.wrong, own.asked, lent.right, lent.wrong, lent.asked, strangers.wrong, strangers.asked, namesakes.wrong,
                  namesakes.asked);
    assert_int_equal(own.wrong + lent.wrong, 0);
    assert_int_equal(strangers.wrong, 0);
    assert_int_equal(namesakes.wrong, 0);
    assert_true(own.right > RECORDS * 80 / 100 && lent.right > RECORDS * 80 / 100);
    assert_true(namesakes.asked > RECORDS / 2); /* and not passed over in silence */
    likely_free(l);
    index_free(ix);
}

/* ---- Blocks ---- */

static void test_a_block_too_large_is_not_compared(void **state)
{
    (void)state;
    uint64_t seed = 7;
    struct index *ix = index_new();
    size_t n = LIKELY_BLOCK_MOST + 1;
    make_one(&seed, &people[0]);
    people[0].village = 0;
    index_keep_evidence(ix);
    for (unsigned v = 0; v < 20; v++) {
        snprintf(codes[v], sizeof codes[v], "990121%03u001", v + 1);
        index_add_village(ix, str_from(codes[v]), str_from(codes[v]), STR("镇"));
    }
    for (size_t i = 0; i < n; i++) {
        (void)index_add_household(ix, (int64_t)i + 1, STR("H"), str_from(codes[i == 0 ? 0 : 1]));
    }
    for (size_t i = 0; i < n; i++) { /* all of one name and birth date, the first one alone in his village */
        (void)index_add_person(ix, (int64_t)i + 1, (uint32_t)i, people[0].born, SEX_UNKNOWN, true);
        index_set_identity(ix, (uint32_t)i, STR(""), str_from(people[0].name));
    }
    index_finish(ix);
    struct likely *l = likely_new(ix, &weights);
    struct likely_answer a = find(l, &people[0], false);
    assert_int_equal(a.compared, 1);
    assert_int_equal(a.left_out, n); /* by name and birth date */
    assert_int_not_equal(a.verdict, LIKELY_LINK);
    likely_free(l);
    index_free(ix);
}

/* ---- Weights ---- */

static void test_bad_weights_are_refused(void **state)
{
    (void)state;
    assert_int_equal(likely_weights_guard(&likely_built_in), RC_OK);
    for (int f = 0; f < LIKELY_FIELDS; f++) {
        struct likely_weights w = likely_built_in;
        unsigned last = link_kinds[likely_fields[f].kind].level_count - 1;
        w.shares[f][last].m = 990000; /* disagreement speaks for a pair */
        w.shares[f][last].u = 10000;
        assert_int_equal(likely_weights_guard(&w), RC_STATE);
        w = likely_built_in;
        w.shares[f][LINK_SAME].m = 0; /* not observed */
        assert_int_equal(likely_weights_guard(&w), RC_STATE);
    }
    struct likely_weights w = likely_built_in;
    w.shares[LIKELY_BIRTH][LINK_SAME].m = 400000; /* classes switched */
    assert_int_equal(likely_weights_guard(&w), RC_STATE);
}

static void test_learned_from_counts(void **state)
{
    (void)state;
    struct likely_tally same = {0}, strangers = {0};
    struct likely_weights w;
    same.counts[LIKELY_SEX][LINK_SAME] = LEARN_LEAST - 1;
    assert_int_equal(likely_learn(&same, &strangers, &w), RC_STATE); /* too few */
    same.counts[LIKELY_SEX][LINK_SAME] = 99000;
    same.counts[LIKELY_SEX][PLAIN_DIFFERS] = 1000;
    strangers.counts[LIKELY_SEX][LINK_SAME] = 60000;
    strangers.counts[LIKELY_SEX][PLAIN_DIFFERS] = 40000;
    assert_int_equal(likely_learn(&same, &strangers, &w), RC_OK);
    assert_in_range(w.shares[LIKELY_SEX][LINK_SAME].m, 989000, 990500);
    assert_in_range(w.shares[LIKELY_SEX][LINK_SAME].u, 599000, 600500);
    assert_in_range(w.shares[LIKELY_SEX][PLAIN_DIFFERS].m, 9500, 10500);
    assert_memory_equal(w.shares[LIKELY_BIRTH], likely_built_in.shares[LIKELY_BIRTH], sizeof w.shares[LIKELY_BIRTH]);
    same.counts[LIKELY_BIRTH][LINK_SAME] = 1000; /* most of them another's */
    same.counts[LIKELY_BIRTH][BIRTH_DIFFERS] = 9000;
    strangers.counts[LIKELY_BIRTH][BIRTH_DIFFERS] = 100000;
    assert_int_equal(likely_learn(&same, &strangers, &w), RC_STATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_namesakes_are_not_linked), cmocka_unit_test(test_a_block_too_large_is_not_compared),
        cmocka_unit_test(test_bad_weights_are_refused), cmocka_unit_test(test_learned_from_counts)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
