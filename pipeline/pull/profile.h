/* What the values of a delivery look like, over every row received, strangers' too: how many are blank and how many
 * differ in the fields that have limits, and how new the newest record is. Memory is bounded: of a field's values only
 * keyed hashes are kept, and no more of them than its limits ask for. Kept as text with the position of the delivery, so
 * that a killed pull goes on counting where it stood; emptied with the verdict. */
#ifndef BIDUI_PIPELINE_PULL_PROFILE_H
#define BIDUI_PIPELINE_PULL_PROFILE_H

#include "pipeline/config.h"

struct profile;
/* future: instants from here on are mistyped and make nothing fresh. NULL where the dataset has no such limits. */
struct profile *profile_new(const struct dataset *d, const struct key *code_key, int64_t future);
void profile_free(struct profile *p); /* NULL is fine here and below */
void profile_add(struct profile *p, struct arena *scratch, const struct str *row);
void profile_clear(struct profile *p);

struct str profile_text(const struct profile *p, struct arena *a);
bool profile_read(struct profile *p, struct str text); /* false: not what profile_text wrote for these limits */

struct field_profile {
    const char *name;
    int64_t blank, distinct; /* distinct: up to one above the greater limit */
    bool is_capped;
    const struct field_limit *limit;
};
int64_t profile_rows(const struct profile *p);
date_t profile_newest(const struct profile *p); /* DATE_NONE: no record says */
size_t profile_fields(const struct profile *p); /* how many have limits */
struct field_profile profile_field(const struct profile *p, size_t i);

#endif
