#include "base/csv.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "random.h"

static const struct csv_dialect comma = {',', '"'};

/* Records as one text: fields in [], line in front, ! behind bad quotes. */
static void show(struct buf *out, const struct csv_record *r)
{
    assert_int_equal(buf_printf(out, "%" PRId64 ":", r->line), RC_OK);
    for (size_t i = 0; i < r->n; i++) {
        assert_non_null(r->fields[i].p);
        assert_int_equal(buf_putc(out, '['), RC_OK);
        assert_int_equal(buf_puts(out, r->fields[i]), RC_OK);
        assert_int_equal(buf_putc(out, ']'), RC_OK);
    }
    assert_int_equal(buf_puts(out, r->bad_quotes ? STR("! ") : STR(" ")), RC_OK);
}

/* Each chunk lies in memory of its own, so that a sanitizer sees what is read past its end or too
 * late. */
static void feed(struct csv *c, struct str chunk, bool last, struct buf *out)
{
    char *own = malloc(chunk.n + 1);
    char *exact = own + 1;
    memcpy(exact, chunk.p, chunk.n);
    csv_feed(c, str_of(exact, chunk.n), last);
    bool have = true;
    while (have) {
        struct csv_record r;
        assert_int_equal(csv_next(c, &r, &have), RC_OK);
        if (have) {
            show(out, &r);
        }
    }
    memset(own, '#', chunk.n + 1);
    free(own);
}

/* The text in slices of `size` bytes, the first `first`; the end told with the last slice or by an
 * empty one. */
static void read_sliced(struct csv_dialect dialect, struct str text, size_t first, size_t size,
                        bool empty_last, struct buf *out)
{
    struct csv *c = csv_new(dialect);
    size_t at = 0;
    while (at < text.n) {
        struct str slice = str_sub(text, at, at == 0 && first > 0 ? first : size);
        at += slice.n;
        feed(c, slice, at == text.n && !empty_last, out);
    }
    if (empty_last || text.n == 0) {
        feed(c, STR(""), true, out);
    }
    bool have = true;
    struct csv_record r;
    assert_int_equal(csv_next(c, &r, &have), RC_OK);
    assert_false(have);
    csv_free(c);
}

static void read_is(struct csv_dialect dialect, struct str text, size_t first, size_t size,
                    bool empty_last, const char *expected)
{
    struct buf out;
    buf_init(&out, (size_t)16 << 20);
    read_sliced(dialect, text, first, size, empty_last, &out);
    assert_int_equal(buf_putc(&out, '\0'), RC_OK);
    if (strcmp(out.p, expected) != 0) {
        fail_msg("slices of %zu, %zu: %s\ninstead of %s", first, size, out.p, expected);
    }
    buf_done(&out);
}

/* However the text is cut, the records are the same. */
static void gives(struct csv_dialect dialect, struct str text, const char *expected)
{
    for (int empty_last = 0; empty_last < 2; empty_last++) {
        read_is(dialect, text, 0, text.n + 1, empty_last, expected);
        for (size_t i = 1; i < text.n; i++) {
            read_is(dialect, text, i, text.n, empty_last, expected);
        }
        for (size_t size = 1; size < 9; size++) {
            read_is(dialect, text, 0, size, empty_last, expected);
        }
    }
}

static void plain_records(void **state)
{
    (void)state;
    gives(comma, STR("a,b,c\n1,2,3\n"), "1:[a][b][c] 2:[1][2][3] ");
    gives(comma, STR("a,b,c\n1,2,3"), "1:[a][b][c] 2:[1][2][3] ");
    gives(comma, STR("a"), "1:[a] ");
    gives(comma, STR("a,"), "1:[a][] ");
    gives(comma, STR(",\n,,"), "1:[][] 2:[][][] ");
    gives(comma, STR(",a"), "1:[][a] ");
    gives(comma, STR(""), "");
    gives(comma, STR("姓名,村\n张三,东村\n"), "1:[姓名][村] 2:[张三][东村] ");
    gives(comma, STR(" a , b "), "1:[ a ][ b ] ");
}

static void line_ends(void **state)
{
    (void)state;
    gives(comma, STR("a,b\r\nc,d\r\n"), "1:[a][b] 2:[c][d] ");
    gives(comma, STR("a,b\rc,d\r"), "1:[a][b] 2:[c][d] ");
    gives(comma, STR("a\nb\r\nc\rd"), "1:[a] 2:[b] 3:[c] 4:[d] ");
    gives(comma, STR("a\r\r\nb\n\n\nc\r\n\r\n"), "1:[a] 3:[b] 6:[c] ");
    gives(comma, STR("\n\na"), "3:[a] ");
    gives(comma, STR("\r\n\r\n"), "");
    gives(comma, STR("\n"), "");
}

