#include "base/idno.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "random.h"

static struct idno normalized(const char *text)
{
    struct idno id;
    idno_normalize(str_from(text), &id);
    return id;
}

static void becomes(const char *text, enum idno_state state, const char *expected)
{
    struct idno id = normalized(text);
    if (id.state != state || strcmp(id.text, expected) != 0) {
        fail_msg("%s gave state %d, %s", text, id.state, id.text);
    }
    bool needs_reason = state == IDNO_BAD || state == IDNO_BAD_CHECK;
    assert_int_equal(id.reason_zh != NULL, needs_reason);
    assert_int_equal(id.reason_en != NULL, needs_reason);
}

/* A valid number of a person who does not exist: region 99. */
static void make(uint64_t *seed, char out[IDNO_LEN + 1])
{
    int year, month, day;
    date_to_ymd((date_t)random_below(seed, 73413) - 36524, &year, &month, &day);
    snprintf(out, IDNO_LEN + 1, "99%04u%04d%02d%02d%03u", random_below(seed, 10000), year, month,
             day, random_below(seed, 1000));
    out[17] = idno_check_char(out);
    out[18] = '\0';
}

/* ---- proving ---- */

static void vectors_of_the_standard(void **state)
{
    (void)state;
    static const char *const right[] = {"11010519491231002X", "440524188001010014",
                                        "34052419800101001X"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(idno_check_char(right[i]), right[i][17]);
    }
    assert_true(idno_is_valid(right[0]));
    assert_false(idno_is_valid(right[1])); /* its check character is right, but it is of 1880 */
    assert_true(idno_is_valid(right[2]));
    becomes(right[0], IDNO_VALID, right[0]);
    becomes(right[2], IDNO_VALID, right[2]);
    assert_int_equal(idno_birth_date(right[0]), date_from_ymd(1949, 12, 31));
    assert_false(idno_is_male(right[0]));
    assert_true(idno_is_male(right[2]));
}

/* The sum by the letter of the standard, against the one that works on eight digits at a time. */
static char plain_check_char(const char *digits17)
{
    static const int weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (int i = 0; i < 17; i++) {
        sum += (digits17[i] - '0') * weights[i];
    }
    return "10X98765432"[sum % 11];
}

static void check_characters(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (int i = 0; i < 200000; i++) {
        char digits[17];
        for (int k = 0; k < 17; k++) {
            digits[k] = (char)('0' + (i == 0 ? 9 : random_below(&seed, 10)));
        }
        assert_int_equal(idno_check_char(digits), plain_check_char(digits));
    }
}

static void birth_dates(void **state)
{
    (void)state;
    assert_int_equal(idno_birth_date("990101202402290019"), date_from_ymd(2024, 2, 29));
    assert_int_equal(idno_birth_date("990101202302290019"), DATE_NONE);
    assert_int_equal(idno_birth_date("990101189912310019"), DATE_NONE);
    assert_int_equal(idno_birth_date("990101210101010019"), DATE_NONE);
    assert_int_equal(idno_birth_date("990101190001010019"), date_from_ymd(1900, 1, 1));
    assert_int_equal(idno_birth_date("9901012024x2290019"), DATE_NONE);
}

static void masked(void **state)
{
    (void)state;
    char out[IDNO_LEN + 1];
    idno_mask("11010519491231002X", out);
    assert_string_equal(out, "110105********002X");
}

/* ---- normalizing ---- */

static void defects_of_writing(void **state)
{
    (void)state;
    static const char *const forms[] = {"11010519491231002X",
                                        "11010519491231002x",
                                        "11010519491231002×",
                                        "11010519491231002*",
                                        "11010519491231002Ｘ",
                                        "11010519491231002ｘ",
                                        "１１０１０５１９４９１２３１００２Ｘ",
                                        "'11010519491231002X",
                                        "‘11010519491231002X",
                                        "＇11010519491231002X",
                                        "`11010519491231002X",
                                        " 11010519491231002X ",
                                        "\t11010519491231002X\r\n",
                                        "110105 19491231 002X",
                                        "　11010519491231002X　",
                                        "\xEF\xBB\xBF"
                                        "11010519491231002X",
                                        "110105\xE2\x80\x8B"
                                        "19491231002X",
                                        "\xE2\x80\xAD"
                                        "11010519491231002X\xE2\x80\xAC",
                                        "11010519491231002\xC2\xA0X",
                                        "11010519491231002Х" /* Cyrillic */,
                                        "11010519491231002Χ" /* Greek */,
                                        "11010519491231002Ⅹ"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        becomes(forms[i], IDNO_VALID, "11010519491231002X");
        struct idno id = normalized(forms[i]);
        assert_false(id.was_15 || id.was_certificate);
    }
}

static void nothing_there(void **state)
{
    (void)state;
    static const char *const forms[] = {"",     " ", "　", "无",   " 无 ",        "-", "－",
                                        "--",   "0", "０", "/",    "／",          "'", "NULL",
                                        "null", "—", "——", "暂无", "\xEF\xBB\xBF"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        becomes(forms[i], IDNO_BLANK, "");
    }
    struct idno id;
    idno_normalize(STR_NULL, &id);
    assert_int_equal(id.state, IDNO_BLANK);
}

