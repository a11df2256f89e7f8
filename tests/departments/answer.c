#include "tests/departments/answer_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <xxhash.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/fs.h"

#define MAX_BODY ((size_t)1 << 30)
#define SLOW_MS 3000

static struct records *stores[5];
static const struct route routes[] = {
    {"/education/enrolment", "education", "education.enrolment", "education/enrolment.jsonl",
     PAGE_NUMBER, "page", "pageSize", NULL, NULL, 1000, &stores[0], SHAPE_JSON},
    {"/education/attendance", "education", "education.attendance", "education/attendance.jsonl",
     OFFSET, "offset", "limit", "since", "GXSJ", 500, &stores[1], SHAPE_JSON},
    {"/education/aid", "education", "education.aid", "education/aid.jsonl", CURSOR, "cursor",
     "limit", NULL, NULL, 500, &stores[2], SHAPE_JSON},
    {"/health_insurance/insured", "health_insurance", "health_insurance.enrolment",
     "health_insurance/enrolment.jsonl", PAGE_NUMBER, "pageNum", "pageSize", NULL, NULL, 1000,
     &stores[3], SHAPE_JSON},
    {"/health_insurance/settlements", "health_insurance", "health_insurance.settlement",
     "health_insurance/settlement.jsonl", PAGE_NUMBER, "pageNum", "pageSize", "updated_since",
     "updt_time", 1000, &stores[4], SHAPE_JSON},
    {"/education/aid/next", "education", "education.aid", "education/aid.jsonl", NEXT_URL, "offset",
     "limit", NULL, NULL, 300, &stores[2], SHAPE_JSON},
    {"/education/aid/link", "education", "education.aid", "education/aid.jsonl", LINK, "offset",
     "limit", NULL, NULL, 300, &stores[2], SHAPE_JSON},
    {"/education/aid/export", "education", "education.aid", "education/aid.jsonl", EXPORT, "",
     "limit", NULL, NULL, 1000000, &stores[2], SHAPE_NDJSON},
    {"/education/enrolment/soap", "education", "education.enrolment", "education/enrolment.jsonl",
     PAGE_NUMBER, "page", "size", NULL, NULL, 1000, &stores[0], SHAPE_SOAP},
    {"/education/attendance/days", "education", "education.attendance",
     "education/attendance.jsonl", PAGE_NUMBER, "page", "size", NULL, "GXSJ", 10, &stores[1],
     SHAPE_JSON},
};

#define MOST_SLICE 4096
static size_t slice_shown[MOST_SLICE];
static struct {
    char *day, *misbehave;
} files;

static char *joined(const char *dir, const char *name)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", dir, name) < 0) {
        err_die(RC_MEMORY, "%s", name);
    }
    return path;
}

void answer_setup(const char *dir)
{
    files.day = joined(dir, "day");
    files.misbehave = joined(dir, "misbehave");
    misbehave_setup(files.misbehave);
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (*routes[i].records == NULL) {
            *routes[i].records = records_new(joined(dir, routes[i].file), routes[i].update_member);
        }
    }
}

const struct route *answer_route(const char *path, const char **ret_rest)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        size_t n = strlen(routes[i].path);
        bool is_whole = strcmp(routes[i].path, path) == 0;
        bool is_below = routes[i].paging == EXPORT && strncmp(routes[i].path, path, n) == 0 &&
                        path[n] == '/';
        if (is_whole || is_below) {
            *ret_rest = path + n;
            return &routes[i];
        }
    }
    return NULL;
}

const char *answer_credential(const struct route *route)
{
    return route->department;
}

/* ---- the answer as a whole ---- */

/* A file that is just being rewritten leaves the day as it was. */
static date_t read_today(void)
{
    static date_t today = DATE_NONE;
    struct buf b;
    buf_init(&b, 64);
    date_t date = 0;
    if (fs_read(files.day, 64, &b) == RC_OK && date_parse_iso(str_trim(buf_str(&b)), &date)) {
        today = date;
    }
    buf_done(&b);
    if (today == DATE_NONE) {
        err_die(RC_CONFIG, "%s: no ISO date", files.day);
    }
    return today;
}

