#include "pipeline/pull/likely/likely.h"

#include <stdlib.h>

#include "pipeline/link/sound.h"
#include "pipeline/pull/likely/posting.h"
#include "pipeline/pull/likely/weigh.h"

#define SCRATCH_MAX ((size_t)1 << 20)
#define BARE (UINT32_C(1) << 31) /* of a person in a block: has no proven number */
#define SURNAMES 65536u
#define FIRST_YEAR 1880
#define DAYS ((size_t)75000) /* of birth dates that are counted each by itself */
#define WITNESSES_LEAST 3
#define MET_MOST (LIKELY_BLOCKS * LIKELY_BLOCK_MOST)

_Static_assert(LIKELY_FIELD_COUNT == LIKELY_FIELDS, "the fields of a pair");

struct likely {
    const struct index *ix;
    const struct likely_weights *weights;
    struct posting blocks[LIKELY_BLOCKS], surnames_in_villages;
    uint32_t *namesakes;                 /* by person: how many bear his name */
    uint32_t *surnames;                  /* by the surname's first character, folded to 16 bits */
    uint32_t *births;                    /* by day; the last one: all others */
    uint32_t *in_village, *in_township; /* by village */
    size_t bare;                         /* persons without a proven number */
};

/* ---- Building ---- */

static void *array(size_t n, size_t size)
{
    void *p = calloc(n + 1, size);
    if (p == NULL) {
        err_die(RC_MEMORY, tr("候选索引需要 %zu 字节", "the index of candidates needs %zu bytes"), n * size);
    }
    return p;
}

static uint32_t surname_slot(const struct likely_side *s)
{
    return s->name.points.p[0] % SURNAMES;
}

static size_t birth_slot(date_t birth)
{
    int64_t day = birth == DATE_NONE ? -1 : (int64_t)birth - date_from_ymd(FIRST_YEAR, 1, 1);
    return day < 0 || day >= (int64_t)DAYS ? DAYS : (size_t)day;
}

static void add_person(struct likely *l, struct arena *scratch, uint32_t person)
{
    struct likely_side s;
    const struct index_person *p = index_person(l->ix, person);
    likely_side_for_blocks(l->ix, scratch, person, &s);
    for (int b = 0; b < LIKELY_BLOCKS; b++) {
        uint32_t hash = 0;
        if (likely_block_hash(&s, (enum likely_block)b, &hash)) {
            posting_add(&l->blocks[b], hash, p->has_valid_number ? person : person | BARE);
        }
    }
    l->bare += p->has_valid_number ? 0 : 1;
    l->births[birth_slot(p->birth)]++;
    if (s.village != INDEX_NONE) {
        l->in_village[s.village]++;
    }
    if (s.name.points.n > 0) {
        l->surnames[surname_slot(&s)]++;
        posting_add(&l->surnames_in_villages, likely_surname_hash(&s), person);
    }
}

/* Villages stand in the order of their codes: those of a township side by side. */
static void count_townships(struct likely *l)
{
    size_t n = index_village_count(l->ix), from = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t township = likely_township(index_village_code(l->ix, (uint32_t)i));
        if (i > 0 && township != likely_township(index_village_code(l->ix, (uint32_t)i - 1))) {
            from = i;
        }
        for (size_t k = from; k < i; k++) {
            l->in_township[k] += l->in_village[i];
        }
        l->in_township[i] = l->in_village[i] + (i > from ? l->in_township[from] - l->in_village[i] : 0);
    }
}

/* Each chain of one name is walked twice, from its first person. */
static void count_namesakes(struct likely *l)
{
    for (uint32_t i = 0; i < index_person_count(l->ix); i++) {
        uint32_t n = 0, first = index_by_name(l->ix, index_name(l->ix, i));
        for (uint32_t p = first; first == i && p != INDEX_NONE; p = index_person(l->ix, p)->next_same_name) {
            n++;
        }
        for (uint32_t p = first; first == i && p != INDEX_NONE; p = index_person(l->ix, p)->next_same_name) {
            l->namesakes[p] = n;
        }
    }
}

