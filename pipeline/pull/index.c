#include "pipeline/pull/index.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/arena.h"
#include "base/big.h"
#include "base/scan.h"
#include "base/text.h"
#include "pipeline/pull/villages.h"

#define KEYS 8 /* of 8 bytes: a cache line */
#define LOAD_PERCENT 70
#define HINT_PERSONS 8 /* a word of hints: one stranger in 20 passes */
#define BLOB_MAX ((size_t)UINT32_MAX)
#define NAME_MAX_BYTES 255
#define SCRATCH_MAX ((size_t)1 << 20)

__extension__ typedef unsigned __int128 wide;

struct growing {
    void *p;
    size_t n, cap;
};

struct index {
    struct index_person *persons;
    struct index_household *households;
    size_t person_count, household_count;
    struct growing person_room, household_room, blob_room;
    uint64_t *numbers; /* packed number of each person, until index_finish unless kept */
    uint64_t *phones;
    bool keeps_evidence;
    struct growing number_room, phone_room;
    char *blob;       /* length byte and text */
    uint64_t *keys;   /* buckets of KEYS; 0 is free */
    uint32_t *owners; /* persons, beside the keys */
    size_t buckets;
    uint64_t *hints; /* four bits of one word for each number on the roster */
    size_t hint_words;
    uint32_t *names, *household_numbers; /* open addressing: position + 1 */
    size_t name_slots, household_slots;
    struct villages *villages;
    struct arena *scratch;
};

/* ---- Memory ---- */

static void *must(void *p, size_t n)
{
    if (p == NULL) {
        err_die(RC_MEMORY, tr("底册索引需要 %zu 字节", "the roster index needs %zu bytes"), n);
    }
    return p;
}

/* Room for one more of `size` bytes; grows by a half, as the roster's size isn't known while it
 * streams in. */
static void *room(struct growing *g, size_t n, size_t extra, size_t size)
{
    if (n + extra > g->cap) {
        g->cap = g->cap + g->cap / 2 + extra + 1024;
        g->p = must(realloc(g->p, g->cap * size), g->cap * size);
    }
    return g->p;
}

static uint32_t blob_put(struct index *ix, struct str s)
{
    size_t n = s.n < NAME_MAX_BYTES ? s.n : NAME_MAX_BYTES;
    size_t at = ix->blob_room.n;
    if (at + n + 1 > BLOB_MAX) {
        err_die(RC_MEMORY, "%s", tr("底册姓名超过 4 GiB", "the roster's names exceed 4 GiB"));
    }
    ix->blob = room(&ix->blob_room, at, n + 1, 1);
    ix->blob[at] = (char)(unsigned char)n;
    if (n > 0) {
        memcpy(ix->blob + at + 1, s.p, n);
    }
    ix->blob_room.n = at + n + 1;
    return (uint32_t)at;
}

static struct str blob_get(const struct index *ix, uint32_t at)
{
    return str_of(ix->blob + at + 1, (unsigned char)ix->blob[at]);
}

struct index *index_new(void)
{
    struct index *ix = must(calloc(1, sizeof *ix), sizeof *ix);
    ix->scratch = arena_new(SCRATCH_MAX);
    ix->villages = villages_new();
    (void)blob_put(ix, STR(""));
    return ix;
}

void index_free(struct index *ix)
{
    if (ix == NULL) {
        return;
    }
    villages_free(ix->villages);
    arena_free(ix->scratch);
    free(ix->persons);
    free(ix->households);
    free(ix->numbers);
    free(ix->phones);
    free(ix->blob);
    free(ix->keys);
    free(ix->owners);
    free(ix->hints);
    free(ix->names);
    free(ix->household_numbers);
    free(ix);
}

/* ---- Identity numbers ---- */

/* 0: not 18 characters of the right kind. A real one is never 0: it would be all zeros. */
static uint64_t pack(const char *text18)
{
    if (!scan_all_digits8(text18) || !scan_all_digits8(text18 + 8) || !scan_is_digit(text18[16])) {
        return 0;
    }
    char last = text18[17];
    uint64_t check = last == 'X' ? 10 : scan_is_digit(last) ? (uint64_t)(last - '0') : 11;
    return check == 11 ? 0 : scan_u64(text18, 17) | check << 57;
}

