/* What one dataset's delivery may grow to: a source gone wrong is stopped with an error that names the key to raise, and never
 * takes the machine with it. One table of keys, `caps` of a dataset; what isn't set has the defaults below. */
#ifndef BIDUI_CONNECTORS_CAPS_H
#define BIDUI_CONNECTORS_CAPS_H

#include "base/keys.h"

#define CAPS_BODY ((size_t)64 << 20)
#define CAPS_DEPTH ((size_t)64)
#define CAPS_FIELDS ((size_t)65536)
#define CAPS_PAGES INT64_C(1000000)

struct caps {
    size_t body;                         /* bytes of one answer, packed and unpacked; 0: not set */
    size_t depth, fields;
    int64_t pages;
};

extern const struct key_spec caps_keys[];
/* `settings`: the dataset's. */
struct caps caps_read(const struct yaml *settings);
/* What the table cannot say. `connector`: its kind, or NULL. */
void caps_check(struct problems *p, const struct yaml *settings, const char *connector);

#endif