struct likely *likely_new(const struct index *ix, const struct likely_weights *w)
{
    size_t persons = index_person_count(ix), villages = index_village_count(ix);
    struct likely *l = array(1, sizeof *l);
    struct arena *scratch = arena_new(SCRATCH_MAX);
    *l = (struct likely){.ix = ix, .weights = w};
    sound_setup();
    l->namesakes = array(persons, sizeof *l->namesakes);
    l->surnames = array(SURNAMES, sizeof *l->surnames);
    l->births = array(DAYS + 1, sizeof *l->births);
    l->in_village = array(villages, sizeof *l->in_village);
    l->in_township = array(villages, sizeof *l->in_township);
    posting_init(&l->surnames_in_villages, persons);
    for (int b = 0; b < LIKELY_BLOCKS; b++) {
        posting_init(&l->blocks[b], persons);
    }
    for (size_t i = 0; i < persons; i++) {
        add_person(l, scratch, (uint32_t)i);
        arena_reset(scratch);
    }
    for (int b = 0; b < LIKELY_BLOCKS; b++) {
        posting_finish(&l->blocks[b]);
    }
    posting_finish(&l->surnames_in_villages);
    count_townships(l);
    count_namesakes(l);
    arena_free(scratch);
    return l;
}

void likely_free(struct likely *l)
{
    if (l == NULL) {
        return;
    }
    for (int b = 0; b < LIKELY_BLOCKS; b++) {
        posting_done(&l->blocks[b]);
    }
    posting_done(&l->surnames_in_villages);
    free(l->namesakes);
    free(l->surnames);
    free(l->births);
    free(l->in_village);
    free(l->in_township);
    free(l);
}

size_t likely_bytes(const struct likely *l)
{
    size_t bytes = posting_bytes(&l->surnames_in_villages) + (2 * sizeof(uint64_t) + sizeof *l->namesakes) * index_person_count(l->ix);
    for (int b = 0; b < LIKELY_BLOCKS; b++) {
        bytes += posting_bytes(&l->blocks[b]);
    }
    return bytes;
}

int likely_version(const struct likely *l)
{
    return l->weights->version;
}

/* ---- Candidates ---- */

struct finding {
    const struct likely *l;
    struct arena *scratch;
    struct likely_side record;
    bool (*is_refused)(void *ctx, uint32_t person);
    void *ctx;
    struct likely_pair best[LIKELY_PAIRS + 1]; /* heaviest first, by rising person where they weigh the same */
    size_t n, above; /* kept; persons above the threshold of review */
    struct likely_answer *out;
};

/* Who has a proven number is not whom a record with another one of its own means. */
static bool wants_bare(const struct likely_side *record)
{
    return record->number.is_proven && !record->is_lent;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Persons of all blocks, rising, each once. */
static size_t gather(struct finding *f, uint32_t met[MET_MOST])
{
    size_t n = 0, kept = 0;
    bool bare_only = wants_bare(&f->record);
    for (int b = 0; b < LIKELY_BLOCKS; b++) {
        uint32_t hash = 0;
        const uint64_t *first = NULL;
        bool has = likely_block_hash(&f->record, (enum likely_block)b, &hash);
        size_t found = has ? posting_find(&f->l->blocks[b], hash, &first) : 0;
        if (found > LIKELY_BLOCK_MOST) {
            f->out->left_out += found;
            continue;
        }
        for (size_t i = 0; i < found; i++) {
            uint32_t person = (uint32_t)first[i];
            if ((person & BARE) != 0 || !bare_only) {
                met[n++] = person & ~BARE;
            }
        }
    }
    qsort(met, n, sizeof *met, by_value);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || met[i] != met[i - 1]) {
            met[kept++] = met[i];
        }
    }
    return kept;
}

