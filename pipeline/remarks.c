#include "pipeline/remarks.h"

#include <stdio.h>

#include "base/encode.h"
#include "base/scan.h"
#include "base/text.h"
#include "pipeline/alert/alert.h"

#define PLAIN_MAX ((size_t)4 << 20)

/* ---- Numbers ---- */

#define ROW_MOST 7    /* digits in a row that may stay */
#define PARTED_MOST 10 /* digits parted by blanks and hyphens that may stay: 10800-12000 does, 139 1234 5678 does not */
#define IDNO_DIGITS 17

/* Bytes of the blank or hyphen that s begins with. */
static size_t parting(struct str s)
{
    static const char *const partings[] = {" ", "\t", "-", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2212"};
    for (size_t i = 0; i < sizeof partings / sizeof *partings; i++) {
        if (str_starts(s, str_from(partings[i]))) {
            return strlen(partings[i]);
        }
    }
    return 0;
}

/* A run of digits and what parts them, from a digit to a digit. */
struct run {
    size_t n, digits, longest;           /* bytes; digits in all, and in the longest row of them */
};

static struct run run_of(struct str s)
{
    struct run run = {0};
    size_t at = 0, row = scan_digits(s);
    while (row > 0) {
        at += row;
        run = (struct run){at, run.digits + row, row > run.longest ? row : run.longest};
        for (size_t part = parting(str_sub(s, at, s.n)); part > 0; part = parting(str_sub(s, at, s.n))) {
            at += part;
        }
        row = scan_digits(str_sub(s, at, s.n));
    }
    return run;
}

static bool is_lead_no(struct str digits)
{
    char right[LEAD_NO];
    if (digits.n != LEAD_NO - 1 || digits.p[0] < '2') { /* those of a mobile phone begin with 1 */
        return false;
    }
    alert_lead_no(scan_fixed(digits.p, 2), scan_fixed(digits.p + 2, 6), right);
    return str_is(digits, right);
}

/* Bytes of the day s begins with, as people write it (2026-11-3), 0 if with none. */
static size_t day_at(struct str s)
{
    size_t month = scan_digits(str_sub(s, 5 < s.n ? 5 : s.n, s.n)), end = 6 + month;
    if (scan_digits(s) != 4 || (!str_starts(s, STR("19")) && !str_starts(s, STR("20"))) || s.n < 8 || s.p[4] != '-' || month < 1 ||
        month > 2 || end >= s.n || s.p[end - 1] != '-') {
        return 0;
    }
    size_t of_month = scan_digits(str_sub(s, end, s.n));
    bool is_day = of_month >= 1 && of_month <= 2 &&
                  date_is_valid(scan_fixed(s.p, 4), scan_fixed(s.p + 5, month), scan_fixed(s.p + end, of_month));
    return is_day ? end + of_month : 0;
}

/* Bytes at the beginning that may stay; 0: the run is a number of somebody. */
static size_t kept_at(struct str s)
{
    struct str row = str_sub(s, 0, scan_digits(s));
    struct run run = run_of(s);
    size_t day = day_at(s);
    bool is_number = run.longest > ROW_MOST || run.digits > PARTED_MOST;
    return day > 0 ? day : is_lead_no(row) ? row.n : is_number ? 0 : run.n;
}

static void star(char *out, struct str run)
{
    for (size_t i = 0; i < run.n; i++) {
        out[i] = scan_is_digit(run.p[i]) ? '*' : run.p[i];
    }
}

struct str remark_clean(struct arena *a, struct str text)
{
    struct str s = arena_str(a, text_fold(a, text));
    char *out = arena_alloc(a, s.n + 1);
    size_t at = 0;
    while (at < s.n) {
        struct str rest = str_sub(s, at, s.n);
        struct run run = run_of(rest);
        size_t kept = run.n == 0 ? 1 : kept_at(rest), n = kept > 0 ? kept : run.n;
        memcpy(out + at, rest.p, n);
        if (kept == 0) {
            star(out + at, str_sub(rest, 0, n));
            bool ends_in_x = run.digits >= IDNO_DIGITS && n < rest.n && (rest.p[n] == 'X' || rest.p[n] == 'x');
            out[at + n] = ends_in_x ? '*' : out[at + n];
            n += ends_in_x ? 1 : 0;
        }
        at += n;
    }
    return str_of(out, s.n);
}

/* ---- Sealing ---- */

static struct str context(char text[96], const char *about, struct str id)
{
    (void)snprintf(text, 96, "%s %.*s", about, STR_ARGS(id));
    return str_from(text);
}

enum rc remark_seal(const struct config *config, const char *about, struct str id, struct str text, struct buf *out)
{
    char bound[96];
    return crypto_seal(&config->seal_key, text, context(bound, about, id), out);
}

enum rc remark_seal_hex(const struct config *config, struct arena *a, const char *about, struct str id, struct str text, struct str *ret)
{
    struct buf sealed, hex;
    buf_init(&sealed, PLAIN_MAX);
    buf_init(&hex, PLAIN_MAX);
    enum rc rc = remark_seal(config, about, id, text, &sealed);
    rc = rc == RC_OK ? encoding_write(ENCODING_HEX, buf_str(&sealed), &hex) : rc;
    *ret = rc == RC_OK ? arena_str(a, buf_str(&hex)) : STR_NULL;
    buf_done(&sealed);
    buf_done(&hex);
    return rc;
}

static enum rc open_hex(const struct config *config, struct str bound, struct str hex, struct buf *bytes, struct buf *plain)
{
    TRY(encoding_read(ENCODING_HEX, hex, bytes));
    return crypto_open(&config->seal_key, buf_str(bytes), bound, plain);
}

enum rc remark_open(const struct config *config, struct arena *a, const char *about, struct str id, struct str hex, struct str *ret)
{
    char bound[96];
    struct buf bytes, plain;
    if (str_is_null(hex)) {
        *ret = STR("");
        return RC_OK;
    }
    buf_init(&bytes, PLAIN_MAX);
    buf_init(&plain, PLAIN_MAX);
    enum rc rc = open_hex(config, context(bound, about, id), hex, &bytes, &plain);
    if (rc == RC_OK) {
        *ret = arena_str(a, buf_str(&plain));
    }
    buf_done(&bytes);
    buf_done(&plain);
    return rc;
}

/* ---- Their end ---- */

/* Replaced by another, or its lead is over, so long ago. $1 county, $2 the last day of which remarks go. */
#define OF_A_LEAD(table)                                                                                                       \
    ("update bidui." table " r set sealed = null where r.county = $1 and r.sealed is not null and ("                           \
    " exists (select from bidui.edition e where e.county = $1 and e.edition = r.ended and e.as_of <= $2::date) or"             \
    " exists (select from bidui.lead_state t join bidui.edition e on e.county = $1 and e.edition = t.edition"                  \
    "  and e.as_of <= $2::date where t.county = $1 and t.lead_id = r.lead_id and t.state in ('cleared', 'answered', 'withdrawn')))")

static const char *const empty[] = {
    OF_A_LEAD("result"),
    OF_A_LEAD("decision"),
    "update bidui.withdrawal r set sealed = null from bidui.edition e where r.county = $1 and r.sealed is not null"
    " and e.county = $1 and e.edition = r.learned and e.as_of <= $2::date",
};

enum rc remarks_empty(struct stage *s)
{
    char before[DATE_TEXT];
    date_format(date_add_days(edition_today(&s->edition), -s->config->remark_days), before);
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
        TRY(db_run(s->db, empty[i], DB_PARAMS(s->config->county, before), NULL));
    }
    return RC_OK;
}
