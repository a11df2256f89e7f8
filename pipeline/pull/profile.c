#include "pipeline/pull/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/text.h"
#include "pipeline/pull/normalize.h"

#define US_PER_DAY INT64_C(86400000000)
#define NEVER INT64_MIN
#define TEXT_MAX ((size_t)64 << 20)

struct counted {
    int64_t blank;
    uint64_t *hashes; /* rising */
    size_t n, most;   /* one more than is worth counting */
};

struct profile {
    const struct dataset *dataset;
    uint64_t seed; /* of the code key: hashes say nothing to whoever lacks it */
    int64_t future, newest, rows;
    struct counted *fields; /* one per limit */
};

static bool has_limits(const struct dataset *d)
{
    return d->quality.fresh_days >= 0 || d->quality.field_count > 0;
}

static size_t worth_counting(const struct field_limit *l)
{
    int64_t most = l->least_distinct > l->most_distinct ? l->least_distinct : l->most_distinct;
    return most < 0 ? 0 : (size_t)most + 1;
}

static void *zeroed(size_t n, size_t size)
{
    void *p = calloc(n + 1, size);
    if (p == NULL) {
        err_die(RC_MEMORY, "profile");
    }
    return p;
}

struct profile *profile_new(const struct dataset *d, const struct key *code_key, int64_t future)
{
    unsigned char secret[PAGE_HASH];
    if (!has_limits(d)) {
        return NULL;
    }
    struct profile *p = zeroed(1, sizeof *p);
    *p = (struct profile){.dataset = d, .future = future, .newest = NEVER};
    crypto_hash(code_key, STR("profile secret"), secret);
    memcpy(&p->seed, secret, sizeof p->seed);
    p->fields = zeroed(d->quality.field_count, sizeof *p->fields);
    for (size_t i = 0; i < d->quality.field_count; i++) {
        p->fields[i].most = worth_counting(&d->quality.fields[i]);
        p->fields[i].hashes = zeroed(p->fields[i].most, sizeof *p->fields[i].hashes);
    }
    return p;
}

void profile_free(struct profile *p)
{
    for (size_t i = 0; p != NULL && i < p->dataset->quality.field_count; i++) {
        free(p->fields[i].hashes);
    }
    free(p == NULL ? NULL : p->fields);
    free(p);
}

void profile_clear(struct profile *p)
{
    for (size_t i = 0; p != NULL && i < p->dataset->quality.field_count; i++) {
        p->fields[i].blank = 0;
        p->fields[i].n = 0;
    }
    if (p != NULL) {
        p->rows = 0;
        p->newest = NEVER;
    }
}

/* ---- A row ---- */

