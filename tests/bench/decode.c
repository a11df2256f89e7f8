/* How fast pages of JSON become rows, beside yajl parsing the same bytes for nothing: `make bench-decode`. Amounts are
 * held against those that were written, digit for digit. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <yajl/yajl_parse.h>

#include "connectors/document.h"

#define RECORDS 1000
#define PAGES 400
#define ROUNDS 5
#define COLUMNS 7

static const char *const columns[COLUMNS] = {"setl_id", "certno", "psn_name", "medfee_sumamt", "fund_pay_sumamt",
                                             "setl_time", "updt_time"};

/* The amount of record i, as it is written. */
static int amount(char out[32], int i)
{
    return sprintf(out, "%d.%02d", i * 7919 % 100000, i % 100);
}

static void write_page(struct buf *b)
{
    enum rc rc = buf_puts(b, STR("{\"code\":0,\"message\":\"成功\",\"data\":{\"total\":1000,\"rows\":["));
    for (int i = 0; i < RECORDS && rc == RC_OK; i++) {
        char fee[32];
        amount(fee, i);
        rc = buf_printf(b,
                        "%s{\"setl_id\":\"S%09d\",\"certno\":\"99012119%02d0%d1500%02d\",\"psn_name\":\"某某%d\","
                        "\"fixmedins_code\":\"H99012100%03d\",\"fixmedins_name\":\"某县人民医院\",\"med_type\":\"21\","
                        "\"medfee_sumamt\":%s,\"fund_pay_sumamt\":%d.5,\"setl_time\":\"2026-11-%02d 08:%02d:00\","
                        "\"updt_time\":\"2026-11-%02d 09:00:00\"}",
                        i == 0 ? "" : ",", i, i % 90 + 10, i % 9 + 1, i % 90 + 10, i, i % 1000, fee, i, i % 28 + 1,
                        i % 60, i % 28 + 1);
    }
    if (rc != RC_OK || buf_puts(b, STR("]}}")) != RC_OK) {
        err_die(rc, "page");
    }
}

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double drain_s(struct str body)
{
    static const yajl_callbacks callbacks = {0};
    double begin = cpu_s();
    for (int i = 0; i < PAGES; i++) {
        yajl_handle h = yajl_alloc(&callbacks, NULL, NULL);
        if (yajl_parse(h, (const unsigned char *)body.p, body.n) != yajl_status_ok ||
            yajl_complete_parse(h) != yajl_status_ok) {
            err_die(RC_FORMAT, "yajl");
        }
        yajl_free(h);
    }
    return cpu_s() - begin;
}

static void check_amounts(const struct document_page *page)
{
    for (int i = 0; i < RECORDS; i++) {
        char fee[32];
        amount(fee, i);
        if (!str_is(page->values[i * COLUMNS + 3], fee)) {
            err_die(RC_BUG, "amount of record %d", i);
        }
    }
}

static double decode_s(struct document *d, struct str body, struct arena *a)
{
    double begin = cpu_s();
    for (int i = 0; i < PAGES; i++) {
        struct document_page page;
        bool is_cut = false;
        arena_reset(a);
        if (document_decode(d, body, a, &page, &is_cut) != RC_OK || page.rows != RECORDS) {
            err_die(RC_FORMAT, "%s", err_detail());
        }
        if (i == 0) {
            check_amounts(&page);
        }
    }
    return cpu_s() - begin;
}

int main(void)
{
    struct document_wants wants = {.records = "/data/rows", .columns = columns, .column_count = COLUMNS,
                                   .scalars = {"/code", "/data/total"}};
    struct arena *a = arena_new((size_t)1 << 28);
    struct document *d = NULL;
    struct buf b;
    double ours = 1e9, theirs = 1e9;
    buf_init(&b, (size_t)1 << 24);
    write_page(&b);
    if (document_open(&wants, &d) != RC_OK) {
        err_die(err_last(), "%s", err_detail());
    }
    for (int i = 0; i < ROUNDS; i++) { /* by turns, so that a noisy machine is noisy for both; the best of each */
        double t = drain_s(buf_str(&b)), o = decode_s(d, buf_str(&b), a);
        theirs = t < theirs ? t : theirs;
        ours = o < ours ? o : ours;
    }
    double mb = (double)b.n * PAGES / 1e6;
    printf("decode: %.0f MB/s, %.2f M records/s; yajl's own drain %.0f MB/s; ratio %.2f\n", mb / ours,
           RECORDS * PAGES / ours / 1e6, mb / theirs, theirs / ours);
    document_close(d);
    arena_free(a);
    buf_done(&b);
    return theirs / ours >= 0.8 ? 0 : 1;
}
