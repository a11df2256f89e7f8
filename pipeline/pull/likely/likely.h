/* Who on the roster a record without a proven number of its own may speak of: the records that the exact way leaves
 * over are scored against the persons who share something with them. Built once from the finished roster index (which
 * keeps evidence), shared with the workers by fork, read only afterwards: about 70 bytes a person.
 *
 * A person is looked at who shares with the record: the name's sound and the birth year and the township; the name's
 * sound and the birth date; the village and the name's sound; the village and the birth date; the phone. What shares a
 * block of more than LIKELY_BLOCK_MOST persons is not compared; it is counted, and nothing is linked by itself then.
 *
 * A link by itself needs all of these: a weight above the version's threshold; three witnesses that agree and are rare
 * (name, birth date, village, phone; a number that is nearly the same counts for two); and no other person within that
 * threshold. Two proven numbers that differ are two people, unless the number is lent: the record gives a birth date
 * that is not the number's. The answer depends on record, roster and weights alone. */
#ifndef BIDUI_PIPELINE_PULL_LIKELY_LIKELY_H
#define BIDUI_PIPELINE_PULL_LIKELY_LIKELY_H

#include "pipeline/pull/index.h"

#define LIKELY_BLOCK_MOST 512
#define LIKELY_PAIRS 32
#define LIKELY_FIELD_COUNT 6

enum likely_verdict { LIKELY_NOBODY, LIKELY_LINK, LIKELY_ASK };

/* As it came; null: the dataset has no such column. */
struct likely_record {
    struct str number, name, birth, sex, phone, village, village_name;
};
struct likely_pair {
    uint32_t person;
    int32_t weight, prior; /* thousandths of a bit; the prior is in the weight */
    bool by_relatives;     /* weighed against a relative's record, which was the likelier */
    uint8_t levels[LIKELY_FIELD_COUNT];
    int32_t weights[LIKELY_FIELD_COUNT];
    int32_t rarity[LIKELY_FIELD_COUNT]; /* weights against strangers, whoever was likelier */
};
struct likely_answer {
    enum likely_verdict verdict;
    struct likely_pair pairs[LIKELY_PAIRS]; /* LINK: the one; ASK: by rising person */
    size_t n;
    size_t compared;
    size_t left_out; /* persons in blocks too large */
};

struct likely_weights;
struct likely;
/* `ix` and `w` outlive it. */
struct likely *likely_new(const struct index *ix, const struct likely_weights *w);
void likely_free(struct likely *l); /* NULL is fine */
size_t likely_bytes(const struct likely *l);
int likely_version(const struct likely *l);

/* is_refused (or NULL): pairs that a person said no to; they count for nothing, not even as rivals. */
void likely_find(const struct likely *l, struct arena *scratch, const struct likely_record *r,
                 bool (*is_refused)(void *ctx, uint32_t person), void *ctx, struct likely_answer *ret);

#endif
