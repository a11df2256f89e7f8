#include "pipeline/consent.h"

#include "base/charset.h"
#include "base/csv.h"
#include "base/fs.h"
#include "pipeline/audit.h"

#define FILE_MOST ((size_t)64 << 20)
#define MISTAKES_TOLD 20

enum column { HOUSEHOLD_NO, PERSON_NO, CONSENT_NO, SIGNED_ON, VALID_UNTIL, COLUMNS };
static const char *const names[COLUMNS] = {"户编号", "人编号", "授权书编号", "签署日期", "有效期至"};

struct reading {
    struct stage *s;
    FILE *out;
    const char *file;
    int at[COLUMNS];             /* position of each column; -1: none */
    bool has_header;
    int64_t loaded, mistakes;
};

static void mistake(struct reading *r, int64_t line, enum column column, const char *what)
{
    if (r->mistakes++ < MISTAKES_TOLD) {
        fprintf(r->out, "%s:%lld: %s: %s\n", r->file, (long long)line, names[column], what);
    }
}

static struct str cell(const struct reading *r, const struct csv_record *row, enum column column)
{
    int at = r->at[column];
    return at < 0 || (size_t)at >= row->n ? STR("") : str_trim(row->fields[at]);
}

static enum rc take_header(struct reading *r, const struct csv_record *row)
{
    for (int c = 0; c < COLUMNS; c++) {
        r->at[c] = -1;
        for (size_t i = 0; i < row->n; i++) {
            r->at[c] = str_is(str_trim(row->fields[i]), names[c]) ? (int)i : r->at[c];
        }
    }
    r->has_header = true;
    if (r->at[HOUSEHOLD_NO] >= 0 || r->at[PERSON_NO] >= 0) {
        if (r->at[CONSENT_NO] >= 0 && r->at[SIGNED_ON] >= 0) {
            return RC_OK;
        }
    }
    enum rc rc = err_fail(RC_FORMAT, "%s", r->file);
    err_hint("%s", tr("第一行应有 户编号(或 人编号)、授权书编号、签署日期,可有 有效期至。",
                      "The first line names 户编号 (or 人编号), 授权书编号, 签署日期, and 有效期至 where they end."));
    return rc;
}

/* "" where the column is blank; NULL with the mistake told. */
static const char *date_of(struct reading *r, const struct csv_record *row, enum column column)
{
    struct date_span span;
    char text[DATE_TEXT];
    struct str raw = cell(r, row, column);
    if (raw.n == 0) {
        return "";
    }
    if (date_parse(raw, &span) != RC_OK || span.first != span.last) {
        err_clear();
        mistake(r, row->line, column, tr("应为日期,如 2026-03-01", "expected a date, like 2026-03-01"));
        return NULL;
    }
    date_format(span.first, text);
    return arena_cstr(r->s->arena, str_from(text));
}

/* The person where one is named, else the household. */
static enum rc find_subject(struct reading *r, const struct csv_record *row, const char **ret_subject, int64_t *ret_id)
{
    struct str person = cell(r, row, PERSON_NO), household = cell(r, row, HOUSEHOLD_NO);
    bool is_person = person.n > 0;
    *ret_subject = is_person ? "person" : "household";
    *ret_id = 0;
    if (person.n == 0 && household.n == 0) {
        mistake(r, row->line, HOUSEHOLD_NO, tr("户编号和人编号都空", "neither household nor person"));
        return RC_OK;
    }
    TRY(db_query_i64(r->s->db,
                     is_person ? "select coalesce(max(person_id), 0) from bidui.person_key where county = $1 and person_no = $2"
                               : "select coalesce(max(household_id), 0) from bidui.household_key where county = $1"
                                 " and household_no = $2",
                     DB_PARAMS(r->s->config->county, arena_cstr(r->s->arena, is_person ? person : household)), ret_id));
    if (*ret_id == 0) {
        mistake(r, row->line, is_person ? PERSON_NO : HOUSEHOLD_NO, tr("底册中没有", "not on the roster"));
    }
    return RC_OK;
}

