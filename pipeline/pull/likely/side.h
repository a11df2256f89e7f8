/* One side of a pair, ready to be compared: a record, or a person of the roster. */
#ifndef BIDUI_PIPELINE_PULL_LIKELY_SIDE_H
#define BIDUI_PIPELINE_PULL_LIKELY_SIDE_H

#include "base/idno.h"
#include "pipeline/link/values.h"
#include "pipeline/pull/likely/likely.h"

struct likely_side {
    struct link_value number, name, birth; /* an empty text: none */
    bool birth_is_numbers; /* no birth date is given: it is the proven number's */
    bool is_lent;          /* the number is proven, and of another birth date than the given one */
    enum sex sex;
    uint64_t phone;
    uint32_t village;  /* INDEX_NONE */
    uint32_t township; /* nine digits; 0: unknown */
};

/* Texts live in the arena. */
void likely_side_of_record(const struct index *ix, struct arena *a, const struct likely_record *r, struct likely_side *ret);
void likely_side_of_person(const struct index *ix, struct arena *a, uint32_t person, struct likely_side *ret);
/* Only what blocks need: name, birth date, place, phone. */
void likely_side_for_blocks(const struct index *ix, struct arena *a, uint32_t person, struct likely_side *ret);

/* Blocks: hashes of what two sides may share; false where a part is missing. */
enum likely_block { BLOCK_SOUND_YEAR_TOWNSHIP, BLOCK_SOUND_BIRTH, BLOCK_VILLAGE_SOUND, BLOCK_VILLAGE_BIRTH, BLOCK_PHONE, LIKELY_BLOCKS };
bool likely_block_hash(const struct likely_side *s, enum likely_block block, uint32_t *ret);
/* Surname in its village; not a block, but a count. */
uint32_t likely_surname_hash(const struct likely_side *s);
uint32_t likely_township(struct str code);
uint64_t likely_phone(struct arena *a, struct str raw);

#endif