static uint64_t hash_of(uint64_t key)
{
    uint64_t h = key * UINT64_C(0x9E3779B97F4A7C15);
    h ^= h >> 32;
    return h * UINT64_C(0xD6E8FEB86659FD93);
}

static size_t bucket_of(uint64_t hash, size_t buckets)
{
    return (size_t)((wide)hash * buckets >> 64);
}

/* The hints fit a core's own cache, which the keys don't: they tell most strangers at once. */
static uint64_t *hint_word(const struct index *ix, uint64_t hash)
{
    return &ix->hints[(size_t)((wide)(hash << 32 | hash >> 32) * ix->hint_words >> 64)];
}

static uint64_t hint_bits(uint64_t hash)
{
    return UINT64_C(1) << (hash >> 34 & 63) | UINT64_C(1) << (hash >> 40 & 63) |
           UINT64_C(1) << (hash >> 46 & 63) | UINT64_C(1) << (hash >> 52 & 63);
}

static bool may_be_there(const struct index *ix, uint64_t hash)
{
    uint64_t bits = hint_bits(hash);
    return (*hint_word(ix, hash) & bits) == bits;
}

static void number_put(struct index *ix, uint64_t key, uint32_t person)
{
    uint64_t hash = hash_of(key);
    *hint_word(ix, hash) |= hint_bits(hash);
    for (size_t b = bucket_of(hash, ix->buckets);; b = b + 1 < ix->buckets ? b + 1 : 0) {
        for (size_t i = b * KEYS; i < (b + 1) * KEYS; i++) {
            if (ix->keys[i] == 0) {
                ix->keys[i] = key;
                ix->owners[i] = person;
                return;
            }
        }
    }
}

size_t index_by_number(const struct index *ix, const char text18[IDNO_LEN], uint32_t *ret,
                       size_t most)
{
    uint64_t key = pack(text18), hash = hash_of(key);
    size_t found = 0;
    if (key == 0 || ix->buckets == 0 || !may_be_there(ix, hash)) {
        return 0;
    }
    for (size_t b = bucket_of(hash, ix->buckets);; b = b + 1 < ix->buckets ? b + 1 : 0) {
        for (size_t i = b * KEYS; i < (b + 1) * KEYS; i++) {
            if (ix->keys[i] == 0) {
                return found;
            }
            if (ix->keys[i] == key) {
                if (found < most) {
                    ret[found] = ix->owners[i];
                }
                found++;
            }
        }
    }
}

/* Whoever is first in the key's own bucket: a guess is enough to bring near what will be read. */
static uint32_t guess_owner(const struct index *ix, uint64_t key, size_t bucket)
{
    for (size_t i = bucket * KEYS; i < (bucket + 1) * KEYS; i++) {
        if (ix->keys[i] == key) {
            return ix->owners[i];
        }
    }
    return INDEX_NONE;
}

/* Each round touches what the one before it has asked for, so that the waits overlap. */
void index_expect_numbers(const struct index *ix, const struct str *first, size_t stride, size_t n)
{
    struct {
        uint64_t key, hash;
    } met[INDEX_EXPECT];
    uint32_t owners[INDEX_EXPECT];
    size_t keys = 0, known = 0, found = 0;
    for (size_t i = 0; i < n && i < INDEX_EXPECT && ix->buckets > 0; i++) {
        struct str text = first[i * stride];
        met[keys].key = text.n == IDNO_LEN ? pack(text.p) : 0;
        met[keys].hash = hash_of(met[keys].key);
        __builtin_prefetch(hint_word(ix, met[keys].hash));
        keys += met[keys].key != 0 ? 1 : 0;
    }
    for (size_t i = 0; i < keys; i++) {
        size_t at = bucket_of(met[i].hash, ix->buckets) * KEYS;
        if (may_be_there(ix, met[i].hash)) {
            met[known++] = met[i];
            __builtin_prefetch(&ix->keys[at]);
            __builtin_prefetch(&ix->owners[at]);
        }
    }
    for (size_t i = 0; i < known; i++) {
        uint32_t owner = guess_owner(ix, met[i].key, bucket_of(met[i].hash, ix->buckets));
        if (owner != INDEX_NONE) {
            owners[found++] = owner;
            __builtin_prefetch(&ix->persons[owner]);
        }
    }
    for (size_t i = 0; i < found; i++) {
        __builtin_prefetch(&ix->blob[ix->persons[owners[i]].name]);
    }
}