static void quotes(void **state)
{
    (void)state;
    gives(comma, STR("\"a\",\"b,c\"\n"), "1:[a][b,c] ");
    gives(comma, STR("\"\",\"\"\n\"\""), "1:[][] 2:[] ");
    gives(comma, STR("\"a\"\"b\",\"\"\"\",c"), "1:[a\"b][\"][c] ");
    gives(comma, STR("\"\"\"a\"\"\",\"x\"\"\"\"y\"\n1"), "1:[\"a\"][x\"\"y] 2:[1] ");
    gives(comma, STR("\"a\nb\",c\nd\n"), "1:[a\nb][c] 3:[d] ");
    gives(comma, STR("\"a\r\nb\rc\",d\r\ne"), "1:[a\r\nb\rc][d] 4:[e] ");
    gives(comma, STR("\"\n\n\"\"\n\"\nx"), "1:[\n\n\"\n] 5:[x] ");
    gives(comma, STR("\"a\"\r\n\"b\"\r\"c\"\n\"d\""), "1:[a] 2:[b] 3:[c] 4:[d] ");
}

/* A quote inside a field that did not begin with one is a character like others: 5" pipes. */
static void quotes_inside_fields(void **state)
{
    (void)state;
    gives(comma, STR("5\" pipe,b\"\"c, \"d\"\n"), "1:[5\" pipe][b\"\"c][ \"d\"] ");
}

static void bad_quotes(void **state)
{
    (void)state;
    gives(comma, STR("\"a\"b,c\nd\n"), "1:[ab][c]! 2:[d] ");
    gives(comma, STR("\"a\" ,c\nd"), "1:[a ][c]! 2:[d] ");
    gives(comma, STR("\"a\"\"b\"c\"d\",e\nf"), "1:[a\"bc\"d\"][e]! 2:[f] ");
    gives(comma, STR("x,\"a,b\nc"), "1:[x][a,b\nc]! ");
    gives(comma, STR("x,\""), "1:[x][]! ");
    gives(comma, STR("\"a\"\""), "1:[a\"]! ");
    gives(comma, STR("\"a\"b\"\nc"), "1:[ab\"]! 2:[c] ");
    gives(comma, STR("\"a\"b"), "1:[ab]! ");
}

static void other_dialects(void **state)
{
    (void)state;
    gives((struct csv_dialect){'\t', '"'}, STR("a\tb,c\n\"x\ty\"\tz"), "1:[a][b,c] 2:[x\ty][z] ");
    gives((struct csv_dialect){'|', '\''}, STR("'a|b'|\"c\"|'it''s'"), "1:[a|b][\"c\"][it's] ");
    gives((struct csv_dialect){'\0', '"'}, STR("a,\"b,c\"\n"), "1:[a][b,c] ");
    gives((struct csv_dialect){';', '\0'}, STR("\"a;b\";c\n\"d\n"), "1:[\"a][b\"][c] 2:[\"d] ");
}

static void byte_order_mark(void **state)
{
    (void)state;
    gives(comma,
          STR("\xEF\xBB\xBF"
              "a,b\n1,2"),
          "1:[a][b] 2:[1][2] ");
    gives(comma, STR("\xEF\xBB\xBF\"a,b\"\n1"), "1:[a,b] 2:[1] ");
    gives(comma, STR("\xEF\xBB\xBF"), "");
    gives(comma, STR("\xEF\xBB\xBF\n\na"), "3:[a] ");
    gives(comma,
          STR("a\n\xEF\xBB\xBF"
              "b"),
          "1:[a] 2:[\xEF\xBB\xBF"
          "b] ");
    gives(comma,
          STR("\xEF\xBB"
              "a,b\nc"),
          "1:[\xEF\xBB"
          "a][b] 2:[c] ");
    gives(comma, STR("\xEF"), "1:[\xEF] ");
    gives(comma, STR("\xEF\n\xBB\xBF"), "1:[\xEF] 2:[\xBB\xBF] ");
    gives(comma, STR("\xEF\xBB,\"x\"\n"), "1:[\xEF\xBB][x] ");
    gives(comma,
          STR("\xEF\xBB\xBF\xEF\xBB\xBF"
              "a"),
          "1:[\xEF\xBB\xBF"
          "a] ");
}