static enum rc take_row(struct reading *r, const struct csv_record *row)
{
    const char *subject = NULL;
    int64_t id = 0, before = r->mistakes;
    char number[DB_NUMBER];
    struct str consent = cell(r, row, CONSENT_NO);
    const char *on = date_of(r, row, SIGNED_ON), *until = date_of(r, row, VALID_UNTIL);
    TRY(find_subject(r, row, &subject, &id));
    if (consent.n == 0) {
        mistake(r, row->line, CONSENT_NO, tr("不能为空", "may not be blank"));
    }
    if (on != NULL && *on == '\0') {
        mistake(r, row->line, SIGNED_ON, tr("不能为空", "may not be blank"));
    }
    if (on != NULL && until != NULL && *until != '\0' && strcmp(until, on) < 0) {
        mistake(r, row->line, VALID_UNTIL, tr("早于签署日期", "before it was signed"));
    }
    if (r->mistakes > before) {
        return RC_OK;
    }
    r->loaded++;
    return db_run(r->s->db,
                  "insert into bidui.consent (county, consent_no, subject, subject_id, signed_on, valid_until)"
                  " values ($1, $2, $3, $4::bigint, $5::date, nullif($6, '')::date)"
                  " on conflict (county, consent_no, subject, subject_id) do update"
                  " set signed_on = excluded.signed_on, valid_until = excluded.valid_until",
                  DB_PARAMS(r->s->config->county, arena_cstr(r->s->arena, consent), subject, db_number(id, number), on,
                            until),
                  NULL);
}

static enum rc take_rows(struct reading *r, struct csv *csv)
{
    for (;;) {
        struct csv_record row;
        bool have = false;
        TRY(csv_next(csv, &row, &have));
        if (!have) {
            return RC_OK;
        }
        TRY(r->has_header ? take_row(r, &row) : take_header(r, &row));
    }
}

static enum rc read_text(const char *file, struct buf *text)
{
    struct buf bytes;
    struct charset *charset = NULL;
    buf_init(&bytes, FILE_MOST);
    enum rc rc = fs_read(file, FILE_MOST, &bytes);
    rc = rc == RC_OK ? charset_open("auto", buf_str(&bytes), &charset) : rc;
    rc = rc == RC_OK ? charset_feed(charset, buf_str(&bytes), true, text) : rc;
    charset_close(charset);
    buf_done(&bytes);
    return rc;
}

static enum rc read_rows(struct reading *r)
{
    struct buf text;
    struct csv *csv = csv_new((struct csv_dialect){0, '"'});
    buf_init(&text, FILE_MOST);
    enum rc rc = read_text(r->file, &text);
    if (rc == RC_OK) {
        csv_feed(csv, buf_str(&text), true);
        rc = take_rows(r, csv);
    }
    csv_free(csv);
    buf_done(&text);
    return rc;
}

static enum rc refuse(const struct reading *r)
{
    enum rc rc = err_fail(RC_FORMAT, tr("%s: %lld 处有误,没有载入", "%s: %lld mistakes, nothing was loaded"), r->file,
                          (long long)r->mistakes);
    err_hint("%s", tr("改正所列各行后重新载入。", "Mend the lines listed and load it again."));
    return rc;
}

enum rc consent_load(struct stage *s, const char *file, const char *by, FILE *out, int64_t *ret_loaded)
{
    struct reading r = {.s = s, .out = out, .file = file};
    DB_ROLLBACK struct db *tx = s->db;
    TRY(db_begin(s->db));
    TRY(read_rows(&r));
    if (r.mistakes > 0 || !r.has_header) {
        return refuse(&r);
    }
    TRY(audit_write(s, 0, by, "consent load", "consent", arena_printf(s->arena, "%lld", (long long)r.loaded)));
    *ret_loaded = r.loaded;
    return db_commit(s->db);
}
