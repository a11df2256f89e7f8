#include "base/yaml.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new((size_t)256 << 20);
    lang_set(true);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static struct yaml *parse(struct str text)
{
    struct yaml *root = NULL;
    enum rc rc = yaml_parse(arena, "x.yaml", text, &root);
    if (rc != RC_OK) {
        print_error("%s\n", err_detail());
    }
    assert_int_equal(rc, RC_OK);
    return root;
}

static void assert_refused(struct str text, const char *detail_start)
{
    struct yaml *root = NULL;
    assert_int_equal(yaml_parse(arena, "x.yaml", text, &root), RC_CONFIG);
    assert_null(root);
    if (!str_starts(str_from(err_detail()), str_from(detail_start))) {
        fail_msg("%s\nwanted: %s", err_detail(), detail_start);
    }
}

static void maps_lists_and_scalars(void **state)
{
    (void)state;
    struct yaml *root = parse(STR("a: 1\nb: [x, 'y z', \"q\\n\"]\nc: {d: e}\n"));
    assert_int_equal(root->kind, YAML_MAP);
    assert_int_equal(root->n, 3);
    assert_true(str_is(yaml_text(root, "a"), "1"));
    const struct yaml *b = yaml_get(root, "b");
    assert_int_equal(b->kind, YAML_LIST);
    assert_int_equal(b->n, 3);
    assert_true(str_is(b->first->next->text, "y z"));
    assert_true(str_is(b->first->next->next->text, "q\n"));
    assert_true(str_is_null(b->first->key));
    assert_true(str_is(yaml_text(yaml_get(root, "c"), "d"), "e"));
    assert_ptr_equal(b->first->parent, b);
}

static void nothing_there(void **state)
{
    (void)state;
    struct yaml *root = parse(STR("a: 1\nl: [1]\n"));
    assert_null(yaml_get(root, "z"));
    assert_null(yaml_get(NULL, "a"));
    assert_null(yaml_get(yaml_get(root, "a"), "b"));
    assert_true(str_is_null(yaml_text(root, "z")));
    assert_true(str_is_null(yaml_text(root, "l")));
}

static void empty_documents_are_empty_maps(void **state)
{
    (void)state;
    const struct str texts[] = {STR_NULL, STR(""), STR("# only this\n"), STR("---\n"), STR("~\n")};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct yaml *root = parse(texts[i]);
        assert_int_equal(root->kind, YAML_MAP);
        assert_int_equal(root->n, 0);
        assert_null(yaml_get(root, "a"));
    }
    assert_int_equal(parse(STR("''"))->kind, YAML_SCALAR);
}

static void nulls_are_empty_unless_quoted(void **state)
{
    (void)state;
    struct yaml *root = parse(STR("a:\nb: ~\nc: null\nd: 'null'\ne: \"\"\nf: nullify\n"));
    const char *empty[] = {"a", "b", "c"};
    for (size_t i = 0; i < 3; i++) {
        const struct yaml *node = yaml_get(root, empty[i]);
        assert_true(str_is(node->text, ""));
        assert_false(str_is_null(node->text));
        assert_true(node->plain);
    }
    assert_true(str_is(yaml_text(root, "d"), "null"));
    assert_false(yaml_get(root, "d")->plain);
    assert_false(yaml_get(root, "e")->plain);
    assert_true(str_is(yaml_text(root, "f"), "nullify"));
}

static void digits_survive(void **state)
{
    (void)state;
    struct yaml *root = parse(STR("a: 0012\nb: 1.50\nc: 1e400\nd: 99010119900101002X\n"));
    assert_true(str_is(yaml_text(root, "a"), "0012"));
    assert_true(str_is(yaml_text(root, "b"), "1.50"));
    assert_true(str_is(yaml_text(root, "c"), "1e400"));
    assert_int_equal(yaml_text(root, "d").p[18], '\0');
}

