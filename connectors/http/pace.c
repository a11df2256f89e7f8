#include "connectors/http/pace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "connectors/http/shared.h"

#define DAY_MIN (24 * 60)
#define LONGEST_ROW_US (INT64_C(3600) * 1000000) /* a row longer than that is of a clock that began anew */

const struct key_spec pace_keys[] = {
    {.name = "per_second", .type = KEY_INT, .zh = "每秒最多请求数", .en = "most requests a second", .least = 1, .most = 1000},
    {.name = "per_minute", .type = KEY_INT, .zh = "每分钟最多请求数", .en = "most requests a minute", .least = 1, .most = 60000},
    {.name = "at_once",
     .type = KEY_INT,
     .zh = "该部门所有数据集同时进行的请求数",
     .en = "requests on their way at once, of all the department's datasets",
     .least = 1,
     .most = PACE_MOST_AT_ONCE},
    {.name = "hours",
     .type = KEY_TEXT,
     .zh = "允许取数的时段(北京时间),如 22:00-06:00",
     .en = "hours in which to ask (UTC+08:00), like 22:00-06:00"},
    {.name = "night_requests",
     .type = KEY_INT,
     .zh = "一夜(中午到中午)最多请求数",
     .en = "most requests in one night, noon to noon",
     .least = 1,
     .most = INT32_MAX},
    {.name = "night_time",
     .type = KEY_DURATION,
     .zh = "一夜从第一个请求算起最长时间",
     .en = "longest time of one night, from its first request"},
    {0},
};

/* ---- reading ---- */

static bool parse_minute(struct str s, int *ret)
{
    int64_t hour = 0, minute = 0;
    struct str h = str_cut(&s, ':');
    if (h.n != 2 || s.n != 2 || !str_to_i64(h, &hour) || !str_to_i64(s, &minute)) {
        return false;
    }
    *ret = (int)(hour * 60 + minute);
    return hour >= 0 && minute >= 0 && minute < 60 && *ret <= DAY_MIN;
}

bool pace_parse_hours(struct str s, int *ret_from_min, int *ret_to_min)
{
    struct str from = str_cut(&s, '-');
    return parse_minute(from, ret_from_min) && parse_minute(s, ret_to_min) &&
           *ret_from_min != *ret_to_min;
}

void pace_check(struct problems *p, const struct yaml *limits)
{
    const struct yaml *hours = yaml_get(limits, "hours");
    int from = 0, to = 0;
    if (yaml_get(limits, "per_second") != NULL && yaml_get(limits, "per_minute") != NULL) {
        problem_add(p, yaml_get(limits, "per_minute"), tr("只留一个。", "Keep one of them."), "%s",
                    tr("per_second 与 per_minute 只能有一个", "there is one of per_second and per_minute"));
    }
    if (hours != NULL && hours->kind == YAML_SCALAR && !pace_parse_hours(hours->text, &from, &to)) {
        problem_add(p, hours, "hours: \"22:00-06:00\"", "%s",
                    tr("应为两个时刻,如 22:00-06:00", "must be two times of day, like 22:00-06:00"));
    }
}

static int64_t number(const struct yaml *limits, const char *key)
{
    int64_t n = 0;
    return str_to_i64(yaml_text(limits, key), &n) && n > 0 ? n : 0;
}

enum rc pace_read(const struct source *s, const struct yaml *limits, struct pace *ret)
{
    struct str department = str_from(s->dataset);
    int64_t second = number(limits, "per_second"), minute = number(limits, "per_minute");
    struct pace p = {.arena = s->arena, .key = s->seal_key};
    p.limits.interval_us = second > 0 ? 1000000 / second : minute > 0 ? 60000000 / minute : 0;
    p.limits.at_once = number(limits, "at_once");
    p.limits.night_requests = number(limits, "night_requests");
    (void)keys_duration_ms(yaml_text(limits, "night_time"), &p.limits.night_ms);
    if (!pace_parse_hours(yaml_text(limits, "hours"), &p.limits.from_min, &p.limits.to_min)) {
        p.limits.from_min = p.limits.to_min = 0;
    }
    if (p.key != NULL && p.key->is_set) {
        crypto_code(p.key, "pace", str_cut(&department, '.'), p.code);
    }
    *ret = p;
    return RC_OK;
}

/* ---- reckoning ---- */

static bool is_hour(const struct pace_limits *l, int64_t unix_ms)
{
    int now = (int)(clock_from_unix_ms(unix_ms) / 60000000 % DAY_MIN);
    if (l->from_min == l->to_min) {
        return true;
    }
    bool is_overnight = l->from_min > l->to_min;
    return is_overnight ? now >= l->from_min || now < l->to_min
                        : now >= l->from_min && now < l->to_min;
}