/* ---- Names and household numbers ---- */

static size_t slot_of(struct str s, size_t slots)
{
    return (size_t)((wide)XXH3_64bits(s.n == 0 ? "" : s.p, s.n) * slots >> 64);
}

/* The slot of the name, or the free one where it belongs. */
static uint32_t *name_slot(const struct index *ix, struct str key)
{
    size_t at = slot_of(key, ix->name_slots);
    while (ix->names[at] != 0 && !str_eq(blob_get(ix, ix->persons[ix->names[at] - 1].name), key)) {
        at = at + 1 < ix->name_slots ? at + 1 : 0;
    }
    return &ix->names[at];
}

uint32_t index_by_name(const struct index *ix, struct str name_key)
{
    if (ix->name_slots == 0 || name_key.n == 0 || name_key.n > NAME_MAX_BYTES) {
        return INDEX_NONE;
    }
    uint32_t at = *name_slot(ix, name_key);
    return at == 0 ? INDEX_NONE : at - 1;
}

static uint32_t *household_slot(const struct index *ix, struct str key)
{
    size_t at = slot_of(key, ix->household_slots);
    while (ix->household_numbers[at] != 0 &&
           !str_eq(blob_get(ix, ix->households[ix->household_numbers[at] - 1].number), key)) {
        at = at + 1 < ix->household_slots ? at + 1 : 0;
    }
    return &ix->household_numbers[at];
}

uint32_t index_by_household_no(const struct index *ix, struct str household_no)
{
    if (ix->household_slots == 0 || household_no.n == 0 || household_no.n > NAME_MAX_BYTES) {
        return INDEX_NONE;
    }
    uint32_t at = *household_slot(ix, household_no);
    return at == 0 ? INDEX_NONE : at - 1;
}

/* ---- Villages ---- */

void index_add_village(struct index *ix, struct str code, struct str name, struct str township_name)
{
    villages_add(ix->villages, code, name, township_name);
}

void index_add_region(struct index *ix, struct str name)
{
    villages_add_region(ix->villages, name);
}

uint32_t index_by_village(const struct index *ix, struct str code_or_name, struct str name,
                          bool *ret_ambiguous)
{
    return villages_find(ix->villages, code_or_name, name, ret_ambiguous);
}

struct str index_village_code(const struct index *ix, uint32_t village)
{
    return village == INDEX_NONE ? STR_NULL : villages_code(ix->villages, village);
}

/* ---- Building ---- */

uint32_t index_add_household(struct index *ix, int64_t household_id, struct str household_no,
                             struct str village_code)
{
    uint32_t at = (uint32_t)ix->household_count++;
    ix->households = room(&ix->household_room, at, 1, sizeof *ix->households);
    ix->households[at] =
        (struct index_household){household_id, blob_put(ix, household_no),
                                 villages_of_code(ix->villages, village_code), INDEX_NONE};
    return at;
}

uint32_t index_add_person(struct index *ix, int64_t person_id, uint32_t household, date_t birth,
                          enum sex sex, bool is_head)
{
    uint32_t at = (uint32_t)ix->person_count++;
    ix->persons = room(&ix->person_room, at, 1, sizeof *ix->persons);
    ix->numbers = room(&ix->number_room, at, 1, sizeof *ix->numbers);
    ix->numbers[at] = 0;
    if (ix->keeps_evidence) {
        ix->phones = room(&ix->phone_room, at, 1, sizeof *ix->phones);
        ix->phones[at] = 0;
    }
    ix->persons[at] = (struct index_person){person_id, household,    0,       INDEX_NONE,
                                            birth,     (uint8_t)sex, is_head, false};
    uint32_t *speaker = &ix->households[household].speaker;
    if (*speaker == INDEX_NONE || (is_head && !ix->persons[*speaker].is_head)) {
        *speaker = at;
    }
    return at;
}

/* What the roster doesn't say, a proven number does. */
static void learn_from_number(struct index_person *p, const char *text18)
{
    p->has_valid_number = true;
    if (p->birth == DATE_NONE) {
        p->birth = idno_birth_date(text18);
    }
    if (p->sex == SEX_UNKNOWN) {
        p->sex = idno_is_male(text18) ? SEX_MALE : SEX_FEMALE;
    }
}

