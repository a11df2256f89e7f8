/* How much a department may be asked, by all workers together: requests a second or minute, at once, in which hours,
 * and how many and how long in one night (noon to noon, UTC+08:00). The count lies in a shared file; a killed worker
 * gives back what it held. */
#ifndef BIDUI_CONNECTORS_HTTP_PACE_H
#define BIDUI_CONNECTORS_HTTP_PACE_H

#include "connectors/connector.h"

#define PACE_MOST_AT_ONCE 64

struct pace_limits {
    int64_t interval_us;                 /* between requests; 0: any */
    int64_t at_once;                     /* 0: any */
    int from_min, to_min;                /* minutes of the day; equal: all day */
    int64_t night_requests, night_ms;    /* 0: any */
};

struct pace_state {
    int64_t next_us;                     /* monotonic: when the next request is free to go */
    int64_t night, requests, began_ms;   /* of this night */
};

struct pace {
    struct pace_limits limits;
    struct pace_state own;               /* without a seal key nothing is shared */
    const struct key *key;
    char code[CODE_TEXT];                /* of the department */
    struct arena *arena;
};

extern const struct key_spec pace_keys[];
void pace_check(struct problems *p, const struct yaml *limits);
/* "22:00-06:00" */
bool pace_parse_hours(struct str s, int *ret_from_min, int *ret_to_min);

enum rc pace_read(const struct source *s, const struct yaml *limits, struct pace *ret) MUST_CHECK;
/* Takes the next place in the row; *ret_wait_us until it is ours. Without `may_wait` a place that is not free at once
 * is not taken, and *ret_wait_us tells so. RC_NOT_NOW outside the hours or beyond the night's share. */
enum rc pace_take(struct pace *p, bool may_wait, int64_t *ret_wait_us) MUST_CHECK;
/* One of `at_once` places, held as long as *ret_fd is open; -1: none is needed, or, without `may_wait`, none free
 * (*ret_free is false then). */
enum rc pace_hold(struct pace *p, bool may_wait, int *ret_fd, bool *ret_free) MUST_CHECK;

/* Pure reckoning, for pace_take. */
enum rc pace_step(const struct pace_limits *l, struct pace_state *s, int64_t now_us, int64_t unix_ms, bool may_wait,
                  int64_t *ret_wait_us) MUST_CHECK;

#endif
