#include "connectors/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include <zip.h>
#include <zlib.h>

#define MAX ((size_t)1 << 16)

static struct arena *arena;
static struct buf packed, taken;
static size_t takes;
static bool is_cut;

static enum rc take(void *ctx, struct str bytes)
{
    (void)ctx;
    takes++;
    TRY(buf_puts(&taken, bytes));
    return buf_putc(&taken, '|');
}

static enum rc open_filters(const char *list, struct filters *ret)
{
    struct yaml *yaml = NULL;
    struct source source = {.dataset = "test.test", .base_dir = "/", .arena = arena};
    assert_int_equal(yaml_parse(arena, "test", str_from(list), &yaml), RC_OK);
    return filters_open(&source, yaml, MAX, ret);
}

static enum rc run(const char *list, struct str in)
{
    struct filters f;
    struct filter_sink sink = {take, NULL};
    assert_int_equal(open_filters(list, &f), RC_OK);
    buf_reset(&taken);
    takes = 0;
    is_cut = false;
    return filters_run(&f, in, &sink, &is_cut);
}

static void assert_taken(const char *expected)
{
    assert_int_equal(taken.n, strlen(expected));
    assert_memory_equal(taken.p, expected, taken.n);
}

static void gzip(struct str text, int window)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(buf_reserve(&packed, deflateBound(&z, text.n)), RC_OK);
    memcpy(&z.next_in, &text.p, sizeof text.p);
    z.avail_in = (uInt)text.n;
    z.next_out = (Bytef *)packed.p + packed.n;
    z.avail_out = (uInt)(packed.cap - packed.n);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    packed.n += z.total_out;
    deflateEnd(&z);
}

struct member {
    const char *name;
    struct str text;
};

/* Into `packed`. */
static void zip(const struct member *members, size_t n, const char *password)
{
    zip_error_t error;
    zip_source_t *archive = zip_source_buffer_create(NULL, 0, 0, &error);
    struct zip *z = zip_open_from_source(archive, ZIP_TRUNCATE, &error);
    assert_non_null(z);
    zip_source_keep(archive);
    for (size_t i = 0; i < n; i++) {
        zip_source_t *s = zip_source_buffer(z, members[i].text.p, members[i].text.n, 0);
        zip_int64_t index = zip_file_add(z, members[i].name, s, 0);
        assert_true(index >= 0);
        if (password != NULL) {
            assert_int_equal(zip_file_set_encryption(z, (zip_uint64_t)index, ZIP_EM_AES_256, password), 0);
        }
    }
    assert_int_equal(zip_close(z), 0);
    zip_stat_t st;
    assert_int_equal(zip_source_stat(archive, &st), 0);
    assert_int_equal(zip_source_open(archive), 0);
    buf_reset(&packed);
    assert_int_equal(buf_reserve(&packed, st.size), RC_OK);
    assert_int_equal(zip_source_read(archive, packed.p, st.size), st.size);
    packed.n = st.size;
    zip_source_close(archive);
    zip_source_free(archive);
}

static void test_none(void **state)
{
    (void)state;
    assert_int_equal(run("[]", STR("as it is")), RC_OK);
    assert_taken("as it is|");
}

static void test_gzip(void **state)
{
    (void)state;
    gzip(STR("one "), 15 + 16);
    size_t first = packed.n;
    assert_int_equal(run("[{kind: gzip}]", buf_str(&packed)), RC_OK);
    assert_taken("one |");
    gzip(STR("two"), 15 + 16);
    assert_int_equal(run("[{kind: gzip}]", buf_str(&packed)), RC_OK);
    assert_taken("one two|");
    for (size_t n = 0; n < packed.n; n++) {
        if (n != first) {
            assert_int_equal(run("[{kind: gzip}]", str_sub(buf_str(&packed), 0, n)), RC_FORMAT);
            assert_true(is_cut);
            assert_int_equal(takes, 0);
        }
    }
    assert_int_equal(run("[{kind: gzip}]", STR("{\"rows\":[]}")), RC_FORMAT);
    assert_false(is_cut);
}

