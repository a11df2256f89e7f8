/* Any bytes at all as a returned workbook: reading ends, a row without a mistake has everything that taking it needs, and
 * its token was made with our key. `@` stands for a right token of lead 260000013. */
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "pipeline/feedback/feedback.h"

#define ARENA_MAX ((size_t)512 << 20)
#define TODAY 9820

static const struct config config = {.county = "990121", .code_key = {{1, 2, 3}, true}};

static void prove_row(const struct feedback_row *row)
{
    must(!row->is_blank && row->is_known && str_is(row->token.lead_no, "260000013") && row->token.edition == 3);
    must(row->code != NULL && result_code_find(row->code->code) == row->code);
    must(row->way != NULL && row->visited_on != DATE_NONE && row->visited_on <= TODAY && row->visitors.n > 0);
    must(row->answer_count <= FEEDBACK_REASONS_MOST && (row->answer_count == 0 || row->answers != NULL));
    must(row->code->needs != NEEDS_TRUE || row->answer_count > 0);
}

static void put_token(struct arena *a, struct str text, struct buf *out)
{
    struct token t = {STR("260000013"), STR("990121100"), 3};
    while (text.n > 0) {
        size_t at = str_find(text, '@');
        must(buf_puts(out, str_sub(text, 0, at)) == RC_OK);
        must(at == text.n || buf_puts(out, token_make(a, &config.code_key, config.county, &t)) == RC_OK);
        text = str_sub(text, at + 1, text.n);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = fuzz_input(data, size);
    char path[64];
    struct feedback f;
    struct buf bytes;
    if (str_starts(text, STR("\xD0\xCF\x11\xE0")) || size > (1 << 16)) {
        return 0; /* FreeXL's, not ours */
    }
    struct arena *a = arena_new(ARENA_MAX);
    buf_init(&bytes, (size_t)16 << 20);
    put_token(a, text, &bytes);
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    must(fd >= 0 && write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    const char *const files[] = {path};
    must(feedback_read(&config, TODAY, a, files, 1, &f) == RC_OK);
    for (size_t i = 0; i < f.count; i++) {
        if (f.items[i].row.faults == NULL) {
            prove_row(&f.items[i].row);
        }
    }
    (void)close(fd);
    buf_done(&bytes);
    arena_free(a);
    return 0;
}