static void repairable(void **state)
{
    (void)state;
    becomes("110105194912310021", IDNO_BAD_CHECK, "110105194912310021");
    becomes("11010519491331002X", IDNO_BAD_CHECK, "11010519491331002X");
    becomes("440524188001010014", IDNO_BAD_CHECK, "440524188001010014");
    becomes("11010519491231003x", IDNO_BAD_CHECK, "11010519491231003X");
    becomes("000000000000000000", IDNO_BAD_CHECK, "000000000000000000");
    assert_string_equal(normalized("110105194913310020").reason_en,
                        "the birth date does not exist");
    assert_string_equal(normalized("110105194912310021").reason_en, "check digit wrong");
    assert_non_null(strstr(normalized("110105194912310000").reason_en, "spreadsheet"));
}

static void beyond_repair(void **state)
{
    (void)state;
    static const struct {
        const char *text, *reason;
    } rows[] = {{"5.1E+17", "scientific"},
                {"5.10105194912310E+17", "scientific"},
                {"5.1E17", "scientific"},
                {"５.1e+17", "scientific"},
                {"5E+17", "scientific"},
                {"110105********002X", "masked"},
                {"1101051949123100**", "masked"},
                {"11010519491231002", "one is missing"},
                {"1101051949123100", "number of digits"},
                {"1234", "number of digits"},
                {"1101051949123100211", "number of digits"},
                {"11010519491231002XX", "18 characters"},
                {"1101051949123100X2", "18 characters"},
                {"110105194912310O2X", "18 characters"},
                {"张三", "18 characters"},
                {"11010519491231002Y", "18 characters"},
                {"护照E12345678", "18 characters"},
                {"E17", "18 characters"},
                {"5.1E", "18 characters"},
                {"110105194912310021101051949123100211010519491231002", "number of digits"},
                {"5.1E+17x", "18 characters"},
                {"1101051949123\xFF\xFE\x80\x80\x80", "18 characters"},
                {"130503670401001X", "18 characters"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        becomes(rows[i].text, IDNO_BAD, "");
        if (strstr(normalized(rows[i].text).reason_en, rows[i].reason) == NULL) {
            fail_msg("%s: %s", rows[i].text, normalized(rows[i].text).reason_en);
        }
    }
}

static void fifteen_digits(void **state)
{
    (void)state;
    becomes("110105491231002", IDNO_VALID, "11010519491231002X");
    becomes(" 110105491231002", IDNO_VALID, "11010519491231002X");
    assert_true(normalized("110105491231002").was_15);
    becomes("110105491231995", IDNO_VALID, normalized("110105491231995").text);
    becomes("110105491331002", IDNO_BAD, "");
    becomes("110105490229002", IDNO_BAD, "");
    static const char *const old[] = {"110105491231996", "110105491231997", "110105491231998",
                                      "110105491231999"};
    for (size_t i = 0; i < 4; i++) {
        becomes(old[i], IDNO_BAD, "");
        assert_non_null(strstr(normalized(old[i]).reason_en, "century"));
    }
}

static void certificates(void **state)
{
    (void)state;
    static const char *const forms[] = {"11010519491231002X44",   "11010519491231002x44",
                                        "11010519491231002X71",   "11010519491231002X44B1",
                                        "11010519491231002X44b2", " 11010519491231002X 11 ",
                                        "11010519491231002*13"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        becomes(forms[i], IDNO_VALID, "11010519491231002X");
        assert_true(normalized(forms[i]).was_certificate);
    }
    becomes("11010519491231003X44", IDNO_BAD_CHECK, "11010519491231003X");
    assert_true(normalized("11010519491231003X44").was_certificate);
    static const char *const bad[] = {
        "11010519491231002X84",  "11010519491231002X04",   "11010519491231002X45",
        "11010519491231002X40",  "11010519491231002X44A1", "11010519491231002X44B0",
        "11010519491231002X44B", "11010519491231002X4",    "11010519491231002X44B11"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        becomes(bad[i], IDNO_BAD, "");
    }
}

static void valid_ones_stay(void **state)
{
    (void)state;
    uint64_t seed = 5;
    for (int i = 0; i < 100000; i++) {
        char text[IDNO_LEN + 1], longer[32];
        make(&seed, text);
        becomes(text, IDNO_VALID, text);
        snprintf(longer, sizeof longer, "%s%u%u", text, 1 + random_below(&seed, 7),
                 1 + random_below(&seed, 4));
        becomes(longer, IDNO_VALID, text);
    }
}

/* ---- repairing ---- */

struct found {
    char texts[64][IDNO_LEN + 1];
    int n;
};

static void note(void *ctx, const char text18[IDNO_LEN])
{
    struct found *f = ctx;
    assert_true(f->n < 64);
    memcpy(f->texts[f->n], text18, IDNO_LEN);
    f->texts[f->n++][IDNO_LEN] = '\0';
}

static struct found repairs_of(const char *text)
{
    struct found f = {.n = 0};
    idno_repairs(text, note, &f);
    return f;
}

static bool is_among(const struct found *f, const char *text)
{
    for (int i = 0; i < f->n; i++) {
        if (strcmp(f->texts[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static void must_find(const char *damaged, const char *original)
{
    struct found f = repairs_of(damaged);
    if (!is_among(&f, original)) {
        fail_msg("%s is not among the repairs of %s", original, damaged);
    }
}

static void every_wrong_character_is_repaired(void **state)
{
    (void)state;
    uint64_t seed = 17;
    for (int i = 0; i < 500; i++) {
        char text[IDNO_LEN + 1], damaged[IDNO_LEN + 1];
        make(&seed, text);
        for (int place = 0; place < IDNO_LEN; place++) {
            for (const char *c = "0123456789X"; *c != '\0'; c++) {
                if (*c == text[place] || (*c == 'X' && place < 17)) {
                    continue;
                }
                memcpy(damaged, text, sizeof damaged);
                damaged[place] = *c;
                assert_false(idno_is_valid(damaged));
                must_find(damaged, text);
            }
        }
    }
}

static void every_swap_is_repaired(void **state)
{
    (void)state;
    uint64_t seed = 19;
    for (int i = 0; i < 5000; i++) {
        char text[IDNO_LEN + 1], damaged[IDNO_LEN + 1];
        make(&seed, text);
        for (int place = 0; place < 17; place++) {
            if (text[place] == text[place + 1] || text[place + 1] == 'X') {
                continue;
            }
            memcpy(damaged, text, sizeof damaged);
            damaged[place] = text[place + 1];
            damaged[place + 1] = text[place];
            assert_false(idno_is_valid(damaged));
            must_find(damaged, text);
        }
    }
}

static int differences(const char *a, const char *b)
{
    int n = 0;
    for (int i = 0; i < IDNO_LEN; i++) {
        n += a[i] != b[i];
    }
    return n;
}

/* The repairs are exactly the valid numbers one step away, each once. */
static int count_by_brute_force(const char *text)
{
    int n = 0;
    char other[IDNO_LEN + 1];
    for (int place = 0; place < IDNO_LEN; place++) {
        for (const char *c = "0123456789X"; *c != '\0'; c++) {
            memcpy(other, text, sizeof other);
            other[place] = *c;
            n += *c != text[place] && idno_is_valid(other);
        }
        memcpy(other, text, sizeof other);
        if (place < 17) {
            other[place] = text[place + 1];
            other[place + 1] = text[place];
            n += text[place] != text[place + 1] && idno_is_valid(other);
        }
    }
    return n;
}

static void repairs_are_valid_near_and_different(void **state)
{
    (void)state;
    uint64_t seed = 23;
    for (int i = 0; i < 5000; i++) {
        char text[IDNO_LEN + 1];
        make(&seed, text);
        text[random_below(&seed, 17)] = (char)('0' + random_below(&seed, 10));
        text[random_below(&seed, 17)] = (char)('0' + random_below(&seed, 10));
        struct found f = repairs_of(text);
        assert_int_equal(f.n, count_by_brute_force(text));
        for (int k = 0; k < f.n; k++) {
            assert_true(idno_is_valid(f.texts[k]));
            assert_in_range(differences(f.texts[k], text), 1, 2);
            struct found before = f;
            before.n = k;
            assert_false(is_among(&before, f.texts[k]));
        }
        struct found again = repairs_of(text);
        assert_memory_equal(&again, &f, sizeof f);
    }
}

static void no_form_no_repairs(void **state)
{
    (void)state;
    assert_int_equal(repairs_of("1101051949123100XX").n, 0);
    assert_int_equal(repairs_of("11010519491231002x").n, 0);
    /* right sum, impossible date: every single step spoils the sum */
    assert_int_equal(repairs_of("440524188001010014").n, 0);
}

static void a_number_is_found_inside_other_text(void **state)
{
    (void)state;
    assert_true(idno_is_within(STR("G11010519491231002X")));
    assert_true(idno_is_within(STR("11010519491231002x")));
    assert_true(idno_is_within(STR("no 911010519491231002X 7")));
    assert_false(idno_is_within(STR("G110105194912310021")));
    assert_false(idno_is_within(STR("1101051949123100")));
    assert_false(idno_is_within(STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_the_standard),
        cmocka_unit_test(check_characters),
        cmocka_unit_test(birth_dates),
        cmocka_unit_test(masked),
        cmocka_unit_test(defects_of_writing),
        cmocka_unit_test(nothing_there),
        cmocka_unit_test(repairable),
        cmocka_unit_test(beyond_repair),
        cmocka_unit_test(fifteen_digits),
        cmocka_unit_test(certificates),
        cmocka_unit_test(valid_ones_stay),
        cmocka_unit_test(every_wrong_character_is_repaired),
        cmocka_unit_test(every_swap_is_repaired),
        cmocka_unit_test(repairs_are_valid_near_and_different),
        cmocka_unit_test(no_form_no_repairs),
        cmocka_unit_test(a_number_is_found_inside_other_text),
    };
    return cmocka_run_group_tests_name("idno", tests, NULL, NULL);
}
