#include "pipeline/pull/standing.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/big.h"

#define FIRST_SLOTS ((size_t)1 << 12)
#define MOST_FACTS ((size_t)1 << 24) /* half a GiB of slots; more land as if nothing were known */
#define MARK_BYTES sizeof(uint64_t)

enum { CAME_SAME = 1, CAME_OTHER = 2 };

struct slot {
    uint64_t key; /* 0: free */
    uint64_t content;
};

struct marks {
    uint64_t *hashes;
    size_t n, cap;
};

struct standing {
    struct slot *slots;
    unsigned char *came;
    size_t n, cap; /* cap is a power of two */
    uint64_t facts;
    int64_t same;
    bool has_twins;
    struct marks new_same, new_other;
};

static uint64_t hash_of(struct str key)
{
    uint64_t hash = XXH3_64bits(key.n == 0 ? "" : key.p, key.n);
    return hash == 0 ? 1 : hash;
}

/* ---- The facts ---- */

static size_t place_of(const struct standing *s, uint64_t key)
{
    return (size_t)key & (s->cap - 1);
}

static void grow(struct standing *s)
{
    struct slot *old = s->slots;
    size_t old_cap = s->cap;
    s->cap = old_cap == 0 ? FIRST_SLOTS : 2 * old_cap;
    s->slots = big_alloc(s->cap * sizeof *s->slots);
    for (size_t i = 0; i < old_cap; i++) {
        if (old[i].key != 0) {
            size_t at = place_of(s, old[i].key);
            while (s->slots[at].key != 0) {
                at = (at + 1) & (s->cap - 1);
            }
            s->slots[at] = old[i];
        }
    }
    free(old);
}

static void add(struct standing *s, uint64_t key, uint64_t content)
{
    if (3 * s->n >= 2 * s->cap) {
        grow(s);
    }
    size_t at = place_of(s, key);
    while (s->slots[at].key != 0) {
        at = (at + 1) & (s->cap - 1);
    }
    s->slots[at] = (struct slot){key, content};
    s->facts += XXH3_64bits(&s->slots[at], sizeof s->slots[at]); /* in any order */
    s->n++;
}

#define FACTS_SQL \
    "copy (select record_key, content from bidui.fact_%s where county = current_setting('bidui.county')" \
    " and ended is null) to stdout (format binary)"

static enum rc load(struct standing *s, const struct job *job)
{
    DB_FETCH struct fetch *f = NULL;
    bool have = false;
    TRY(db_set(job->db, "bidui.county", job->config->county));
    TRY(fetch_begin(job->db, arena_printf(job->arena, FACTS_SQL, job->dataset->table), 2, &f));
    TRY(fetch_next(f, &have));
    while (have && s->n <= MOST_FACTS) {
        add(s, hash_of(fetch_text(f, 0)), (uint64_t)fetch_i64(f, 1));
        TRY(fetch_next(f, &have));
    }
    return RC_OK;
}

enum rc standing_load(const struct job *job, struct standing **ret)
{
    struct standing *s = calloc(1, sizeof *s);
    if (s == NULL) {
        err_die(RC_MEMORY, "%s", job->dataset->id);
    }
    *ret = NULL;
    enum rc rc = load(s, job);
    if (rc != RC_OK || s->n == 0 || s->n > MOST_FACTS) {
        standing_free(s);
        return rc;
    }
    s->came = big_alloc(s->cap);
    *ret = s;
    return RC_OK;
}

void standing_free(struct standing *s)
{
    if (s == NULL) {
        return;
    }
    free(s->slots);
    free(s->came);
    free(s->new_same.hashes);
    free(s->new_other.hashes);
    free(s);
}

/* ---- Meeting records ---- */

static void mark(struct marks *m, uint64_t key)
{
    if (m->n == m->cap) {
        m->cap = m->cap == 0 ? 1024 : 2 * m->cap;
        m->hashes = reallocarray(m->hashes, m->cap, sizeof *m->hashes);
        if (m->hashes == NULL) {
            err_die(RC_MEMORY, "%zu", m->cap);
        }
    }
    m->hashes[m->n++] = key;
}

/* Now it is known to have come in this way too. */
static void came(struct standing *s, size_t at, unsigned char how, struct marks *news)
{
    if ((s->came[at] & how) != 0) {
        return;
    }
    s->came[at] |= how;
    s->same += how == CAME_SAME;
    s->has_twins = s->has_twins || s->came[at] == (CAME_SAME | CAME_OTHER);
    if (news != NULL) {
        mark(news, s->slots[at].key);
    }
}

