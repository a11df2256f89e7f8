/* Errors: one row per kind in errors.def; what failed, its detail and its hint are kept until a
 * command or stage boundary prints them once. Library code never prints.
 *
 * A fallible function returns enum rc and is must-check. On failure it has called err_fail (or
 * passes on the rc of one that has). The record is one per process; a later err_fail replaces it. */
#ifndef BIDUI_BASE_ERR_H
#define BIDUI_BASE_ERR_H

#include <stdbool.h>

enum disposition { DISP_RETRY, DISP_REJECT_ROW, DISP_SKIP_SOURCE, DISP_STOP_RUN };

enum rc {
    RC_OK = 0,
#define ERROR_DEF(symbol, number, disposition, zh, en, hint_zh, hint_en) symbol = (number),
#include "base/errors.def"
#undef ERROR_DEF
};

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

/* Passes a failure up at once. */
#define TRY(expr)                                                                                  \
    do {                                                                                           \
        enum rc try_rc_ = (expr);                                                                  \
        if (try_rc_ != RC_OK) {                                                                    \
            return try_rc_;                                                                        \
        }                                                                                          \
    } while (0)

/* Records `rc` with a detail (never personal data; file, line, key or keyed record code) and returns it. */
enum rc err_fail(enum rc rc, const char *detail_fmt, ...) PRINTF_LIKE(2, 3) MUST_CHECK;
/* Replaces the default hint of the recorded error: a full sentence saying what to do. */
void err_hint(const char *hint_fmt, ...) PRINTF_LIKE(1, 2);
void err_clear(void);

enum rc err_last(void);
const char *err_detail(void);           /* "" when none */
const char *err_hint_text(void);        /* the set hint, else the row's, in the current language */
const char *err_text(enum rc rc);       /* primary text in the current language */
const char *err_symbol(enum rc rc);     /* "RC_IO" */
enum disposition err_disposition(enum rc rc);
/* One block on stderr: primary, detail, hint. `who` names the command or dataset. */
void err_print(const char *who);
/* Prints and ends the process, for what cannot be handed up: no memory, a broken environment. Exit code 2 for
 * RC_USAGE and RC_CONFIG, else 1. */
_Noreturn void err_die(enum rc rc, const char *detail_fmt, ...) PRINTF_LIKE(2, 3);

/* Language of user-facing text: Chinese unless set otherwise. */
void lang_set(bool english);
bool lang_is_english(void);
/* Usable as a printf format: both texts are checked against the arguments. */
const char *tr(const char *zh, const char *en) __attribute__((format_arg(1), format_arg(2)));

#endif
