/* Logs: logfmt lines on stderr (JSON with log_json). Never personal data: dataset names, counts, keyed codes.
 * `event` is a stable English word pair; further arguments are key, value pairs made with LOG_S and LOG_I. */
#ifndef BIDUI_BASE_LOG_H
#define BIDUI_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
struct log_field {
    const char *key;
    const char *text;                                /* NULL: number is meant */
    int64_t number;
};
static inline const char *log_text(const char *text) { return text ? text : ""; }
#define LOG_S(k, v) ((struct log_field){(k), log_text(v), 0})
#define LOG_I(k, v) ((struct log_field){(k), NULL, (int64_t)(v)})

void log_setup(enum log_level least, bool json);
void log_write(enum log_level level, const char *event, int n, const struct log_field *fields);
#define log_event(level, event, ...)                                                               \
    log_write((level), (event),                                                                    \
              (int)(sizeof((struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field)),         \
              (struct log_field[]){__VA_ARGS__})
/* A progress line on a terminal (rewritten in place); nothing when stderr is no terminal. */
void log_progress(const char *what, int64_t done, int64_t total);
void log_progress_end(void);

#endif