/* Blocks of the bit map are 64 bytes: fields of every length around that, at every place. */
static void fields_across_blocks(void **state)
{
    (void)state;
    char text[700], expected[900];
    for (size_t length = 0; length < 140; length++) {
        for (size_t offset = 0; offset < 70; offset += 3) {
            int n = snprintf(
                text, sizeof text, "%.*s,%.*s,\"%.*s\",x\ny,%.*s", (int)offset,
                "0123456789012345678901234567890123456789012345678901234567890123456789",
                (int)length,
                "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijab"
                "cdefghijabcdefghij"
                "abcdefghijabcdefghijabcdefghijabcdefghij",
                (int)offset,
                "qrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqr",
                (int)length,
                "ABCDEFGHIJABCDEFGHIJABCDEFGHIJABCDEFGHIJABCDEFGHIJABCDEFGHIJABCDEFGHIJABCDEFGHIJAB"
                "CDEFGHIJABCDEFGHIJ"
                "ABCDEFGHIJABCDEFGHIJABCDEFGHIJABCDEFGHIJ");
            assert_in_range(n, 0, sizeof text - 1);
            size_t k = 0;
            k += (size_t)snprintf(expected, sizeof expected, "1:[%.*s]", (int)offset, text);
            k += (size_t)snprintf(expected + k, sizeof expected - k, "[%.*s]", (int)length,
                                  text + offset + 1);
            k += (size_t)snprintf(expected + k, sizeof expected - k, "[%.*s][x] ", (int)offset,
                                  text + offset + length + 3);
            snprintf(expected + k, sizeof expected - k, "2:[y][%.*s] ", (int)length,
                     text + (size_t)n - length);
            read_is(comma, str_of(text, (size_t)n), 0, (size_t)n, false, expected);
            read_is(comma, str_of(text, (size_t)n), offset + 1, (size_t)n, false, expected);
        }
    }
}

/* A second reader, byte by byte, by the rules of the header alone. */
static void read_simply(struct str t, struct buf *out)
{
    size_t i = str_starts(t, STR("\xEF\xBB\xBF")) ? 3 : 0;
    int64_t line = 1;
    while (i < t.n) {
        if (t.p[i] == '\n' || t.p[i] == '\r') {
            i += t.p[i] == '\r' && i + 1 < t.n && t.p[i + 1] == '\n' ? 2 : 1;
            line++;
            continue;
        }
        bool is_bad = false, more = true;
        assert_int_equal(buf_printf(out, "%" PRId64 ":", line), RC_OK);
        while (more) {
            assert_int_equal(buf_putc(out, '['), RC_OK);
            if (i < t.n && t.p[i] == '"') {
                for (i++;; i++) {
                    if (i == t.n) {
                        is_bad = true;
                        break;
                    }
                    if (t.p[i] == '"') {
                        if (i + 1 == t.n || t.p[i + 1] != '"') {
                            i++;
                            break;
                        }
                        i++;
                    }
                    line +=
                        t.p[i] == '\n' || (t.p[i] == '\r' && !(i + 1 < t.n && t.p[i + 1] == '\n'));
                    assert_int_equal(buf_putc(out, t.p[i]), RC_OK);
                }
                is_bad = is_bad || (i < t.n && t.p[i] != ',' && t.p[i] != '\n' && t.p[i] != '\r');
            }
            for (; i < t.n && t.p[i] != ',' && t.p[i] != '\n' && t.p[i] != '\r'; i++) {
                assert_int_equal(buf_putc(out, t.p[i]), RC_OK);
            }
            assert_int_equal(buf_putc(out, ']'), RC_OK);
            more = i < t.n && t.p[i] == ',';
            i += more;
        }
        assert_int_equal(buf_puts(out, is_bad ? STR("! ") : STR(" ")), RC_OK);
        if (i < t.n) {
            i += t.p[i] == '\r' && i + 1 < t.n && t.p[i + 1] == '\n' ? 2 : 1;
            line++;
        }
    }
}

static void random_texts_against_a_simple_reader(void **state)
{
    (void)state;
    uint64_t seed = 29;
    struct buf expected;
    buf_init(&expected, (size_t)1 << 20);
    for (int i = 0; i < 20000; i++) {
        char text[300];
        size_t n = random_below(&seed, i % 10 == 0 ? sizeof text : 24);
        for (size_t k = 0; k < n; k++) {
            text[k] = "\",\n\rab,\"\nccc\xEF\xBB\xBF"[random_below(&seed, 15)];
        }
        buf_reset(&expected);
        read_simply(str_of(text, n), &expected);
        assert_int_equal(buf_putc(&expected, '\0'), RC_OK);
        read_is(comma, str_of(text, n), 0, n + 1, false, expected.p);
        read_is(comma, str_of(text, n), random_below(&seed, (uint32_t)n + 1),
                1 + random_below(&seed, 80), i % 2 == 0, expected.p);
    }
    buf_done(&expected);
}

/* ---- the cap ---- */

