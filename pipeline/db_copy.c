/* COPY in binary: fields are appended to one buffer in network byte order and sent in large pieces.
 */
#include <arpa/inet.h>
#include <stdlib.h>

#include "pipeline/db_internal.h"

#define PIECE ((size_t)64 << 10)      /* sent when full; also the unit of a held writer's sending */
#define STREAM_MAX ((size_t)64 << 20) /* a single row beyond this is a mistake */
#define OID_INT8 20u
#define OID_TEXT 25u

static const char signature[19] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0";

struct copy {
    struct db *db; /* NULL while its rows are held */
    const char *sql;
    int columns;
    int fields; /* written of the current row; columns before the first */
    int64_t rows;
    unsigned char *p;
    size_t n, cap, max;
    enum rc bad; /* sticks */
};

/* ---- The buffer ---- */

static bool grow(struct copy *c, size_t need)
{
    if (need > c->max) {
        c->bad =
            err_fail(RC_LIMIT, tr("一批数据超过 %zu 字节", "a batch exceeds %zu bytes"), c->max);
        return false;
    }
    size_t cap = c->cap;
    while (cap < need) {
        cap = cap * 2;
    }
    unsigned char *p = realloc(c->p, cap);
    if (p == NULL) {
        err_die(RC_MEMORY, "%zu", cap);
    }
    c->p = p;
    c->cap = cap;
    return true;
}

static unsigned char *room(struct copy *c, size_t n)
{
    if (c->bad != RC_OK || (c->cap - c->n < n && !grow(c, c->n + n))) {
        return NULL;
    }
    unsigned char *p = c->p + c->n;
    c->n += n;
    return p;
}

static unsigned char *put_u32(unsigned char *p, uint32_t v)
{
    v = htonl(v);
    return (unsigned char *)memcpy(p, &v, 4) + 4;
}

static unsigned char *put_u64(unsigned char *p, uint64_t v)
{
    return put_u32(put_u32(p, (uint32_t)(v >> 32)), (uint32_t)v);
}

/* Length and room for one field's bytes; NULL once something went wrong. */
static unsigned char *field(struct copy *c, size_t n)
{
    c->fields++;
    if (n > INT32_MAX) {
        n = c->max; /* cannot fit: room says so */
    }
    unsigned char *p = room(c, n + 4);
    return p != NULL ? put_u32(p, (uint32_t)n) : NULL;
}

/* ---- Sending ---- */

/* When the server refused, its answer says why, and better than libpq's "no COPY in progress". */
static enum rc put_data(struct db *db, const void *p, size_t n)
{
    for (size_t done = 0; done < n;) {
        size_t piece = n - done < PIECE ? n - done : PIECE;
        if (PQputCopyData(db->conn, (const char *)p + done, (int)piece) != 1) {
            enum rc rc = db_drain(db);
            return rc != RC_OK ? rc : db_fail(db, NULL);
        }
        done += piece;
    }
    return RC_OK;
}

static enum rc start(struct db *db, const char *sql)
{
    DB_RESULT PGresult *res = PQexec(db->conn, sql);
    if (PQresultStatus(res) != PGRES_COPY_IN) {
        return db_fail(db, res);
    }
    return put_data(db, signature, sizeof signature);
}

static enum rc finish(struct db *db)
{
    static const unsigned char trailer[2] = {0xff, 0xff};
    TRY(put_data(db, trailer, sizeof trailer));
    if (PQputCopyEnd(db->conn, NULL) != 1) {
        return db_fail(db, NULL);
    }
    return db_drain(db);
}

static enum rc check_row(struct copy *c)
{
    if (c->bad == RC_OK && c->fields != c->columns) {
        c->bad = err_fail(
            RC_BUG, tr("COPY 行有 %d 列,应为 %d 列", "a COPY row has %d fields instead of %d"),
            c->fields, c->columns);
    }
    return c->bad;
}

/* ---- Life ---- */

struct copy *copy_hold(const char *sql, int columns, size_t max_bytes)
{
    struct copy *c = db_malloc(sizeof *c);
    c->sql = sql;
    c->columns = c->fields = columns;
    c->cap = 4096;
    c->max = max_bytes < c->cap ? c->cap : max_bytes;
    c->p = db_malloc(c->cap);
    return c;
}

enum rc copy_begin(struct db *db, const char *sql, int columns, struct copy **ret)
{
    TRY(db_need_transaction(db, "copy_begin"));
    TRY(start(db, sql));
    struct copy *c = copy_hold(sql, columns, STREAM_MAX);
    c->db = db;
    *ret = c;
    return RC_OK;
}

static enum rc end_stream(struct copy *c)
{
    TRY(check_row(c));
    TRY(put_data(c->db, c->p, c->n));
    return finish(c->db);
}

enum rc copy_end(struct copy *c)
{
    enum rc rc = end_stream(c);
    if (rc == RC_OK) {
        c->db = NULL; /* nothing left to abandon */
    }
    copy_free(c);
    return rc;
}

enum rc copy_flow(struct copy *c, struct db *db)
{
    TRY(check_row(c));
    TRY(db_need_transaction(db, "copy_flow"));
    TRY(start(db, c->sql));
    c->db = db;
    return RC_OK;
}

