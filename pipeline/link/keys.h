/* What records are put into blocks by: a key is something of one field's value that true pairs
 * often share though the values differ. Records without a value have no key and are in no block. */
#ifndef BIDUI_PIPELINE_LINK_KEYS_H
#define BIDUI_PIPELINE_LINK_KEYS_H

#include "pipeline/link/lists.h"

enum link_key_part {
    KEY_WHOLE,
    KEY_SOUND, /* of a name: as dialects confuse it; of a Latin one its first letters */
    KEY_YEAR,
    KEY_FIRST_HALF,
    KEY_LAST_HALF,
    KEY_PARTS
};
struct link_key {
    uint8_t field;
    uint8_t part;
};

#define LINK_KEYS_MOST (LINK_FIELDS * KEY_PARTS)

size_t link_keys_of(const struct link_lists *l, struct link_key ret[LINK_KEYS_MOST]);
/* A hash; 0: no key. */
uint32_t link_key_value(const struct link_lists *l, const struct link_side *s, size_t record,
                        struct link_key key);
const char *link_key_title(struct arena *a, const struct link_lists *l, struct link_key key);

#endif
