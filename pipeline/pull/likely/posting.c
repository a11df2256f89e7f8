#include "pipeline/pull/likely/posting.h"

#include <stdlib.h>

#include "base/err.h"

#define IN_BUCKET 4

static void *must(void *p, size_t n)
{
    if (p == NULL) {
        err_die(RC_MEMORY, tr("候选索引需要 %zu 字节", "the index of candidates needs %zu bytes"), n);
    }
    return p;
}

void posting_init(struct posting *p, size_t most)
{
    *p = (struct posting){.buckets = most / IN_BUCKET + 1};
    p->all = must(calloc(most + 1, sizeof *p->all), most * sizeof *p->all);
    p->from = must(calloc(p->buckets + 1, sizeof *p->from), p->buckets * sizeof *p->from);
}

void posting_done(struct posting *p)
{
    free(p->all);
    free(p->from);
    *p = (struct posting){0};
}

void posting_add(struct posting *p, uint32_t hash, uint32_t person)
{
    p->all[p->n++] = (uint64_t)hash << 32 | person;
}

static size_t bucket_of(const struct posting *p, uint64_t entry)
{
    return (size_t)((entry >> 32) * p->buckets >> 32);
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Into their buckets, counted first; then each bucket by itself. */
void posting_finish(struct posting *p)
{
    uint64_t *sorted = must(calloc(p->n + 1, sizeof *sorted), p->n * sizeof *sorted);
    for (size_t i = 0; i < p->n; i++) {
        p->from[bucket_of(p, p->all[i]) + 1]++;
    }
    for (size_t b = 0; b < p->buckets; b++) {
        p->from[b + 1] += p->from[b];
    }
    for (size_t i = 0; i < p->n; i++) {
        sorted[p->from[bucket_of(p, p->all[i])]++] = p->all[i];
    }
    for (size_t b = p->buckets; b > 0; b--) { /* each beginning moved to its end: the next one's beginning */
        p->from[b] = p->from[b - 1];
    }
    p->from[0] = 0;
    for (size_t b = 0; b < p->buckets; b++) {
        qsort(sorted + p->from[b], p->from[b + 1] - p->from[b], sizeof *sorted, by_value);
    }
    free(p->all);
    p->all = sorted;
}

static size_t lower_bound(const struct posting *p, size_t low, size_t high, uint64_t least)
{
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (p->all[middle] < least) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

size_t posting_find(const struct posting *p, uint32_t hash, const uint64_t **ret_first)
{
    uint64_t least = (uint64_t)hash << 32;
    size_t b = bucket_of(p, least), first = lower_bound(p, p->from[b], p->from[b + 1], least);
    size_t behind = lower_bound(p, first, p->from[b + 1], least + (UINT64_C(1) << 32));
    *ret_first = p->all + first;
    return behind - first;
}

size_t posting_bytes(const struct posting *p)
{
    return p->n * sizeof *p->all + p->buckets * sizeof *p->from;
}
