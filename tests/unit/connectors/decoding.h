/* For tests of decoders: one document to one page, whole or in pieces. Included by one file of a program. */
#ifndef BIDUI_TESTS_UNIT_CONNECTORS_DECODING_H
#define BIDUI_TESTS_UNIT_CONNECTORS_DECODING_H

#include "connectors/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static struct arena *arena;
static struct document_page page;
static bool is_cut;
static struct document_wants wants;
static size_t step;                  /* bytes a window gains at a time; 0: the whole document at once */

static inline void want(const char *format, const char *records, const char *const *columns)
{
    struct yaml *yaml = NULL;
    wants = (struct document_wants){.records = records, .scalars = {"/code", "/total", "/next"}};
    while (columns[wants.column_count] != NULL) {
        wants.column_count++;
    }
    const char **kept = arena_array(arena, wants.column_count, sizeof *kept);   /* the caller's list dies with its block */
    memcpy(kept, columns, wants.column_count * sizeof *kept);
    wants.columns = kept;
    if (format != NULL) {
        assert_int_equal(yaml_parse(arena, "test", str_from(format), &yaml), RC_OK);
        wants.format = yaml;
    }
}
#define WANT(format, records, ...) want(format, records, (const char *const[]){__VA_ARGS__, NULL})

/* Each window is a copy of its own, so that nothing may lean on the one before. */
static inline enum rc read_stepwise(struct document *d, struct str body)
{
    size_t begin = 0, end = 0;
    document_begin(d);
    for (;;) {
        end = body.n - end > step ? end + step : body.n;
        char *window = malloc(end - begin + 1);
        assert_non_null(window);
        memcpy(window, body.p + begin, end - begin);
        size_t used = 0;
        enum rc rc = document_read(d, str_of(window, end - begin), end == body.n, &used, &is_cut);
        free(window);
        if (rc != RC_OK || end == body.n) {
            return rc;
        }
        begin += used;
    }
}

static inline enum rc decode(struct str body)
{
    struct document *d = NULL;
    assert_int_equal(document_open(&wants, &d), RC_OK);
    page = (struct document_page){0};
    is_cut = false;
    enum rc rc;
    if (step == 0) {
        rc = document_decode(d, body, arena, &page, &is_cut);
    } else {
        rc = read_stepwise(d, body);
        if (rc == RC_OK) {
            document_take(d, arena, &page);
        }
    }
    document_close(d);
    return rc;
}

static inline void assert_str(struct str s, const char *expected)
{
    if (expected == NULL) {
        assert_null(s.p);
        return;
    }
    assert_non_null(s.p);
    if (s.n != strlen(expected) || memcmp(s.p, expected, s.n) != 0) {
        fail_msg("\"%.*s\" is not \"%s\"", STR_ARGS(s), expected);
    }
}

static inline void assert_values(const char *const *expected, size_t n)
{
    assert_int_equal(page.rows * wants.column_count, n);
    for (size_t i = 0; i < n; i++) {
        assert_str(page.values[i], expected[i]);
    }
}
#define ASSERT_VALUES(...)                                                                         \
    assert_values((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static inline int set_up(void **state)
{
    (void)state;
    arena = arena_new((size_t)1 << 30);
    step = 0;
    lang_set(true);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