void index_set_identity(struct index *ix, uint32_t person, struct str number, struct str name)
{
    struct index_person *p = &ix->persons[person];
    p->name = blob_put(ix, text_name_key(ix->scratch, name));
    arena_reset(ix->scratch);
    if (number.n == IDNO_LEN) {
        ix->numbers[person] = pack(number.p);
        if (idno_is_valid(number.p)) {
            learn_from_number(p, number.p);
        }
    }
}

void index_keep_evidence(struct index *ix)
{
    ix->keeps_evidence = true;
}

bool index_keeps_evidence(const struct index *ix)
{
    return ix->keeps_evidence;
}

void index_set_phone(struct index *ix, uint32_t person, uint64_t phone)
{
    if (ix->keeps_evidence) {
        ix->phones[person] = phone;
    }
}

static void finish_numbers(struct index *ix)
{
    ix->buckets = (ix->person_count * 100 / LOAD_PERCENT + 2 * KEYS) / KEYS;
    ix->keys = big_alloc(ix->buckets * KEYS * sizeof *ix->keys);
    ix->owners = big_alloc(ix->buckets * KEYS * sizeof *ix->owners);
    ix->hint_words = ix->person_count / HINT_PERSONS + 1;
    ix->hints = big_alloc(ix->hint_words * sizeof *ix->hints);
    for (size_t i = 0; i < ix->person_count; i++) {
        if (ix->numbers[i] != 0) {
            number_put(ix, ix->numbers[i], (uint32_t)i);
        }
    }
    if (!ix->keeps_evidence) {
        free(ix->numbers);
        ix->numbers = NULL;
    }
}

static void finish_names(struct index *ix)
{
    ix->name_slots = ix->person_count + ix->person_count / 2 + 1;
    ix->names = must(calloc(ix->name_slots, sizeof *ix->names), ix->name_slots * sizeof *ix->names);
    for (size_t i = ix->person_count; i > 0; i--) { /* backwards: chains then rise */
        struct index_person *p = &ix->persons[i - 1];
        if (blob_get(ix, p->name).n > 0) {
            uint32_t *slot = name_slot(ix, blob_get(ix, p->name));
            p->next_same_name = *slot == 0 ? INDEX_NONE : *slot - 1;
            *slot = (uint32_t)i;
        }
    }
}

static void finish_households(struct index *ix)
{
    ix->household_slots = ix->household_count + ix->household_count / 2 + 1;
    ix->household_numbers = must(calloc(ix->household_slots, sizeof *ix->household_numbers),
                                 ix->household_slots * sizeof(uint32_t));
    for (size_t i = 0; i < ix->household_count; i++) {
        *household_slot(ix, blob_get(ix, ix->households[i].number)) = (uint32_t)i + 1;
    }
}

void index_finish(struct index *ix)
{
    finish_numbers(ix);
    finish_names(ix);
    finish_households(ix);
}

/* ---- Reading ---- */

size_t index_person_count(const struct index *ix)
{
    return ix->person_count;
}

const struct index_person *index_person(const struct index *ix, uint32_t person)
{
    return &ix->persons[person];
}

const struct index_household *index_household(const struct index *ix, uint32_t household)
{
    return &ix->households[household];
}

struct str index_name(const struct index *ix, uint32_t person)
{
    return blob_get(ix, ix->persons[person].name);
}

bool index_number(const struct index *ix, uint32_t person, char ret[IDNO_LEN + 1])
{
    uint64_t key = ix->numbers[person];
    unsigned check = (unsigned)(key >> 57);
    if (key == 0) {
        return false;
    }
    key &= (UINT64_C(1) << 57) - 1;
    for (int i = IDNO_LEN - 2; i >= 0; i--, key /= 10) {
        ret[i] = (char)('0' + key % 10);
    }
    ret[IDNO_LEN - 1] = check == 10 ? 'X' : (char)('0' + check);
    ret[IDNO_LEN] = '\0';
    return true;
}

uint64_t index_phone(const struct index *ix, uint32_t person)
{
    return ix->phones[person];
}

size_t index_village_count(const struct index *ix)
{
    return villages_count(ix->villages);
}

size_t index_household_count(const struct index *ix)
{
    return ix->household_count;
}
