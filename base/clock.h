/* The only place that asks the machine for the time. Decisions take the run's date, never this. */
#ifndef BIDUI_BASE_CLOCK_H
#define BIDUI_BASE_CLOCK_H

#include "base/date.h"

date_t clock_today(void);                /* at UTC+08:00; BIDUI_TODAY=YYYY-MM-DD overrides, for trials and tests */
int64_t clock_local_us(void);            /* the hour of now on clock_today: when a person did something */
int64_t clock_now_us(void);              /* wall clock, microseconds since 2000-01-01, UTC+08:00; logs and clocks of people only */
/* The real clock, whatever BIDUI_TODAY says: credentials and signatures. */
int64_t clock_unix_ms(void);
int64_t clock_from_unix_ms(int64_t ms);  /* as clock_now_us counts */
int64_t clock_to_unix_ms(int64_t us);
int64_t clock_monotonic_ms(void);
void clock_sleep_ms(int64_t ms);

#endif
