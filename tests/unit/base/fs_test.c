#include "base/fs.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena *arena;
static char folder[64];

static int setup(void **state)
{
    (void)state;
    arena = arena_new((size_t)16 << 20);
    lang_set(true);
    strcpy(folder, "/tmp/bidui-fs-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return fs_remove_tree(folder) != RC_OK;
}

static const char *in_folder(const char *name)
{
    return arena_printf(arena, "%s/%s", folder, name);
}

static unsigned mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static void put_file(const char *name, const char *text)
{
    assert_int_equal(fs_write_synced(in_folder(name), str_from(text)), RC_OK);
}

static void assert_content(const char *name, const char *text)
{
    struct buf b;
    buf_init(&b, 1 << 20);
    assert_int_equal(fs_read(in_folder(name), 1 << 20, &b), RC_OK);
    assert_true(str_is(buf_str(&b), text));
    buf_done(&b);
}

static void written_is_read_back(void **state)
{
    (void)state;
    put_file("a", "hello");
    assert_content("a", "hello");
    put_file("a", "");
    assert_content("a", "");
    put_file("a", "x");
    assert_content("a", "x");
}

static void written_files_are_private(void **state)
{
    (void)state;
    put_file("a", "x");
    assert_int_equal(mode_of(in_folder("a")), 0600);
    assert_int_equal(chmod(in_folder("a"), 0644), 0);
    put_file("a", "y");
    assert_int_equal(mode_of(in_folder("a")), 0600);
}

static void reading_stops_at_the_maximum(void **state)
{
    (void)state;
    char *big = arena_alloc(arena, 200001);
    memset(big, 'x', 200000);
    put_file("big", big);
    struct buf b;
    buf_init(&b, 200000);
    assert_int_equal(fs_read(in_folder("big"), 199999, &b), RC_LIMIT);
    assert_non_null(strstr(err_detail(), "big: more than 199999 bytes"));
    assert_int_equal(b.n, 0);
    assert_int_equal(fs_read(in_folder("big"), 200000, &b), RC_OK);
    assert_int_equal(b.n, 200000);
    assert_int_equal(fs_read(in_folder("big"), 200000, &b),
                     RC_LIMIT); /* the buffer's own maximum */
    assert_int_equal(b.n, 200000);
    buf_done(&b);
}

static void failures_name_path_and_reason(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 100);
    assert_int_equal(fs_read(in_folder("none"), 100, &b), RC_IO);
    assert_string_equal(err_detail(), in_folder("none: does not exist"));
    lang_set(false);
    assert_int_equal(fs_read(folder, 100, &b), RC_IO);
    assert_string_equal(err_detail(), arena_printf(arena, "%s: 是文件夹,不是文件", folder));
    assert_int_equal(fs_write_synced(in_folder("no/file"), STR("x")), RC_IO);
    assert_int_equal(fs_sync(in_folder("none")), RC_IO);
    buf_done(&b);
}

static void folders_are_made_private_and_once(void **state)
{
    (void)state;
    assert_int_equal(fs_mkdirs(in_folder("a/b//c/")), RC_OK);
    assert_int_equal(mode_of(in_folder("a")), 0700);
    assert_int_equal(mode_of(in_folder("a/b/c")), 0700);
    assert_int_equal(fs_mkdirs(in_folder("a/b/c")), RC_OK);
    assert_int_equal(fs_mkdirs("/"), RC_OK);
    put_file("f", "x");
    assert_int_equal(fs_mkdirs(in_folder("f")), RC_IO);
    assert_int_equal(fs_mkdirs(in_folder("f/g")), RC_IO);
    assert_int_equal(fs_mkdirs(""), RC_IO);
}

static void relative_folders(void **state)
{
    (void)state;
    char *before = getcwd(NULL, 0);
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(fs_mkdirs("r/s"), RC_OK);
    assert_int_equal(fs_rename("r/s", "t"), RC_OK);
    assert_int_equal(chdir(before), 0);
    free(before);
    assert_true(fs_exists(in_folder("t")));
}

static void renaming(void **state)
{
    (void)state;
    put_file("a", "new");
    put_file("b", "old");
    assert_int_equal(fs_rename(in_folder("a"), in_folder("b")), RC_OK);
    assert_false(fs_exists(in_folder("a")));
    assert_content("b", "new");
    assert_int_equal(fs_mkdirs(in_folder("d/x")), RC_OK);
    assert_int_equal(fs_rename(in_folder("d"), in_folder("e")), RC_OK);
    assert_true(fs_exists(in_folder("e/x")));
    assert_int_equal(fs_mkdirs(in_folder("full/x")), RC_OK);
    assert_int_equal(fs_rename(in_folder("e"), in_folder("full")), RC_IO);
    assert_non_null(strstr(err_detail(), "exists and is not empty"));
    assert_int_equal(fs_rename(in_folder("none"), in_folder("z")), RC_IO);
}