/* A record of n bytes, between two short ones. */
static char *long_text(size_t n, bool quoted, size_t *ret_n)
{
    char *text = malloc(n + 16);
    memcpy(text, "a,b\n", 4);
    memset(text + 4, 'x', n);
    if (quoted) {
        text[4] = text[4 + n - 1] = '"';
        text[10] = '\n';
    }
    memcpy(text + 4 + n, "\nc\n", 3);
    *ret_n = n + 7;
    return text;
}

static enum rc read_long(size_t n, bool quoted, size_t slice, int *ret_records)
{
    size_t length;
    char *text = long_text(n, quoted, &length);
    struct csv *c = csv_new(comma);
    enum rc rc = RC_OK;
    *ret_records = 0;
    for (size_t at = 0; at < length && rc == RC_OK; at += slice) {
        size_t k = length - at < slice ? length - at : slice;
        csv_feed(c, str_of(text + at, k), at + k == length);
        bool have = true;
        struct csv_record r;
        while (rc == RC_OK && have) {
            rc = csv_next(c, &r, &have);
            *ret_records += rc == RC_OK && have;
        }
    }
    csv_free(c);
    free(text);
    return rc;
}

static void longest_record(void **state)
{
    (void)state;
    static const size_t slices[] = {(size_t)8 << 20, 4096, 65536, 1000003};
    for (size_t i = 0; i < sizeof slices / sizeof *slices; i++) {
        for (int quoted = 0; quoted < 2; quoted++) {
            int records;
            assert_int_equal(read_long(CSV_MAX_RECORD, quoted, slices[i], &records), RC_OK);
            assert_int_equal(records, 3);
            assert_int_equal(read_long(CSV_MAX_RECORD + 1, quoted, slices[i], &records), RC_LIMIT);
            assert_int_equal(records, 1);
            assert_non_null(strchr(err_detail(), '2')); /* the line */
        }
    }
}

static void endless_quote_is_capped(void **state)
{
    (void)state;
    struct csv *c = csv_new(comma);
    char chunk[65536];
    memset(chunk, '\n', sizeof chunk);
    chunk[0] = '"';
    enum rc rc = RC_OK;
    int chunks = 0;
    for (; rc == RC_OK && chunks < 100; chunks++) {
        struct csv_record r;
        bool have;
        csv_feed(c, str_of(chunk, sizeof chunk), false);
        rc = csv_next(c, &r, &have);
        chunk[0] = '\n';
    }
    assert_int_equal(rc, RC_LIMIT);
    assert_int_equal(chunks, 17);
    csv_free(c);
}

static void as_many_fields_as_fit(void **state)
{
    (void)state;
    char *text = malloc(CSV_MAX_RECORD + 8);
    memset(text, ',', CSV_MAX_RECORD + 8);
    struct csv_record r;
    bool have = false;
    struct csv *c = csv_new(comma);
    csv_feed(c, str_of(text, CSV_MAX_RECORD), true);
    assert_int_equal(csv_next(c, &r, &have), RC_OK);
    assert_true(have);
    assert_int_equal(r.n, CSV_MAX_RECORD + 1);
    csv_free(c);
    c = csv_new(comma);
    csv_feed(c, str_of(text, CSV_MAX_RECORD + 8), true);
    assert_int_equal(csv_next(c, &r, &have), RC_LIMIT);
    csv_free(c);
    free(text);
}

/* The promise of speed: nothing is copied that need not be. */
static void fields_point_into_the_chunk(void **state)
{
    (void)state;
    struct str text = STR("ab,\"c,d\",\"e\"\"f\"\n");
    struct csv *c = csv_new(comma);
    struct csv_record r;
    bool have;
    csv_feed(c, text, true);
    assert_int_equal(csv_next(c, &r, &have), RC_OK);
    assert_ptr_equal(r.fields[0].p, text.p);
    assert_ptr_equal(r.fields[1].p, text.p + 4);
    assert_false(r.fields[2].p >= text.p && r.fields[2].p < text.p + text.n);
    csv_free(c);
    csv_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_records),
        cmocka_unit_test(line_ends),
        cmocka_unit_test(quotes),
        cmocka_unit_test(quotes_inside_fields),
        cmocka_unit_test(bad_quotes),
        cmocka_unit_test(other_dialects),
        cmocka_unit_test(byte_order_mark),
        cmocka_unit_test(fields_across_blocks),
        cmocka_unit_test(random_texts_against_a_simple_reader),
        cmocka_unit_test(longest_record),
        cmocka_unit_test(endless_quote_is_capped),
        cmocka_unit_test(as_many_fields_as_fit),
        cmocka_unit_test(fields_point_into_the_chunk),
    };
    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
