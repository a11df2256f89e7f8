/* Comparators: every pair at the level a person would put it, whichever of the two comes first. */
#include "pipeline/link/levels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/err.h"
#include "pipeline/link/sound.h"
#include "tests/unit/base/random.h"

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new((size_t)256 << 20);
    lang_set(true);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static unsigned level_of(enum link_kind kind, const char *a, const char *b)
{
    struct link_dictionary d;
    link_dictionary_init(&d, arena, link_kinds[kind].family);
    uint32_t x = link_dictionary_add(&d, str_from(a)), y = link_dictionary_add(&d, str_from(b));
    unsigned level = x == 0 || y == 0 ? LINK_MISSING
                     : x == y         ? LINK_SAME
                                      : link_kinds[kind].compare(&d.values[x], &d.values[y]);
    link_dictionary_done(&d);
    return level;
}

static void is_at(enum link_kind kind, const char *a, const char *b, unsigned expected)
{
    for (int turn = 0; turn < 2; turn++) {
        unsigned got = turn == 0 ? level_of(kind, a, b) : level_of(kind, b, a);
        if (got != expected) {
            fail_msg("%s: \"%s\" and \"%s\": %s, not %s", link_kinds[kind].name, a, b,
                     link_kinds[kind].levels[got].en, link_kinds[kind].levels[expected].en);
        }
    }
}

static void identity_numbers(void **state)
{
    (void)state;
    is_at(LINK_IDNO, "11010519491231002X", "１１０１０５１９４９１２３１００２x", LINK_SAME);
    is_at(LINK_IDNO, "11010519491231002X", "110105491231002", LINK_SAME); /* the old 15 digits */
    is_at(LINK_IDNO, "11010519491231002X", "11010519491281002X", IDNO_ONE_DIGIT);
    is_at(LINK_IDNO, "11010519491231002X", "11010519491230102X", IDNO_SWAP);
    is_at(LINK_IDNO, "11010519491231002X", "11010519491231002",
          IDNO_ONE_DIGIT); /* the last one lost */
    is_at(LINK_IDNO, "11010519491231002X", "11010519491231003X", IDNO_ONE_DIGIT);
    /* both proven: brothers' numbers look alike and are two persons' */
    is_at(LINK_IDNO, "11010519491231002X", "110105194912310038", IDNO_SAME_BIRTH);
    is_at(LINK_IDNO, "11010519491231002X", "440524188001010014", IDNO_DIFFERS);
    is_at(LINK_IDNO, "11010519491231002X", "无", LINK_MISSING);
    is_at(LINK_IDNO, "", "-", LINK_MISSING);
}

static void chinese_names(void **state)
{
    (void)state;
    is_at(LINK_NAME, "王建国", "王 建 国", LINK_SAME);
    is_at(LINK_NAME, "买买提·吐尔逊", "买买提.吐尔逊", LINK_SAME);
    is_at(LINK_NAME, "陈丽华", "陳麗華", NAME_VARIANT);
    is_at(LINK_NAME, "王㛃华", "王□华", NAME_HOLE);
    is_at(LINK_NAME, "王伟", "王玮", NAME_SOUND);
    is_at(LINK_NAME, "单小芳", "单小方", NAME_SOUND);
    is_at(LINK_NAME, "曾晓明", "增晓明", NAME_SOUND); /* zeng, as a surname */
    is_at(LINK_NAME, "张三林", "章山林", NAME_LOOSE); /* san, shan */
    is_at(LINK_NAME, "刘兰花", "刘南花", NAME_LOOSE); /* lan, nan */
    is_at(LINK_NAME, "陈英", "陈因", NAME_LOOSE);     /* ying, yin */
    is_at(LINK_NAME, "郑风", "郑芬", NAME_LOOSE);     /* feng, fen */
    is_at(LINK_NAME, "李华", "李发", NAME_LOOSE);     /* hua, fa */
    is_at(LINK_NAME, "王建国", "建国王", NAME_ORDER);
    is_at(LINK_NAME, "王建国", "王建军", NAME_NEAR);
    is_at(LINK_NAME, "王建国", "李建国", NAME_SIMILAR); /* another family */
    is_at(LINK_NAME, "王建国", "王国", NAME_SHORT);
    is_at(LINK_NAME, "买买提·吐尔逊", "买买提", NAME_SHORT);
    is_at(LINK_NAME, "王伟", "王芳", NAME_SURNAME); /* one of two characters is not "one differs" */
    is_at(LINK_NAME, "王伟", "李娜", NAME_DIFFERS);
    is_at(LINK_NAME, "王伟", "不详", LINK_MISSING);
}