static void removing_a_tree_follows_no_links(void **state)
{
    (void)state;
    put_file("outside", "kept");
    assert_int_equal(fs_mkdirs(in_folder("t/a/b")), RC_OK);
    put_file("t/a/b/f", "x");
    assert_int_equal(symlink(in_folder("outside"), in_folder("t/a/link")), 0);
    assert_int_equal(symlink(folder, in_folder("t/a/up")), 0);
    assert_int_equal(fs_remove_tree(in_folder("t")), RC_OK);
    assert_false(fs_exists(in_folder("t")));
    assert_content("outside", "kept");
    assert_int_equal(fs_remove_tree(in_folder("t")), RC_OK); /* absent is fine */
    assert_int_equal(fs_remove_tree(in_folder("outside")), RC_OK);
    assert_false(fs_exists(in_folder("outside")));
}

static void roots_are_never_removed(void **state)
{
    (void)state;
    assert_int_equal(fs_remove_tree(""), RC_IO);
    assert_int_equal(fs_remove_tree("/"), RC_IO);
    assert_int_equal(fs_remove_tree("."), RC_IO);
}

static void listing_is_sorted_and_filtered(void **state)
{
    (void)state;
    const char *files[] = {"b.csv", "a.csv", ".part.csv", "村.csv", "c.txt", "B.csv"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        put_file(files[i], "");
    }
    char **names = NULL;
    size_t n = 0;
    assert_int_equal(fs_list(arena, folder, "*.csv", &names, &n), RC_OK);
    const char *expected[] = {"B.csv", "a.csv", "b.csv", "村.csv"};
    assert_int_equal(n, 4);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(names[i], expected[i]);
    }
    assert_int_equal(fs_list(arena, folder, NULL, &names, &n), RC_OK);
    assert_int_equal(n, 6);
    assert_string_equal(names[0], ".part.csv");
    assert_int_equal(fs_list(arena, folder, "*.xlsx", &names, &n), RC_OK);
    assert_int_equal(n, 0);
    assert_int_equal(fs_list(arena, in_folder("none"), NULL, &names, &n), RC_IO);
}

static void assert_tidy(const char *path, const char *want)
{
    assert_string_equal(arena_cstr(arena, fs_tidy(arena, str_from(path))), want);
}

static void paths_are_tidied_by_their_words(void **state)
{
    (void)state;
    assert_tidy("a/b", "a/b");
    assert_tidy("./a//b/", "a/b");
    assert_tidy("a/./b/../c/", "a/c");
    assert_tidy("/a/../../b/.", "/b");
    assert_tidy("/..", "/");
    assert_tidy("/", "/");
    assert_tidy("a/..", ".");
    assert_tidy("", ".");
    assert_tidy("../../a/..", "../..");
    assert_tidy("${env:DIR}/out/../back", "${env:DIR}/back");
}

static void one_folder_by_two_names(void **state)
{
    (void)state;
    put_file("a", "x");
    put_file("b", "x");
    assert_int_equal(symlink("a", in_folder("link")), 0);
    assert_true(fs_is_same(in_folder("a"), in_folder("link")));
    assert_false(fs_is_same(in_folder("a"), in_folder("b")));
    assert_false(fs_is_same(in_folder("a"), in_folder("none")));
    assert_false(fs_is_same(in_folder("none"), in_folder("none")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(written_is_read_back, setup, teardown),
        cmocka_unit_test_setup_teardown(written_files_are_private, setup, teardown),
        cmocka_unit_test_setup_teardown(reading_stops_at_the_maximum, setup, teardown),
        cmocka_unit_test_setup_teardown(failures_name_path_and_reason, setup, teardown),
        cmocka_unit_test_setup_teardown(folders_are_made_private_and_once, setup, teardown),
        cmocka_unit_test_setup_teardown(relative_folders, setup, teardown),
        cmocka_unit_test_setup_teardown(renaming, setup, teardown),
        cmocka_unit_test_setup_teardown(removing_a_tree_follows_no_links, setup, teardown),
        cmocka_unit_test_setup_teardown(roots_are_never_removed, setup, teardown),
        cmocka_unit_test_setup_teardown(listing_is_sorted_and_filtered, setup, teardown),
        cmocka_unit_test_setup_teardown(paths_are_tidied_by_their_words, setup, teardown),
        cmocka_unit_test_setup_teardown(one_folder_by_two_names, setup, teardown),
    };
    return cmocka_run_group_tests_name("fs", tests, NULL, NULL);
}