static void test_zlib(void **state)
{
    (void)state;
    gzip(STR("text"), 15);
    assert_int_equal(run("[{kind: gzip}]", buf_str(&packed)), RC_OK);
    assert_taken("text|");
}

static void test_they_stack(void **state)
{
    (void)state;
    gzip(STR("deep"), 15 + 16);
    struct str inner = arena_str(arena, buf_str(&packed));
    zip((const struct member[]){{"b.gz", inner}, {"a.gz", inner}}, 2, NULL);
    assert_int_equal(run("[{kind: zip}, {kind: gzip}]", buf_str(&packed)), RC_OK);
    assert_taken("deep|deep|");
    assert_int_equal(run("[{kind: gzip}, {kind: zip}]", buf_str(&packed)), RC_FORMAT);
}

static void test_zip_members(void **state)
{
    (void)state;
    static const struct member members[] = {
        {"b.json", {"2", 1}}, {"x/a.json", {"1", 1}}, {"readme.txt", {"no", 2}}, {"x/", {"", 0}}};
    zip(members, 3, NULL);
    assert_int_equal(run("[{kind: zip, member: '*.json'}]", buf_str(&packed)), RC_OK);
    assert_taken("2|1|");
    assert_int_equal(run("[{kind: zip, member: 'x/*'}]", buf_str(&packed)), RC_OK);
    assert_taken("1|");
    assert_int_equal(run("[{kind: zip}]", buf_str(&packed)), RC_OK);
    assert_taken("2|no|1|");
    assert_int_equal(run("[{kind: zip, member: '*.xml'}]", buf_str(&packed)), RC_FORMAT);
    assert_int_equal(run("[{kind: zip}]", str_sub(buf_str(&packed), 0, packed.n - 1)), RC_FORMAT);
    assert_int_equal(run("[{kind: zip}]", STR("PK")), RC_FORMAT);
}

static void test_zip_under_a_password(void **state)
{
    (void)state;
    static const struct member members[] = {{"a", {"secret", 6}}};
    zip(members, 1, "open sesame");
    setenv("ZIP_PASSWORD", "open sesame", 1);
    assert_int_equal(run("[{kind: zip, password: '${env:ZIP_PASSWORD}'}]", buf_str(&packed)), RC_OK);
    assert_taken("secret|");
    setenv("ZIP_PASSWORD", "wrong", 1);
    assert_int_equal(run("[{kind: zip, password: '${env:ZIP_PASSWORD}'}]", buf_str(&packed)), RC_FORMAT);
    assert_int_equal(run("[{kind: zip}]", buf_str(&packed)), RC_FORMAT);
    assert_int_equal(takes, 0);
}

static void test_bombs(void **state)
{
    (void)state;
    struct str zeros = {arena_alloc(arena, MAX * 4), MAX * 4};
    gzip(zeros, 15 + 16);
    assert_true(packed.n < MAX / 16);
    assert_int_equal(run("[{kind: gzip}]", buf_str(&packed)), RC_LIMIT);
    zip(&(const struct member){"a", zeros}, 1, NULL);
    assert_int_equal(run("[{kind: zip}]", buf_str(&packed)), RC_LIMIT);
    assert_int_equal(takes, 0);
    zeros.n = MAX / 2 + 1;
    zip((const struct member[]){{"a", zeros}, {"b", zeros}}, 2, NULL);
    assert_int_equal(run("[{kind: zip}]", buf_str(&packed)), RC_LIMIT);
    assert_int_equal(takes, 1);
}

static void test_unknown(void **state)
{
    (void)state;
    struct filters f;
    assert_int_equal(open_filters("[{kind: rar}]", &f), RC_CONFIG);
    assert_int_equal(open_filters("[{kind: gzip},{kind: gzip},{kind: gzip},{kind: gzip},{kind: gzip}]", &f),
                     RC_CONFIG);
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new((size_t)1 << 24);
    buf_init(&packed, MAX * 8);
    buf_init(&taken, MAX * 8);
    lang_set(true);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    buf_done(&packed);
    buf_done(&taken);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_none),      TEST(test_gzip),        TEST(test_zlib),
        TEST(test_they_stack), TEST(test_zip_members), TEST(test_zip_under_a_password),
        TEST(test_bombs),     TEST(test_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
