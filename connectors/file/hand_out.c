/* Tables that go out: a workbook or CSV in UTF-8, in a folder here or on the department's SFTP server. They hold
 * identity numbers: only their owner may read them, and a workbook and the parts it is put together from are made in
 * memory. */
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "base/csv.h"
#include "base/fs.h"
#include "connectors/file/file.h"

#define TABLE_MOST ((size_t)64 << 20)
#define COLUMN_WIDTH 20
#define MEMORY_FOLDER "/dev/shm" /* where the library's unnamed files never reach a disk */

/* ---- As bytes ---- */

static enum rc put_csv(const struct source *source, const struct hand_out *h, struct buf *out)
{
    struct str *header = arena_array(source->arena, h->columns, sizeof *header);
    for (size_t i = 0; i < h->columns; i++) {
        header[i] = str_from(h->header[i]);
    }
    TRY(buf_puts(out, STR("\xEF\xBB\xBF"))); /* WPS and Excel need the mark to see UTF-8 */
    TRY(csv_put_row(source->arena, out, header, h->columns));
    for (size_t i = 0; i < h->rows; i++) {
        TRY(csv_put_row(source->arena, out, h->cells + i * h->columns, h->columns));
    }
    return RC_OK;
}

static lxw_error keep(lxw_error before, lxw_error now)
{
    return before != LXW_NO_ERROR ? before : now;
}

static lxw_error set_created(lxw_workbook *book, date_t day)
{
    int year = 0, month = 0, date = 0;
    char author[] = "bidui";
    date_to_ymd(day, &year, &month, &date);
    struct tm t = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = date};
    /* timegm: the library prints the value as UTC */
    lxw_doc_properties properties = {.author = author, .created = timegm(&t)};
    return workbook_set_properties(book, &properties);
}

static lxw_error fill_book(const struct source *source, const struct hand_out *h, lxw_workbook *book)
{
    lxw_worksheet *sheet = workbook_add_worksheet(book, NULL);
    lxw_error error = set_created(book, h->day);
    for (size_t c = 0; c < h->columns; c++) {
        error = keep(error, worksheet_set_column(sheet, (lxw_col_t)c, (lxw_col_t)c, COLUMN_WIDTH, NULL));
        error = keep(error, worksheet_write_string(sheet, 0, (lxw_col_t)c, h->header[c], NULL));
    }
    for (size_t i = 0; i < h->rows * h->columns; i++) {
        const char *text = arena_cstr(source->arena, h->cells[i]);
        if (*text != '\0') { /* as text: never a formula, and a number keeps its digits */
            error = keep(error, worksheet_write_string(sheet, (lxw_row_t)(i / h->columns) + 1,
                                                       (lxw_col_t)(i % h->columns), text, NULL));
        }
    }
    worksheet_freeze_panes(sheet, 1, 0);
    return error;
}

static enum rc read_memory(int fd, struct buf *out)
{
    char chunk[8192];
    ssize_t n = 0;
    for (off_t at = 0; (n = pread(fd, chunk, sizeof chunk, at)) > 0; at += n) {
        TRY(buf_put(out, chunk, (size_t)n));
    }
    return n == 0 ? RC_OK : err_fail(RC_IO, "workbook: %s", strerror(errno));
}

enum rc hand_out_memory(const char *folder)
{
    struct statfs fs;
    if (statfs(folder, &fs) == 0 && fs.f_type == TMPFS_MAGIC && access(folder, W_OK | X_OK) == 0) {
        return RC_OK;
    }
    enum rc rc = err_fail(RC_IO, tr("%s 不是可写的内存文件系统(tmpfs):XLSX 名单不写到磁盘上",
                                    "%s is no writable file system in memory (tmpfs): an XLSX list is never made on a disk"),
                          folder);
    err_hint("%s", tr("挂载 tmpfs,或把 ask.list.name 改为 .csv。", "Mount a tmpfs there, or let ask.list.name end in .csv."));
    return rc;
}

