/* The roster in memory: who is on it, by identity number, name, household number and village. Built
 * once from PostgreSQL, shared with the workers by fork, read only afterwards. About 75 bytes a
 * person.
 *
 * Identity numbers are packed into 61 bits (17 digits, then the check character), so that a number
 * whose check digit fails is found by the same text and never taken for the right one. Keys lie
 * eight to a cache line: a probe that finds nothing, which is nearly every probe, touches one line.
 */
#ifndef BIDUI_PIPELINE_PULL_INDEX_H
#define BIDUI_PIPELINE_PULL_INDEX_H

#include "base/date.h"
#include "base/idno.h"
#include "base/str.h"
#include "pipeline/db.h"

#define INDEX_NONE UINT32_MAX

enum sex { SEX_UNKNOWN, SEX_MALE, SEX_FEMALE };

struct index_person {
    int64_t person_id;
    uint32_t household; /* position in the table of households */
    uint32_t name;      /* name key, in the blob */
    uint32_t next_same_name;
    date_t birth;
    uint8_t sex; /* enum sex */
    bool is_head, has_valid_number;
};
struct index_household {
    int64_t household_id;
    uint32_t number; /* household number, in the blob */
    uint32_t village;
    uint32_t speaker; /* the householder, else its first person; INDEX_NONE while empty */
};

struct index;
struct index *index_new(void);
void index_free(struct index *ix); /* NULL is fine */
/* The roster as known at the edition, over two sessions. */
enum rc index_load(struct db *db, struct db *other, const char *county, int edition,
                   bool with_evidence, struct index **ret) MUST_CHECK;

/* A province's, prefecture's or county's name, as it may stand in front of a village's; before index_finish. */
void index_add_region(struct index *ix, struct str name);
/* Building, in this order; then index_finish once. Ids are added in rising order. */
void index_add_village(struct index *ix, struct str code, struct str name,
                       struct str township_name);
uint32_t index_add_household(struct index *ix, int64_t household_id, struct str household_no,
                             struct str village_code);
uint32_t index_add_person(struct index *ix, int64_t person_id, uint32_t household, date_t birth,
                          enum sex sex, bool is_head);
/* number: 18 characters or anything else for none; valid or not. */
void index_set_identity(struct index *ix, uint32_t person, struct str number, struct str name);
/* Keeps numbers and phones of persons to be read one by one, 16 bytes a person more; before the first person. */
void index_keep_evidence(struct index *ix);
bool index_keeps_evidence(const struct index *ix);
void index_set_phone(struct index *ix, uint32_t person, uint64_t phone); /* 0: none; where evidence is kept */
void index_finish(struct index *ix);

size_t index_person_count(const struct index *ix);
const struct index_person *index_person(const struct index *ix, uint32_t person);
const struct index_household *index_household(const struct index *ix, uint32_t household);
struct str index_name(const struct index *ix, uint32_t person); /* its name key */

/* Where evidence is kept: the person's number of 18 characters, proven or not. False if there is none. */
bool index_number(const struct index *ix, uint32_t person, char ret[IDNO_LEN + 1]);
uint64_t index_phone(const struct index *ix, uint32_t person);
size_t index_village_count(const struct index *ix);
size_t index_household_count(const struct index *ix);

/* Persons with this number (18 characters): their count, which may exceed `most`; no order is
 * promised. */
size_t index_by_number(const struct index *ix, const char text18[IDNO_LEN], uint32_t *ret,
                       size_t most);
/* Brings near what index_by_number and index_name will read for n texts, whatever they are; one
 * stands every `stride` strings. At most INDEX_EXPECT are looked at. */
#define INDEX_EXPECT 64
void index_expect_numbers(const struct index *ix, const struct str *first, size_t stride, size_t n);
/* First person of that exact name key, then next_same_name, until INDEX_NONE. */
uint32_t index_by_name(const struct index *ix, struct str name_key);
uint32_t index_by_household_no(const struct index *ix, struct str household_no);
/* A village by what a department writes: a 12-digit code, a name, a township's code or name before
 * the name, and before these names of regions the roster knows ("和平县大坝镇石井村"). INDEX_NONE if unknown; *ret_ambiguous when several villages answer to it. */
uint32_t index_by_village(const struct index *ix, struct str code_or_name, struct str name,
                          bool *ret_ambiguous);
struct str index_village_code(const struct index *ix, uint32_t village);

#endif