static date_t day_shown(const struct route *route)
{
    bool is_late = misbehave_dataset(route->dataset, "yesterday") != NULL;
    return read_today() - (is_late ? 1 : 0);
}

/* Only what was updated from one day until before another. */
static void cut_slice(const struct request *r, struct view *view)
{
    const char *from_text = answer_parameter(r, "from");
    date_t from = 0, to = 0, day = 0;
    size_t n = 0;
    if (from_text == NULL || !date_parse_iso(str_from(from_text), &from)) {
        return;
    }
    const char *to_text = answer_parameter(r, "to");
    if (to_text == NULL || !date_parse_iso(str_from(to_text), &to)) {
        return;
    }
    from -= misbehave_dataset(r->route->dataset, "overlap") != NULL ? 1 : 0;
    for (size_t i = 0; i < view->n; i++) {
        struct str updated = view->records[view->shown[i]].updated;
        if (date_parse_iso(str_sub(updated, 0, 10), &day) && day >= from && day < to) {
            slice_shown[n++ % MOST_SLICE] = view->shown[i];
        }
    }
    view->shown = slice_shown;
    view->n = n < MOST_SLICE ? n : MOST_SLICE;
}

static void make_page(const struct request *r, const struct asked *a, struct answer *answer)
{
    const struct route *route = r->route;
    const char *since = route->since == NULL ? NULL : r->parameter(r->ctx, route->since);
    const struct misbehaviour *shuffle = misbehave_dataset(route->dataset, "shuffle");
    int64_t seed = 0;
    if (shuffle != NULL && !str_to_i64(str_from(shuffle->arguments[0]), &seed)) {
        seed = 1;
    }
    size_t keep = misbehave_dataset(route->dataset, "shrink90") == NULL ? 1 : 10;
    struct view view = records_view(*route->records, day_shown(route),
                                    str_from(since == NULL ? "" : since), keep, (uint64_t)seed);
    cut_slice(r, &view);
    answer_put_page(answer, route, a, &view);
}

/* ---- exports ---- */

static int jobs_submitted, polls;

/* The same, written as XML where the address asks for it. */
static void put_answer(const struct request *r, struct answer *answer, const char *name, const char *value, const char *file)
{
    const char *kind = answer_parameter(r, "answers");
    char text[256];
    if (kind == NULL || strcmp(kind, "xml") != 0) {
        snprintf(text, sizeof text, "{\"code\":0,\"%s\":\"%s\"%s%s%s}", name, value, file == NULL ? "" : ",\"file\":\"",
                 file == NULL ? "" : file, file == NULL ? "" : "\"");
    } else {
        snprintf(text, sizeof text, "<?xml version=\"1.0\"?><e:Envelope xmlns:e=\"urn:e\"><e:Body><code>0</code><%s>%s</%s>"
                 "<file>%s</file></e:Body></e:Envelope>", name, value, name, file == NULL ? "" : file);
        answer->content_type = "text/xml";
    }
    answer_put_text(&answer->body, text);
}

/* Submitting, asking (done the third time), or the file, which is packed. False: the file is a page. */
static bool answer_export(const struct request *r, struct answer *answer)
{
    const char *dataset = r->route->dataset;
    bool is_file = strstr(r->rest, "/file") != NULL;
    char text[128];
    if (is_file) {
        answer->is_packed = true;
        answer->content_type = "application/gzip";
        return false;
    }
    if (r->rest[0] == '\0') {
        polls = 0;
        bool is_closed = misbehave_dataset(dataset, "export_closed") != NULL;
        snprintf(text, sizeof text, "J %d", ++jobs_submitted);
        answer->status = is_closed ? 500 : 202;
        put_answer(r, answer, "job", text, NULL);
        return true;
    }
    bool is_stuck = misbehave_dataset(dataset, "export_stuck") != NULL;
    const char *state = misbehave_dataset(dataset, "export_failed") != NULL ? "FAILED"
                        : ++polls < 3 || is_stuck                           ? "RUNNING"
                                                                            : "DONE";
    answer->status = misbehave_dataset(dataset, "export_lost") != NULL ? 404 : 200;
    put_answer(r, answer, "state", state, "J%201/file");
    return true;
}