static void latin_names(void **state)
{
    (void)state;
    is_at(LINK_NAME, "John Smith", "JOHN  SMITH", LINK_SAME);
    is_at(LINK_NAME, "John Smith", "smith, john", NAME_ORDER);
    is_at(LINK_GIVEN, "michaela", "michaella", NAME_NEAR);
    is_at(LINK_GIVEN, "j", "john", NAME_SHORT);
    is_at(LINK_GIVEN, "dixon", "dicksonx", NAME_SIMILAR); /* Winkler's own example: 0.813 */
    is_at(LINK_GIVEN, "thomas", "brianna", NAME_DIFFERS);
}

static void dates_and_numbers(void **state)
{
    (void)state;
    is_at(LINK_BIRTH, "1980-03-05", "1980年3月5日", LINK_SAME);
    is_at(LINK_BIRTH, "1980-03-05", "1980-05-03", BIRTH_SWAPPED);
    is_at(LINK_BIRTH, "1980-03-15", "1990-03-15", BIRTH_ONE_DIGIT);
    is_at(LINK_BIRTH, "1980-03-15", "1980-03-27", BIRTH_TWO_PARTS);
    is_at(LINK_BIRTH, "1980-03-15", "1980-11-27", BIRTH_YEAR);
    is_at(LINK_BIRTH, "1980-03-15", "1955-11-27", BIRTH_DIFFERS);
    is_at(LINK_BIRTH, "19451399", "19451399",
          LINK_SAME); /* no such day, and still the same mistake */
    is_at(LINK_BIRTH, "", "1980-03-15", LINK_MISSING);
    is_at(LINK_SEX, "男", "1", LINK_SAME);
    is_at(LINK_SEX, "女", "male", PLAIN_DIFFERS);
    is_at(LINK_SEX, "女", "9", LINK_MISSING);
    is_at(LINK_PHONE, "+86 138-0013-8000", "13800138000", LINK_SAME);
    is_at(LINK_PHONE, "13800138000", "13800138001", CODE_NEAR);
    is_at(LINK_PHONE, "00000000", "13800138000", LINK_MISSING);
    is_at(LINK_CODE, "8.0", "8", LINK_SAME);
    is_at(LINK_CODE, "1234567", "1234576", CODE_NEAR);
    is_at(LINK_CODE, "1234567", "9234568", CODE_SIMILAR);
    is_at(LINK_CODE, "1234567", "7654321", CODE_DIFFERS);
}

static void places(void **state)
{
    (void)state;
    is_at(LINK_PLACE, "上湾村民委员会", "上湾村", LINK_SAME);
    is_at(LINK_REGION, "441624001001", "441624001002", REGION_TOWNSHIP);
    is_at(LINK_REGION, "441624001001", "441624002001", REGION_COUNTY);
    is_at(LINK_REGION, "441624001001", "441625002001", REGION_CITY);
    is_at(LINK_REGION, "441624000000", "441624", LINK_SAME);
    is_at(LINK_REGION, "441624001001", "110105002001", REGION_DIFFERS);
    is_at(LINK_ADDRESS, "青石镇上湾村3组18号", "青石镇上湾村３组18号", LINK_SAME);
    is_at(LINK_ADDRESS, "青石镇上湾村3组18号", "青石镇上湾村3组18", TEXT_NEAR);
    is_at(LINK_ADDRESS, "青石镇上湾村3组18号", "上湾村3组18号", TEXT_CONTAINED);
    is_at(LINK_ADDRESS, "12 pinkerton circuit", "21 pinkerton crct", TEXT_SIMILAR);
    is_at(LINK_ADDRESS, "青石镇上湾村3组18号", "白水镇塘背村9组7号", TEXT_DIFFERS);
}

/* ---- Measures against the plain way of reckoning them ---- */