static void came_otherwise(struct standing *s, uint64_t key, struct marks *news)
{
    for (size_t at = place_of(s, key); s->slots[at].key != 0; at = (at + 1) & (s->cap - 1)) {
        if (s->slots[at].key == key) {
            came(s, at, CAME_OTHER, news);
        }
    }
}

enum meeting standing_meet(struct standing *s, struct str key, uint64_t content)
{
    if (s == NULL) {
        return MEETING_NEW;
    }
    uint64_t hash = hash_of(key);
    for (size_t at = place_of(s, hash); s->slots[at].key != 0; at = (at + 1) & (s->cap - 1)) {
        if (s->slots[at].key == hash && s->slots[at].content == content) {
            bool again = (s->came[at] & CAME_SAME) != 0;
            came(s, at, CAME_SAME, &s->new_same);
            return again ? MEETING_AGAIN : MEETING_SAME;
        }
    }
    came_otherwise(s, hash, &s->new_other);
    return MEETING_NEW;
}

void standing_hold(struct standing *s, struct str key)
{
    if (s != NULL && !str_is_null(key)) {
        came_otherwise(s, hash_of(key), &s->new_other);
    }
}

void standing_forget(struct standing *s)
{
    if (s != NULL) {
        memset(s->came, 0, s->cap);
        s->new_same.n = s->new_other.n = 0;
        s->same = 0;
        s->has_twins = false;
    }
}

int64_t standing_same(const struct standing *s)
{
    return s == NULL ? 0 : s->same;
}

/* ---- Marks ---- */

static struct str bytes_of(const struct marks *m)
{
    return m->n == 0 ? STR("") : str_of((const char *)m->hashes, m->n * MARK_BYTES);
}

enum rc standing_send(struct standing *s, const struct job *job, int page)
{
    DB_COPY struct copy *c = NULL;
    if (s == NULL || s->new_same.n + s->new_other.n == 0) {
        return RC_OK;
    }
    TRY(copy_begin(job->db,
                   "copy bidui.landing_standing (county, dataset, edition, page, facts, same, other) from stdin"
                   " (format binary)",
                   7, &c));
    TRY(copy_row(c));
    copy_text(c, str_from(job->config->county));
    copy_text(c, str_from(job->dataset->id));
    copy_i32(c, job->edition.number);
    copy_i32(c, page);
    copy_i64(c, (int64_t)s->facts);
    copy_bytes(c, bytes_of(&s->new_same));
    copy_bytes(c, bytes_of(&s->new_other));
    struct copy *done = c;
    c = NULL;
    TRY(copy_end(done));
    s->new_same.n = s->new_other.n = 0;
    return RC_OK;
}

/* A mark of a hash is one of all facts with that hash: they are alike in what they stand for. */
static void take_marks(struct standing *s, struct str marks, unsigned char how)
{
    for (size_t i = 0; i + MARK_BYTES <= marks.n; i += MARK_BYTES) {
        uint64_t key;
        memcpy(&key, marks.p + i, sizeof key);
        for (size_t at = place_of(s, key); s->slots[at].key != 0; at = (at + 1) & (s->cap - 1)) {
            if (s->slots[at].key == key) {
                came(s, at, how, NULL);
            }
        }
    }
}

#define MARKS_SQL \
    "copy (select facts, same, other from bidui.landing_standing where county = current_setting('bidui.county')" \
    " and dataset = current_setting('bidui.dataset') and edition = current_setting('bidui.edition')::int)" \
    " to stdout (format binary)"

static enum rc ask_marks(const struct job *job, struct fetch **ret)
{
    char number[DB_NUMBER];
    TRY(db_set(job->db, "bidui.county", job->config->county));
    TRY(db_set(job->db, "bidui.dataset", job->dataset->id));
    TRY(db_set(job->db, "bidui.edition", db_number(job->edition.number, number)));
    return fetch_begin(job->db, MARKS_SQL, 3, ret);
}