/* The library writes to paths alone. */
static enum rc put_book(const struct source *source, const struct hand_out *h, struct buf *out)
{
    TRY(hand_out_memory(MEMORY_FOLDER));
    int fd = memfd_create("bidui name list", MFD_CLOEXEC);
    if (fd < 0) {
        return err_fail(RC_IO, "memfd: %s", strerror(errno));
    }
    lxw_workbook_options options = {.tmpdir = arena_cstr(source->arena, STR(MEMORY_FOLDER))};
    lxw_workbook *book = workbook_new_opt(arena_printf(source->arena, "/proc/self/fd/%d", fd), &options);
    lxw_error error = book == NULL ? LXW_ERROR_MEMORY_MALLOC_FAILED : fill_book(source, h, book);
    error = book == NULL ? error : keep(error, workbook_close(book));
    enum rc rc = error == LXW_NO_ERROR ? read_memory(fd, out) : err_fail(RC_IO, "%s: %s", h->name, lxw_strerror(error));
    close(fd);
    return rc;
}

static enum rc put_table(const struct source *source, const struct hand_out *h, struct buf *out)
{
    return str_ends(str_from(h->name), STR(".xlsx")) ? put_book(source, h, out) : put_csv(source, h, out);
}

/* ---- Where it goes ---- */

struct target {
    struct file_options options;
    struct place *place; /* NULL: a folder here */
    const char *folder, *path;
};

/* The list would be read as if it had come back, and be put away before the department saw it. */
static enum rc fail_same(const struct source *source)
{
    enum rc rc = err_fail(RC_CONFIG, tr("%s: ask.list.to 就是读取退回名单的文件夹,名单未送出",
                                        "%s: ask.list.to is the folder where what comes back is read: no list goes out"),
                          source->dataset);
    err_hint("%s", tr("把 ask.list.to 改为另一个文件夹。", "Let ask.list.to be another folder."));
    return rc;
}

/* On a server only words are compared. */
static bool is_read_there(struct arena *a, const struct target *t)
{
    const char *path = t->options.place.path,
               *to = t->folder[0] == '/' ? t->folder : arena_printf(a, "%s/%s", path, t->folder);
    return str_eq(fs_tidy(a, str_from(path)), fs_tidy(a, str_from(to)));
}

static enum rc find_target(const struct source *source, const struct hand_out *h, struct target *t)
{
    struct str folder = STR_NULL;
    struct arena *a = source->arena;
    TRY(options_read(source, &t->options));
    TRY(keys_resolve(a, str_from(h->folder), source->base_dir, &folder));
    if (str_is_empty(folder)) {
        return err_fail(RC_CONFIG, tr("%s: ask.list.to 没有值", "%s: ask.list.to has no value"), source->dataset);
    }
    if (t->options.driver != NULL) {
        t->place = place_new(t->options.driver, &t->options.place);
        t->folder = arena_cstr(a, folder);
    } else {
        t->folder = folder.p[0] == '/' ? arena_cstr(a, folder)
                                       : arena_printf(a, "%s/%.*s", source->base_dir, STR_ARGS(folder));
    }
    t->path = arena_printf(a, "%s/%s", t->folder, h->name);
    return t->place != NULL && is_read_there(a, t) ? fail_same(source) : RC_OK;
}

static void leave_target(struct target *t)
{
    place_free(t->place);
    options_done(&t->options);
}

/* Appears whole under its name. */
static enum rc write_here(const struct source *source, const struct target *t, const struct hand_out *h, struct str bytes)
{
    const char *part = arena_printf(source->arena, "%s/.%s.part", t->folder, h->name);
    TRY(fs_mkdirs(t->folder));
    bool is_read = t->options.folder != NULL && fs_is_same(t->folder, t->options.folder);
    TRY(is_read ? fail_same(source) : RC_OK);
    TRY(fs_write_synced(part, bytes));
    return fs_rename(part, t->path);
}

enum rc file_hand_out(const struct source *source, const struct hand_out *h)
{
    struct target t = {.place = NULL};
    struct buf bytes;
    buf_init(&bytes, TABLE_MOST);
    enum rc rc = find_target(source, h, &t);
    rc = rc == RC_OK ? put_table(source, h, &bytes) : rc;
    if (rc == RC_OK) {
        rc = t.place != NULL ? place_put(t.place, t.path, buf_str(&bytes)) : write_here(source, &t, h, buf_str(&bytes));
    }
    buf_done(&bytes);
    leave_target(&t);
    return rc;
}

enum rc file_take_back(const struct source *source, const struct hand_out *h)
{
    struct target t = {.place = NULL};
    enum rc rc = find_target(source, h, &t);
    if (rc == RC_OK) {
        rc = t.place != NULL ? place_remove(t.place, t.path) : fs_remove_tree(t.path);
    }
    if (rc == RC_NOT_FOUND) {
        err_clear();
        rc = RC_OK;
    }
    leave_target(&t);
    return rc;
}
