/* Reading a binary COPY: each message is the file header, one row or the trailer (the first may be
 * header and row). */
#include <arpa/inet.h>
#include <stdlib.h>

#include "pipeline/db_internal.h"

#define SIGNATURE_BYTES 11
#define HEADER_BYTES 19 /* signature, flags, length of the extension */

struct fetch {
    struct db *db;
    int columns;
    struct str *fields; /* of the current row, pointing into message */
    char *message;      /* libpq's, freed when the next one is asked for */
    bool have_header, at_end;
    enum rc bad;
};

static uint32_t get_u32(const char *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return ntohl(v);
}

static uint16_t get_u16(const char *p)
{
    uint16_t v;
    memcpy(&v, p, 2);
    return ntohs(v);
}

static enum rc garbled(void)
{
    return err_fail(
        RC_BUG, "%s",
        tr("二进制 COPY 数据与预期的列不符", "binary COPY data do not have the expected shape"));
}

enum rc fetch_begin(struct db *db, const char *sql, int columns, struct fetch **ret)
{
    DB_RESULT PGresult *res = PQexec(db->conn, sql);
    if (PQresultStatus(res) != PGRES_COPY_OUT) {
        return db_fail(db, res);
    }
    struct fetch *f = db_malloc(sizeof *f);
    f->db = db;
    f->columns = columns;
    f->fields = db_malloc(sizeof *f->fields * (size_t)columns);
    *ret = f;
    return RC_OK;
}

void fetch_free(struct fetch *f)
{
    if (f == NULL) {
        return;
    }
    PQfreemem(f->message);
    if (!f->at_end) {
        db_cancel(f->db);
    }
    free(f->fields);
    free(f);
}

void fetch_free_cleanup(struct fetch **f)
{
    fetch_free(*f);
    *f = NULL;
}

static enum rc skip_header(struct fetch *f, struct str *message)
{
    if (message->n < HEADER_BYTES || memcmp(message->p, "PGCOPY\n\377\r\n", SIGNATURE_BYTES) != 0) {
        return garbled();
    }
    *message = str_sub(*message, HEADER_BYTES + (size_t)get_u32(message->p + 15), SIZE_MAX);
    f->have_header = true;
    return RC_OK;
}

/* Points the fields into the message. */
static enum rc split(struct fetch *f, struct str message)
{
    const char *p = message.p + 2, *end = message.p + message.n;
    for (int i = 0; i < f->columns; i++) {
        if (end - p < 4) {
            return garbled();
        }
        uint32_t n = get_u32(p);
        p += 4;
        f->fields[i] = n == UINT32_MAX ? STR_NULL : str_of(p, n);
        n = n == UINT32_MAX ? 0 : n;
        if ((size_t)(end - p) < n) {
            return garbled();
        }
        p += n;
    }
    return p == end ? RC_OK : garbled();
}

/* A row (*ret_row), or a message without one: the header alone, the trailer. */
static enum rc take_message(struct fetch *f, struct str message, bool *ret_row)
{
    if (!f->have_header) {
        TRY(skip_header(f, &message));
    }
    *ret_row = false;
    if (message.n == 0) {
        return RC_OK;
    }
    if (message.n < 2) {
        return garbled();
    }
    uint16_t columns = get_u16(message.p);
    if (columns == UINT16_MAX) {
        return RC_OK;
    }
    if (columns != f->columns) {
        return garbled();
    }
    *ret_row = true;
    return split(f, message);
}

enum rc fetch_next(struct fetch *f, bool *ret_have)
{
    bool have_row = false;
    while (f->bad == RC_OK && !have_row) {
        PQfreemem(f->message);
        f->message = NULL;
        int n = f->at_end ? -1 : PQgetCopyData(f->db->conn, &f->message, 0);
        if (n < 0) {
            if (!f->at_end) {
                f->at_end = true;
                f->bad = db_drain(f->db);
            }
            break;
        }
        f->bad = take_message(f, str_of(f->message, (size_t)n), &have_row);
    }
    TRY(f->bad);
    *ret_have = have_row;
    return RC_OK;
}

/* ---- Fields ---- */

bool fetch_is_null(const struct fetch *f, int column)
{
    return str_is_null(f->fields[column]);
}

struct str fetch_text(const struct fetch *f, int column)
{
    return f->fields[column];
}

/* The bytes of a fixed-width field, NULL for null or a column of another width. */
static const char *fixed(struct fetch *f, int column, size_t width)
{
    struct str s = f->fields[column];
    if (!str_is_null(s) && s.n != width) {
        f->bad = garbled();
        return NULL;
    }
    return s.p;
}

int64_t fetch_i64(struct fetch *f, int column)
{
    const char *p = fixed(f, column, 8);
    return p != NULL ? (int64_t)((uint64_t)get_u32(p) << 32 | get_u32(p + 4)) : 0;
}

int32_t fetch_i32(struct fetch *f, int column)
{
    const char *p = fixed(f, column, 4);
    return p != NULL ? (int32_t)get_u32(p) : 0;
}

int16_t fetch_i16(struct fetch *f, int column)
{
    const char *p = fixed(f, column, 2);
    return p != NULL ? (int16_t)get_u16(p) : (int16_t)0;
}

bool fetch_bool(struct fetch *f, int column)
{
    const char *p = fixed(f, column, 1);
    return p != NULL && *p != 0;
}

date_t fetch_date(struct fetch *f, int column)
{
    const char *p = fixed(f, column, 4);
    return p != NULL ? (date_t)get_u32(p) : DATE_NONE;
}

int64_t fetch_instant(struct fetch *f, int column)
{
    return fetch_i64(f, column);
}
