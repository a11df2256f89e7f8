/* Any bytes at all as a file of a department: whatever they are read as, reading ends, with rows in
 * their bounds, and a second reading gives the same. */
#include <sys/mman.h>
#include <unistd.h>

#include "connectors/table/parts.h"
#include "fuzz.h"

#define ROWS_MOST 2000

static struct blob *blob_of(struct str bytes)
{
    struct blob *b = NULL;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    must(fd >= 0 && write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n);
    must(blob_of_file(fd, "fuzz", &b) == RC_OK);
    return b;
}

static enum rc put_rows(struct table *t, struct buf *out)
{
    int rows = 0;
    for (bool more = true; more;) {
        TRY(table_next_sheet(t, &more));
        TRY(buf_printf(out, "[%s]", table_sheet(t)));
        for (bool have = more; have && rows < ROWS_MOST; rows++) {
            struct table_row row;
            TRY(table_next_row(t, &row, &have));
            must(!have || (row.n <= TABLE_COLUMNS || table_has_width(t)));
            for (size_t i = 0; have && i < row.n; i++) {
                TRY(buf_puts(out, row.cells[i]));
                TRY(buf_printf(out, "|%s",
                               row.faults != NULL && row.faults[i] != NULL ? row.faults[i] : ""));
            }
        }
        more = more && rows < ROWS_MOST;
    }
    return RC_OK;
}

static enum rc read_all(const struct blob *bytes, const struct table_options *options,
                        struct buf *out)
{
    struct table *t = NULL;
    TRY(table_open(bytes, "fuzz", options, &t));
    enum rc rc = put_rows(t, out);
    table_close(t);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const all[] = {"*"};
    if (size < 1) {
        return 0;
    }
    struct str text = fuzz_input(data + 1, size - 1);
    if (str_starts(text, STR("\xD0\xCF\x11\xE0"))) {
        return 0; /* FreeXL's, not ours */
    }
    struct table_options options = {.kind = "auto",
                                    .charset = "auto",
                                    .dialect = {',', '"'},
                                    .guess_delimiter = data[0] & 1,
                                    .skip_hidden = data[0] & 2,
                                    .errors_are_empty = data[0] & 4,
                                    .sheets = all,
                                    .sheet_count = data[0] & 8 ? 1 : 0};
    struct blob *bytes = blob_of(text);
    struct buf first, second;
    buf_init(&first, (size_t)64 << 20);
    buf_init(&second, (size_t)64 << 20);
    must(read_all(bytes, &options, &first) == read_all(bytes, &options, &second));
    must(str_eq(buf_str(&first), buf_str(&second)));
    buf_done(&first);
    buf_done(&second);
    blob_close(bytes);
    return 0;
}