static unsigned plain_edits(const uint32_t *a, unsigned n, const uint32_t *b, unsigned m)
{
    unsigned t[16][16];
    for (unsigned i = 0; i <= n; i++) {
        for (unsigned k = 0; k <= m; k++) {
            if (i == 0 || k == 0) {
                t[i][k] = i + k;
                continue;
            }
            unsigned best = t[i - 1][k - 1] + (a[i - 1] != b[k - 1]);
            best = t[i - 1][k] + 1 < best ? t[i - 1][k] + 1 : best;
            best = t[i][k - 1] + 1 < best ? t[i][k - 1] + 1 : best;
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] &&
                t[i - 2][k - 2] + 1 < best) {
                best = t[i - 2][k - 2] + 1;
            }
            t[i][k] = best;
        }
    }
    return t[n][m];
}

static void edits_are_those_of_the_table(void **state)
{
    uint64_t seed = 7;
    (void)state;
    for (int round = 0; round < 20000; round++) {
        uint32_t a[12], b[12], alphabet = 2 + random_below(&seed, 5);
        unsigned n = random_below(&seed, 12), m = random_below(&seed, 12);
        for (int i = 0; i < 12; i++) {
            a[i] = 0x4E00 + random_below(&seed, alphabet);
            b[i] = 0x4E00 + random_below(&seed, alphabet);
        }
        struct points p = {a, n, similar_letters(a, n)}, q = {b, m, similar_letters(b, m)};
        unsigned exact = plain_edits(a, n, b, m);
        for (unsigned most = 0; most <= 12; most++) {
            assert_int_equal(similar_edits(p, q, most), exact <= most ? exact : most + 1);
        }
    }
}

static unsigned jaro_winkler(const char *a, const char *b, unsigned least)
{
    struct link_value x = {.text = str_from(a)}, y = {.text = str_from(b)};
    link_value_fill(arena, LINK_FAMILY_TEXT, &x);
    link_value_fill(arena, LINK_FAMILY_TEXT, &y);
    return similar_jaro_winkler(x.points, y.points, least);
}

/* Values from Winkler's papers, to a thousandth. */
static void jaro_winkler_as_published(void **state)
{
    static const struct {
        const char *a, *b;
        unsigned likeness;
    } published[] = {{"MARTHA", "MARHTA", 961},  {"DWAYNE", "DUANE", 840},
                     {"DIXON", "DICKSONX", 813}, {"JERALDINE", "GERALDINE", 926},
                     {"ABROMS", "ABRAMS", 922},  {"HARDIN", "MARTINEZ", 722}};
    (void)state;
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        assert_in_range(jaro_winkler(published[i].a, published[i].b, 0), published[i].likeness - 2,
                        published[i].likeness + 1);
        assert_int_equal(jaro_winkler(published[i].a, published[i].b, published[i].likeness + 5),
                         0);
        assert_int_equal(jaro_winkler(published[i].a, published[i].b, 700),
                         jaro_winkler(published[i].a, published[i].b, 0));
    }
}

static void sounds(void **state)
{
    (void)state;
    sound_setup();
    assert_string_equal(sound_text(sound_syllable(0x5F20, false)), "zhang"); /* 张 */
    assert_string_equal(sound_text(sound_syllable(0x66FE, true)), "zeng");   /* 曾 */
    assert_string_equal(sound_text(sound_syllable(0x5415, true)), "lv");     /* 吕 */
    assert_int_equal(sound_syllable('A', false), 0);
    assert_int_equal(sound_folded(0x9673), 0x9648); /* 陳 is 陈 */
    assert_int_equal(sound_folded(0x9648), 0x9648);
    assert_int_equal(sound_loose(sound_syllable(0x80E1, true)),
                     sound_loose(sound_syllable(0x7B26, true))); /* 胡 符 */
    assert_true(sound_loose(sound_syllable(0x738B, true)) !=
                sound_loose(sound_syllable(0x674E, true))); /* 王 李 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identity_numbers),
        cmocka_unit_test(chinese_names),
        cmocka_unit_test(latin_names),
        cmocka_unit_test(dates_and_numbers),
        cmocka_unit_test(places),
        cmocka_unit_test(edits_are_those_of_the_table),
        cmocka_unit_test(jaro_winkler_as_published),
        cmocka_unit_test(sounds),
    };
    return cmocka_run_group_tests_name("link_levels", tests, set_up, tear_down);
}