static void positions_and_paths(void **state)
{
    (void)state;
    struct yaml *root = parse(STR("# c\ndatasets:\n  村:\n    key:\n      - a\n      - {b: c}\n"));
    const struct yaml *key = yaml_get(yaml_get(yaml_get(root, "datasets"), "村"), "key");
    assert_int_equal(key->key_line, 4);
    assert_int_equal(key->key_column, 5);
    assert_int_equal(key->line, 5);
    assert_int_equal(key->column, 7);
    assert_string_equal(key->file, "x.yaml");
    const struct yaml *c = yaml_get(key->first->next, "b");
    assert_int_equal(c->column, 13);
    assert_string_equal(yaml_path(arena, c), "datasets.村.key.1.b");
    assert_string_equal(yaml_path(arena, key->first), "datasets.村.key.0");
    assert_string_equal(yaml_path(arena, root), "");
}

static void what_is_more_than_data_is_refused(void **state)
{
    (void)state;
    assert_refused(STR("a: &x 1\nb: *x\n"), "x.yaml:1:4: anchors");
    assert_refused(STR("a: 1\nb: *x\n"), "x.yaml:2:4: anchors");
    assert_refused(STR("a: &m {b: 1}\n"), "x.yaml:1:4: anchors");
    assert_refused(STR("a: &l [1]\n"), "x.yaml:1:4: anchors");
    assert_refused(STR("&k a: 1\n"), "x.yaml:1:1: anchors");
    assert_refused(STR("a: !!str 1\n"), "x.yaml:1:4: tags");
    assert_refused(STR("a: !x {}\n"), "x.yaml:1:4: tags");
    assert_refused(STR("a: !x []\n"), "x.yaml:1:4: tags");
    assert_refused(STR("%TAG !e! tag:e,2000:\n---\na: 1\n"), "x.yaml:1:1: tags");
    assert_refused(STR("a: 1\n---\nb: 2\n"), "x.yaml:2:1: a file holds one document");
    assert_refused(STR("{a: 1}: b\n"), "x.yaml:1:1: a key must be a text");
    assert_refused(STR("a: {since}: b\n"), "x.yaml:1:");
    assert_refused(STR("a: \"x\\0y\"\n"), "x.yaml:1:4: a NUL");
    assert_refused(STR("\"x\\0y\": a\n"), "x.yaml:1:1: a NUL");
}

static void duplicate_keys_name_both_lines(void **state)
{
    (void)state;
    assert_refused(STR("a: 1\nb: 2\na: 3\n"), "x.yaml:3:1: duplicate key \"a\", first on line 1");
    assert_refused(STR("m: {k: 1, 'k': 2}\n"), "x.yaml:1:11: duplicate key \"k\"");
    parse(STR("a: {k: 1}\nb: {k: 1}\n"));
}

static void mistakes_are_told_where_they_stand(void **state)
{
    (void)state;
    assert_refused(STR("a: 1\nb: x: y\n"), "x.yaml:2:5: no \"key: value\"");
    assert_refused(STR("a: 1\nbcd\ne: 2\n"), "x.yaml:2:1: the colon");
    assert_refused(STR("a: 1\nb: \"open\nc: 2\n"), "x.yaml:2:4: a quote is never closed");
    assert_refused(STR("a: [1, 2\nb: 2\n"), "x.yaml:2:");
    assert_refused(STR("a:\n\t- b\n"), "x.yaml:2:1: no value may start");
    assert_refused(STR("a: @b\n"), "x.yaml:1:4: no value may start");
    assert_refused(STR("a:\n  b: 1\n c: 2\n"), "x.yaml:3:2: the indent");
    assert_refused(STR("a: \"\\y\"\n"), "x.yaml:1:");
}