/* ---- Counts ---- */

static struct likely_counts counts_of(const struct likely *l, uint32_t person, const struct likely_side *s)
{
    const uint64_t *first = NULL;
    uint32_t hash = 0;
    struct likely_counts c = {.persons = index_person_count(l->ix),
                              .same_name = l->namesakes[person],
                              .same_birth = l->births[birth_slot(index_person(l->ix, person)->birth)]};
    if (s->village != INDEX_NONE) {
        c.in_village = l->in_village[s->village];
        c.in_township = l->in_township[s->village];
    }
    if (s->name.points.n > 0) {
        c.same_surname = l->surnames[surname_slot(s)];
        c.surname_in_village = posting_find(&l->surnames_in_villages, likely_surname_hash(s), &first);
    }
    if (likely_block_hash(s, BLOCK_PHONE, &hash)) {
        c.same_phone = posting_find(&l->blocks[BLOCK_PHONE], hash, &first);
    }
    return c;
}

/* ---- Deciding ---- */

static void keep(struct finding *f, const struct likely_pair *p)
{
    size_t at = f->n;
    while (at > 0 && f->best[at - 1].weight < p->weight) {
        f->best[at] = f->best[at - 1];
        at--;
    }
    f->best[at] = *p;
    f->n = f->n < LIKELY_PAIRS ? f->n + 1 : f->n;
    f->above++;
}

static void compare(struct finding *f, uint32_t person)
{
    struct likely_side side;
    struct likely_pair p = {.person = person};
    likely_side_of_person(f->l->ix, f->scratch, person, &side);
    f->out->compared++;
    if (!likely_levels(&f->record, &side, p.levels)) {
        return;
    }
    struct likely_counts c = counts_of(f->l, person, &side);
    likely_weigh(f->l->weights, &c, &p);
    bool counts = p.weight >= f->l->weights->review && (f->is_refused == NULL || !f->is_refused(f->ctx, person));
    if (counts) {
        keep(f, &p);
    }
}

/* A rival that is not outweighed as a stranger must be. */
static bool is_contested(const struct finding *f)
{
    return f->n > 1 && f->best[0].weight - f->best[1].weight < f->l->weights->accept;
}

static int by_person(const void *a, const void *b)
{
    return by_value(&((const struct likely_pair *)a)->person, &((const struct likely_pair *)b)->person);
}

static void decide(struct finding *f)
{
    const struct likely_weights *w = f->l->weights;
    struct likely_answer *out = f->out;
    if (f->n == 0) {
        return;
    }
    bool is_sure = f->best[0].weight >= w->accept && likely_witnesses(&f->best[0]) >= WITNESSES_LEAST &&
                   !is_contested(f) && out->left_out == 0;
    out->verdict = is_sure ? LIKELY_LINK : LIKELY_ASK;
    out->n = is_sure ? 1 : f->n;
    memcpy(out->pairs, f->best, out->n * sizeof *out->pairs);
    qsort(out->pairs, out->n, sizeof *out->pairs, by_person);
}

void likely_find(const struct likely *l, struct arena *scratch, const struct likely_record *r,
                 bool (*is_refused)(void *ctx, uint32_t person), void *ctx, struct likely_answer *ret)
{
    struct finding f = {.l = l, .scratch = scratch, .is_refused = is_refused, .ctx = ctx, .out = ret};
    uint32_t met[MET_MOST];
    ret->verdict = LIKELY_NOBODY;
    ret->n = ret->compared = ret->left_out = 0;
    likely_side_of_record(l->ix, scratch, r, &f.record);
    if (f.record.name.text.n == 0 || (wants_bare(&f.record) && l->bare == 0)) {
        return;
    }
    size_t n = gather(&f, met);
    for (size_t i = 0; i < n; i++) {
        compare(&f, met[i]);
    }
    decide(&f);
}