static void make_error(struct answer *answer, unsigned status, const char *body)
{
    answer->status = status;
    buf_reset(&answer->body);
    answer_put_text(&answer->body, body);
}

/* Misbehaviour in place of a page. */
static bool refuse(const struct route *route, int64_t page, struct answer *answer)
{
    const char *dataset = route->dataset;
    if (misbehave_page(dataset, "down", page) != NULL) {
        answer->damage = DAMAGE_DOWN;
    } else if (misbehave_page(dataset, "gzip_bomb", page) != NULL) {
        answer->damage = DAMAGE_BOMB;
    } else if (misbehave_page(dataset, "429", page) != NULL) {
        make_error(answer, 429, "{\"code\":429}");
        answer->retry_after_s = 1;
    } else if (misbehave_page(dataset, "500", page) != NULL) {
        make_error(answer, 500, "<h1>Internal Server Error</h1>");
    } else if (misbehave_page(dataset, "error200", page) != NULL) {
        make_error(
            answer, 200,
            "{\"code\":50001,\"infcode\":-1,\"msg\":\"error\",\"data\":null,\"output\":null}");
    } else if (misbehave_page(dataset, "garbage", page) != NULL) {
        make_error(answer, 200, "<html><body>maintenance</body></html>");
    } else {
        return false;
    }
    return true;
}

/* Misbehaviour with a page. */
static void damage(const struct route *route, int64_t page, struct answer *answer)
{
    const struct misbehaviour *latency = misbehave_dataset(route->dataset, "latency");
    if (latency != NULL) {
        answer->delay_ms = atoi(latency->arguments[0]);
    }
    if (misbehave_page(route->dataset, "slow", page) != NULL) {
        answer->delay_ms = SLOW_MS;
    }
    if (misbehave_page(route->dataset, "truncated_json", page) != NULL) {
        answer->body.n = answer->body.n * 2 / 3;
    }
    if (misbehave_page(route->dataset, "cut", page) != NULL) {
        answer->damage = DAMAGE_CUT;
    } else if (misbehave_page(route->dataset, "wrong_length", page) != NULL) {
        answer->damage = DAMAGE_LENGTH;
    }
}

/* By its bytes; or, where told so, by the day it is of. */
static void make_known(const struct route *route, struct answer *answer)
{
    if (misbehave_dataset(route->dataset, "last_modified") == NULL) {
        snprintf(answer->etag, sizeof answer->etag, "\"%016llx\"",
                 (unsigned long long)XXH3_64bits(answer->body.p, answer->body.n));
        if (misbehave_dataset(route->dataset, "foreign_etag") != NULL) {
            memcpy(answer->etag, "\"\xD1\xA7\xBC\xAE", 5); /* GBK: no UTF-8 */
        }
        return;
    }
    time_t day = (time_t)clock_to_unix_ms((int64_t)read_today() * 86400 * 1000000) / 1000;
    struct tm tm;
    gmtime_r(&day, &tm);
    strftime(answer->modified, sizeof answer->modified, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

void answer_make(const struct request *request, struct answer *ret)
{
    *ret = (struct answer){.status = 200};
    buf_init(&ret->body, MAX_BODY);
    misbehave_refresh();
    struct asked asked = answer_asked(request);
    if (refuse(request->route, asked.page, ret)) {
        return;
    }
    int64_t page = asked.page;
    answer_mislead(request->route, &asked);
    if (request->route->paging == EXPORT && answer_export(request, ret)) {
        return;
    }
    make_page(request, &asked, ret);
    make_known(request->route, ret);
    damage(request->route, page, ret);
    if (misbehave_page(request->route->dataset, "304", page) != NULL) {
        make_error(ret, 304, "");
    }
}
