#include "pipeline/pull/digest.h"

#include <xxhash.h>

#define ROW_MAX ((size_t)64 << 20)

void digest_init(struct digest *d, const struct key *code_key)
{
    keyed_secret(code_key, "digest secret ", d->secret);
    buf_init(&d->row, ROW_MAX);
}

void digest_done(struct digest *d)
{
    buf_done(&d->row);
}

/* Length and text: no two rows read alike. Room was made. */
static void put(struct buf *b, struct str s)
{
    uint32_t n = str_is_null(s) ? UINT32_MAX : (uint32_t)s.n;
    memcpy(b->p + b->n, &n, sizeof n);
    b->n += sizeof n;
    if (s.n > 0) {
        memcpy(b->p + b->n, s.p, s.n);
        b->n += s.n;
    }
}

static void add_to(unsigned char sum[16], XXH128_hash_t h)
{
    uint64_t low, high;
    memcpy(&low, sum, 8);
    memcpy(&high, sum + 8, 8);
    low += h.low64;
    high += h.high64 + (low < h.low64 ? 1 : 0);
    memcpy(sum, &low, 8);
    memcpy(sum + 8, &high, 8);
}

enum rc digest_add(struct digest *d, const struct str *row, size_t columns, unsigned char sum[16])
{
    size_t total = 0;
    for (size_t i = 0; i < columns; i++) {
        total += sizeof(uint32_t) + row[i].n;
    }
    buf_reset(&d->row);
    TRY(buf_reserve(&d->row, total));
    for (size_t i = 0; i < columns; i++) {
        put(&d->row, row[i]);
    }
    add_to(sum, XXH3_128bits_withSecret(d->row.p, d->row.n, d->secret, sizeof d->secret));
    return RC_OK;
}

enum rc digest_of(struct digest *d, const struct str *row, const int *columns, size_t n,
                  int64_t *ret)
{
    buf_reset(&d->row);
    for (size_t i = 0; i < n; i++) {
        struct str s = columns[i] < 0 ? STR_NULL : row[columns[i]];
        TRY(buf_reserve(&d->row, sizeof(uint32_t) + s.n));
        put(&d->row, s);
    }
    uint64_t hash = XXH3_64bits_withSecret(d->row.p, d->row.n, d->secret, sizeof d->secret);
    memcpy(ret, &hash, sizeof hash);
    return RC_OK;
}