static void other_encodings_are_refused(void **state)
{
    (void)state;
    assert_refused(STR("a: 1\nb: \xcd\xf5\n"), "x.yaml:2:5: not UTF-8");
    assert_string_equal(err_hint_text(), "Save the file as UTF-8.");
    assert_refused(STR("\xff\xfe"
                       "a\0:\0"),
                   "x.yaml:1:1: not UTF-8");
    assert_refused(STR("a: \x01\n"), "x.yaml:1:4: not UTF-8");
    assert_true(str_is(yaml_text(parse(STR("\xEF\xBB\xBF"
                                           "a: 1\n")),
                                 "a"),
                       "1"));
}

static struct str repeated(const char *head, const char *piece, size_t times, const char *tail)
{
    struct buf b;
    buf_init(&b, (size_t)8 << 20);
    assert_int_equal(buf_puts(&b, str_from(head)), RC_OK);
    for (size_t i = 0; i < times; i++) {
        assert_int_equal(buf_puts(&b, str_from(piece)), RC_OK);
    }
    assert_int_equal(buf_puts(&b, str_from(tail)), RC_OK);
    struct str s = arena_str(arena, buf_str(&b));
    buf_done(&b);
    return s;
}

static void depth_is_capped(void **state)
{
    (void)state;
    char tail[200] = "";
    memset(tail, ']', YAML_MAX_DEPTH);
    parse(repeated("a: ", "[", YAML_MAX_DEPTH, tail));
    assert_refused(repeated("a: ", "[", 5000, ""), "x.yaml:1:36: nested more than 32");
    assert_refused(repeated("", "- ", 100, ""), "x.yaml:1:67: nested more than 32");
}

static void size_is_capped(void **state)
{
    (void)state;
    parse(repeated("", "#", YAML_MAX_BYTES, ""));
    assert_refused(repeated("", "#", YAML_MAX_BYTES + 1, ""), "x.yaml:1:1: the file has more");
    assert_refused(repeated("[", "a,", YAML_MAX_NODES + 10, "]"), "x.yaml:1:");
    assert_non_null(strstr(err_detail(), "more than 200000 values"));
}

static void loading_what_is_not_there(void **state)
{
    (void)state;
    struct yaml *root = NULL;
    assert_int_equal(yaml_load(arena, "/nonexistent/a.yaml", &root), RC_CONFIG);
    assert_string_equal(err_detail(), "/nonexistent/a.yaml:1:1: does not exist");
    assert_int_equal(yaml_load(arena, "/", &root), RC_CONFIG);
    assert_string_equal(err_detail(), "/:1:1: is a folder, not a file");
}

static void the_sample_deployment_parses(void **state)
{
    (void)state;
    glob_t found;
    assert_int_equal(glob(BIDUI_SOURCE_DIR "/config/*/*.yaml", 0, NULL, &found), 0);
    assert_int_equal(glob(BIDUI_SOURCE_DIR "/config/*.yaml", GLOB_APPEND, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct yaml *root = NULL;
        if (yaml_load(arena, found.gl_pathv[i], &root) != RC_OK) {
            fail_msg("%s", err_detail());
        }
        assert_true(root->n > 0);
    }
    globfree(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_lists_and_scalars),
        cmocka_unit_test(nothing_there),
        cmocka_unit_test(empty_documents_are_empty_maps),
        cmocka_unit_test(nulls_are_empty_unless_quoted),
        cmocka_unit_test(digits_survive),
        cmocka_unit_test(positions_and_paths),
        cmocka_unit_test(what_is_more_than_data_is_refused),
        cmocka_unit_test(duplicate_keys_name_both_lines),
        cmocka_unit_test(mistakes_are_told_where_they_stand),
        cmocka_unit_test(other_encodings_are_refused),
        cmocka_unit_test(depth_is_capped),
        cmocka_unit_test(size_is_capped),
        cmocka_unit_test(loading_what_is_not_there),
        cmocka_unit_test(the_sample_deployment_parses),
    };
    return cmocka_run_group_tests_name("yaml", tests, setup, teardown);
}
