/* What requests in flight are worth against a department that takes 20 ms an answer: `make bench-http`. */
#include "tests/lib/http_departments.h"

#define CONNECTION(parallel) EDUCATION_PLUS("timeout: 10s\nparallel: " parallel "\n")
#define PAGES_OF_20                                                                                \
    "request: {path: /enrolment}\n"                                                                \
    "paging: {kind: page_number, page: page, size: pageSize, page_size: 45, total: /data/total}\n" \
    "records: /data/rows\n"

static int64_t read_ms(const char *connection)
{
    int64_t begin_ms = clock_monotonic_ms();
    pull(connection, PAGES_OF_20, "XJH");
    assert_int_equal(reading.last, CONN_END);
    assert_rows('P', 0, PEOPLE);
    return clock_monotonic_ms() - begin_ms;
}

int main(void)
{
    void *state = NULL;
    start_departments(&state);
    misbehave("education.enrolment latency 20");
    int64_t serial_ms = read_ms(CONNECTION("1")), eight_ms = read_ms(CONNECTION("8"));
    printf("http: %zu pages at 20 ms: one at a time %lld ms, 8 in flight %lld ms; ratio %.1f\n", reading.pages,
           (long long)serial_ms, (long long)eight_ms, (double)serial_ms / (double)eight_ms);
    stop_departments(&state);
    return 0;
}