enum rc copy_send(struct copy *c, struct db *db)
{
    TRY(check_row(c));
    if (c->rows == 0 && c->db == NULL) {
        return RC_OK;
    }
    TRY(db_need_transaction(db, "copy_send"));
    TRY(c->db != NULL ? RC_OK : start(db, c->sql));
    TRY(put_data(db, c->p, c->n));
    TRY(finish(db));
    c->db = NULL;
    c->n = 0;
    c->rows = 0;
    return RC_OK;
}

void copy_forget(struct copy *c)
{
    c->db = NULL;
    c->n = 0;
    c->rows = 0;
}

size_t copy_waiting(const struct copy *c)
{
    return c->n;
}

int64_t copy_rows(const struct copy *c)
{
    return c->rows;
}

void copy_free(struct copy *c)
{
    if (c == NULL) {
        return;
    }
    if (c->db != NULL && PQputCopyEnd(c->db->conn, "abandoned") == 1) {
        PGresult *res;
        while ((res = PQgetResult(c->db->conn)) != NULL) {
            PQclear(res);
        }
    }
    free(c->p);
    free(c);
}

void copy_free_cleanup(struct copy **c)
{
    copy_free(*c);
    *c = NULL;
}

/* ---- Rows and fields ---- */

enum rc copy_row(struct copy *c)
{
    TRY(check_row(c));
    if (c->db != NULL && c->n >= PIECE) {
        c->bad = put_data(c->db, c->p, c->n);
        c->n = 0;
    }
    unsigned char *p = room(c, 2);
    if (p == NULL) {
        return c->bad;
    }
    uint16_t n = htons((uint16_t)c->columns);
    memcpy(p, &n, 2);
    c->fields = 0;
    c->rows++;
    return RC_OK;
}

void copy_null(struct copy *c)
{
    c->fields++;
    unsigned char *p = room(c, 4);
    if (p != NULL) {
        put_u32(p, UINT32_MAX);
    }
}

void copy_bytes(struct copy *c, struct str s)
{
    if (str_is_null(s)) {
        copy_null(c);
        return;
    }
    unsigned char *p = field(c, s.n);
    if (p != NULL && s.n > 0) {
        memcpy(p, s.p, s.n);
    }
}

void copy_text(struct copy *c, struct str s)
{
    copy_bytes(c, s);
}

void copy_bool(struct copy *c, bool v)
{
    unsigned char *p = field(c, 1);
    if (p != NULL) {
        *p = v ? 1 : 0;
    }
}

void copy_i16(struct copy *c, int16_t v)
{
    unsigned char *p = field(c, 2);
    uint16_t n = htons((uint16_t)v);
    if (p != NULL) {
        memcpy(p, &n, 2);
    }
}

void copy_i32(struct copy *c, int32_t v)
{
    unsigned char *p = field(c, 4);
    if (p != NULL) {
        put_u32(p, (uint32_t)v);
    }
}

void copy_i64(struct copy *c, int64_t v)
{
    unsigned char *p = field(c, 8);
    if (p != NULL) {
        put_u64(p, (uint64_t)v);
    }
}

void copy_date(struct copy *c, date_t d)
{
    if (d == DATE_NONE) {
        copy_null(c);
    } else {
        copy_i32(c, d);
    }
}

void copy_instant(struct copy *c, int64_t us)
{
    copy_i64(c, us);
}

/* One dimension, numbered from 1; the empty array has no dimension. */
static unsigned char *put_array_head(unsigned char *p, uint32_t element_type, size_t n,
                                     bool has_nulls)
{
    p = put_u32(p, n > 0 ? 1 : 0);
    p = put_u32(p, has_nulls ? 1 : 0);
    p = put_u32(p, element_type);
    if (n > 0) {
        p = put_u32(p, (uint32_t)n);
        p = put_u32(p, 1);
    }
    return p;
}

#define ARRAY_HEAD(n) ((n) > 0 ? (size_t)20 : (size_t)12)

void copy_i64_array(struct copy *c, const int64_t *v, size_t n)
{
    unsigned char *p = field(c, ARRAY_HEAD(n) + 12 * n);
    if (p == NULL) {
        return;
    }
    p = put_array_head(p, OID_INT8, n, false);
    for (size_t i = 0; i < n; i++) {
        p = put_u64(put_u32(p, 8), (uint64_t)v[i]);
    }
}

static unsigned char *put_element(unsigned char *p, struct str s)
{
    if (str_is_null(s)) {
        return put_u32(p, UINT32_MAX);
    }
    p = put_u32(p, (uint32_t)s.n);
    return s.n > 0 ? (unsigned char *)memcpy(p, s.p, s.n) + s.n : p;
}

void copy_text_array(struct copy *c, const struct str *v, size_t n)
{
    size_t size = ARRAY_HEAD(n) + 4 * n;
    bool has_nulls = false;
    for (size_t i = 0; i < n; i++) {
        size += v[i].n;
        has_nulls = has_nulls || str_is_null(v[i]);
    }
    unsigned char *p = field(c, size);
    if (p == NULL) {
        return;
    }
    p = put_array_head(p, OID_TEXT, n, has_nulls);
    for (size_t i = 0; i < n; i++) {
        p = put_element(p, v[i]);
    }
}