static enum rc check_night(const struct pace_limits *l, struct pace_state *s, int64_t unix_ms)
{
    int64_t night = (clock_from_unix_ms(unix_ms) / 60000000 - DAY_MIN / 2) / DAY_MIN;
    if (s->night != night) {
        s->night = night;
        s->requests = 0;
        s->began_ms = unix_ms;
    }
    if (l->night_requests > 0 && s->requests >= l->night_requests) {
        return err_fail(RC_NOT_NOW, tr("今夜已请求 %lld 次(limits.night_requests)",
                                       "asked %lld times this night (limits.night_requests)"),
                        (long long)s->requests);
    }
    if (l->night_ms > 0 && unix_ms - s->began_ms >= l->night_ms) {
        return err_fail(RC_NOT_NOW, "%s", tr("今夜的时间已用完(limits.night_time)",
                                             "this night's time is used up (limits.night_time)"));
    }
    return RC_OK;
}

enum rc pace_step(const struct pace_limits *l, struct pace_state *s, int64_t now_us,
                  int64_t unix_ms, bool may_wait, int64_t *ret_wait_us)
{
    if (!is_hour(l, unix_ms)) {
        return err_fail(RC_NOT_NOW, tr("不在允许的时段 %02d:%02d-%02d:%02d(limits.hours)",
                                       "outside %02d:%02d-%02d:%02d (limits.hours)"),
                        l->from_min / 60, l->from_min % 60, l->to_min / 60, l->to_min % 60);
    }
    TRY(check_night(l, s, unix_ms));
    if (s->next_us < now_us || s->next_us > now_us + LONGEST_ROW_US) {
        s->next_us = now_us;
    }
    *ret_wait_us = s->next_us - now_us;
    if (may_wait || *ret_wait_us == 0) {
        s->next_us += l->interval_us;
        s->requests++;
    }
    return RC_OK;
}

/* ---- what the workers share ---- */

static bool is_limited(const struct pace_limits *l)
{
    return l->interval_us > 0 || l->night_requests > 0 || l->night_ms > 0 ||
           l->from_min != l->to_min;
}

static enum rc step_shared(struct pace *p, const struct shared *s, bool may_wait,
                           int64_t *ret_wait_us)
{
    struct buf kept;
    struct pace_state state = {0};
    buf_init(&kept, sizeof state);
    enum rc rc = shared_read(s, &kept);
    if (rc == RC_OK && kept.n == sizeof state) {
        memcpy(&state, kept.p, sizeof state);
    }
    buf_done(&kept);
    TRY(rc);
    TRY(pace_step(&p->limits, &state, clock_monotonic_ms() * 1000, clock_unix_ms(), may_wait,
                  ret_wait_us));
    return shared_write(s, str_of((const char *)&state, sizeof state));
}

enum rc pace_take(struct pace *p, bool may_wait, int64_t *ret_wait_us)
{
    struct shared s;
    *ret_wait_us = 0;
    if (!is_limited(&p->limits)) {
        return RC_OK;
    }
    if (p->code[0] == '\0') {
        return pace_step(&p->limits, &p->own, clock_monotonic_ms() * 1000, clock_unix_ms(),
                         may_wait, ret_wait_us);
    }
    TRY(shared_lock(p->arena, p->key, p->code, &s));
    enum rc rc = step_shared(p, &s, may_wait, ret_wait_us);
    shared_unlock(&s);
    return rc;
}

static bool lock_byte(int fd, int64_t at, bool waits)
{
    struct flock place = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};
    int done;
    do {
        done = fcntl(fd, waits ? F_OFD_SETLKW : F_OFD_SETLK, &place);
    } while (done != 0 && errno == EINTR);
    return done == 0;
}

enum rc pace_hold(struct pace *p, bool may_wait, int *ret_fd, bool *ret_free)
{
    int fd = -1;
    *ret_fd = -1;
    *ret_free = true;
    if (p->limits.at_once == 0 || p->code[0] == '\0') {
        return RC_OK;
    }
    TRY(shared_open(p->arena, arena_printf(p->arena, "%s.places", p->code), &fd));
    for (int64_t i = 0; i < p->limits.at_once; i++) {
        if (lock_byte(fd, i, false)) {
            *ret_fd = fd;
            return RC_OK;
        }
    }
    if (may_wait && lock_byte(fd, (int64_t)getpid() % p->limits.at_once, true)) {
        *ret_fd = fd;
        return RC_OK;
    }
    close(fd);
    *ret_free = false;
    return may_wait ? err_fail(RC_IO, "fcntl: %s", strerror(errno)) : RC_OK;
}