/* Where the hash stands, or would stand. */
static size_t place_of(const struct counted *c, uint64_t hash)
{
    size_t low = 0, high = c->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (c->hashes[middle] < hash) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void count_value(struct counted *c, uint64_t hash)
{
    size_t at = place_of(c, hash);
    if (c->n == c->most || (at < c->n && c->hashes[at] == hash)) {
        return;
    }
    memmove(c->hashes + at + 1, c->hashes + at, (c->n - at) * sizeof *c->hashes);
    c->hashes[at] = hash;
    c->n++;
}

static struct str value_of(const struct profile *p, struct arena *scratch, const struct str *row, size_t field)
{
    return text_fold(scratch, row[p->dataset->fields[field].column]);
}

/* A month counts as its last day: it is no older than that. */
static void note_time(struct profile *p, struct arena *scratch, const struct str *row, int field)
{
    struct date_span span;
    int64_t us = NEVER;
    if (field < 0) {
        return;
    }
    struct str value = value_of(p, scratch, row, (size_t)field);
    if (p->dataset->fields[field].type != FIELD_DATE) {
        us = instant_parse(value, &us) == RC_OK ? us : NEVER;
    } else if (date_parse(value, &span) == RC_OK) {
        bool is_this_month = span.first * US_PER_DAY < p->future && span.last * US_PER_DAY >= p->future;
        us = is_this_month ? p->future - 1 : span.last * US_PER_DAY;
    }
    if (us > p->newest && us < p->future) {
        p->newest = us;
    }
}

void profile_add(struct profile *p, struct arena *scratch, const struct str *row)
{
    if (p == NULL) {
        return;
    }
    const struct dataset *d = p->dataset;
    p->rows++;
    for (size_t i = 0; i < d->quality.field_count; i++) {
        size_t field = d->quality.fields[i].field;
        struct str value = value_of(p, scratch, row, field);
        if (value_is_blank(d->fields[field].type, value)) {
            p->fields[i].blank++;
        } else {
            count_value(&p->fields[i], XXH3_64bits_withSeed(value.p, value.n, p->seed));
        }
    }
    if (d->quality.fresh_days >= 0) {
        note_time(p, scratch, row, d->event_field);
        note_time(p, scratch, row, d->updated_field);
    }
}

/* ---- As text ---- */

/* "ROWS NEWEST;BLANK HASH HASH ...;..." */
struct str profile_text(const struct profile *p, struct arena *a)
{
    struct buf b;
    if (p == NULL) {
        return STR("");
    }
    buf_init(&b, TEXT_MAX);
    enum rc rc = buf_printf(&b, "%lld %lld", (long long)p->rows, (long long)p->newest);
    for (size_t i = 0; rc == RC_OK && i < p->dataset->quality.field_count; i++) {
        const struct counted *c = &p->fields[i];
        rc = buf_printf(&b, ";%lld", (long long)c->blank);
        for (size_t k = 0; rc == RC_OK && k < c->n; k++) {
            rc = buf_printf(&b, " %llu", (unsigned long long)c->hashes[k]);
        }
    }
    if (rc != RC_OK) {
        err_die(rc, "%s", p->dataset->id);
    }
    struct str text = arena_str(a, buf_str(&b));
    buf_done(&b);
    return text;
}

static bool read_hash(struct str text, uint64_t *ret)
{
    uint64_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        n = n * 10 + (uint64_t)(text.p[i] - '0');
    }
    *ret = n;
    return text.n > 0;
}

static bool read_field(struct counted *c, struct str text)
{
    uint64_t hash = 0;
    if (!str_to_i64(str_cut(&text, ' '), &c->blank)) {
        return false;
    }
    while (text.n > 0) {
        if (c->n == c->most || !read_hash(str_cut(&text, ' '), &hash)) {
            return false;
        }
        c->hashes[c->n++] = hash;
    }
    return true;
}

bool profile_read(struct profile *p, struct str text)
{
    profile_clear(p);
    if (p == NULL || text.n == 0) {
        return p == NULL;
    }
    struct str head = str_cut(&text, ';');
    if (!str_to_i64(str_cut(&head, ' '), &p->rows) || !str_to_i64(head, &p->newest)) {
        return false;
    }
    size_t i = 0;
    while (text.n > 0 && i < p->dataset->quality.field_count && read_field(&p->fields[i], str_cut(&text, ';'))) {
        i++;
    }
    return text.n == 0 && i == p->dataset->quality.field_count;
}

/* ---- What was counted ---- */

int64_t profile_rows(const struct profile *p) { return p == NULL ? 0 : p->rows; }

date_t profile_newest(const struct profile *p)
{
    if (p == NULL || p->newest == NEVER) {
        return DATE_NONE;
    }
    int64_t day = p->newest / US_PER_DAY;
    return (date_t)(p->newest % US_PER_DAY < 0 ? day - 1 : day);
}

size_t profile_fields(const struct profile *p) { return p == NULL ? 0 : p->dataset->quality.field_count; }

struct field_profile profile_field(const struct profile *p, size_t i)
{
    const struct field_limit *limit = &p->dataset->quality.fields[i];
    const struct counted *c = &p->fields[i];
    return (struct field_profile){
        p->dataset->fields[limit->field].name, c->blank, (int64_t)c->n, c->n == c->most, limit};
}
