#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define EPOCH_2000_S INT64_C(946684800) /* of 2000-01-01 in Unix time */
#define LOCAL_OFFSET_S (INT64_C(8) * 3600)
#define DAY_US INT64_C(86400000000)

int64_t clock_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (now.tv_sec - EPOCH_2000_S + LOCAL_OFFSET_S) * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_unix_ms(void)
{
    return clock_to_unix_ms(clock_now_us());
}

int64_t clock_from_unix_ms(int64_t ms)
{
    return (ms - (EPOCH_2000_S - LOCAL_OFFSET_S) * 1000) * 1000;
}

int64_t clock_to_unix_ms(int64_t us)
{
    return us / 1000 + (EPOCH_2000_S - LOCAL_OFFSET_S) * 1000;
}

/* A mistyped override must not silently become today: a trial would run on the wrong date. */
date_t clock_today(void)
{
    const char *override = getenv("BIDUI_TODAY");
    date_t day = 0;
    if (override == NULL || *override == '\0') {
        return (date_t)(clock_now_us() / DAY_US);
    }
    if (!date_parse_iso(str_from(override), &day)) {
        err_die(RC_USAGE, tr("BIDUI_TODAY 应为 YYYY-MM-DD", "BIDUI_TODAY must be YYYY-MM-DD"));
    }
    return day;
}

int64_t clock_local_us(void)
{
    return clock_today() * DAY_US + clock_now_us() % DAY_US;
}

int64_t clock_monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void clock_sleep_ms(int64_t ms)
{
    struct timespec left = {ms / 1000, ms % 1000 * 1000000};
    while (ms > 0 && clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) {
    }
}