enum rc standing_resume(struct standing *s, const struct job *job, bool *ret_agrees)
{
    DB_FETCH struct fetch *f = NULL;
    bool have = false;
    *ret_agrees = true;
    if (s == NULL) {
        return RC_OK;
    }
    TRY(ask_marks(job, &f));
    TRY(fetch_next(f, &have));
    while (have) {
        *ret_agrees = *ret_agrees && (uint64_t)fetch_i64(f, 0) == s->facts;
        take_marks(s, fetch_text(f, 1), CAME_SAME);
        take_marks(s, fetch_text(f, 2), CAME_OTHER);
        TRY(fetch_next(f, &have));
    }
    return RC_OK;
}

/* ---- Out of the facts ---- */

/* Which facts, by how they came. */
typedef bool chooses(unsigned char came);

static bool is_same(unsigned char came)
{
    return (came & CAME_SAME) != 0;
}

static bool is_twin(unsigned char came)
{
    return came == (CAME_SAME | CAME_OTHER);
}

static bool is_missing(unsigned char came)
{
    return came == 0;
}

static bool is_chosen(const struct standing *s, uint64_t key, uint64_t content, chooses *choose)
{
    for (size_t at = place_of(s, key); s->slots[at].key != 0; at = (at + 1) & (s->cap - 1)) {
        if (s->slots[at].key == key && s->slots[at].content == content) {
            return choose(s->came[at]);
        }
    }
    return false;
}

/* Of the keys only hashes are in memory: the facts are read once more. */
static enum rc choose_keys(const struct standing *s, const struct job *job, chooses *choose, struct copy *keys)
{
    DB_FETCH struct fetch *f = NULL;
    bool have = false;
    TRY(db_set(job->db, "bidui.county", job->config->county));
    TRY(fetch_begin(job->db, arena_printf(job->arena, FACTS_SQL, job->dataset->table), 2, &f));
    TRY(fetch_next(f, &have));
    while (have) {
        struct str key = fetch_text(f, 0);
        if (is_chosen(s, hash_of(key), (uint64_t)fetch_i64(f, 1), choose)) {
            TRY(copy_row(keys));
            copy_text(keys, key);
        }
        TRY(fetch_next(f, &have));
    }
    return RC_OK;
}

static enum rc put_keys(const struct standing *s, const struct job *job, chooses *choose)
{
    TRY(db_exec(job->db, "drop table if exists pull_standing;"
                         "create temp table pull_standing (record_key text not null) on commit drop"));
    DB_COPY struct copy *keys = copy_hold("copy pull_standing from stdin (format binary)", 1, (size_t)2 << 30);
    TRY(choose_keys(s, job, choose, keys));
    TRY(copy_send(keys, job->db));
    return db_exec(job->db, "analyze pull_standing");
}

static const char land_keys[] =
    "insert into @L (county, record_key, edition, @C) select f.county, f.record_key, $2::int, @C"
    " from pull_standing k join @F f on f.county = $1 and f.record_key = k.record_key and f.ended is null";

static enum rc land(struct standing *s, const struct admission *m, chooses *choose)
{
    TRY(put_keys(s, m->job, choose));
    return admission_run(m, land_keys, NULL);
}

enum rc standing_land_twins(struct standing *s, const struct admission *m)
{
    if (s == NULL || !s->has_twins) {
        return RC_OK;
    }
    TRY(land(s, m, is_twin));
    for (size_t i = 0; i < s->cap; i++) {
        if (is_twin(s->came[i])) {
            s->came[i] = CAME_OTHER;
            s->same--;
        }
    }
    s->has_twins = false;
    return RC_OK;
}

enum rc standing_land_all(struct standing *s, const struct admission *m)
{
    if (s == NULL || s->same == 0) {
        return RC_OK;
    }
    TRY(land(s, m, is_same));
    standing_forget(s);
    return standing_clear(m->job, m->edition);
}

enum rc standing_clear(const struct job *job, int edition)
{
    char number[DB_NUMBER];
    return db_run(job->db, "delete from bidui.landing_standing where county = $1 and dataset = $2 and edition = $3::int",
                  DB_PARAMS(job->config->county, job->dataset->id, db_number(edition, number)), NULL);
}

enum rc standing_find_vanished(struct standing *s, const struct admission *m, int64_t *ret)
{
    *ret = 0;
    for (size_t i = 0; i < s->cap; i++) {
        *ret += s->slots[i].key != 0 && s->came[i] == 0;
    }
    return *ret == 0 ? RC_OK : put_keys(s, m->job, is_missing);
}
