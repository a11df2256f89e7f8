/* Which record keys has this delivery brought already? A fixed-size filter that never forgets one but
 * may take a new one for known: rarely while keys are few, always once it is full. */
#ifndef BIDUI_PIPELINE_PULL_KEYS_MET_H
#define BIDUI_PIPELINE_PULL_KEYS_MET_H

#include "base/str.h"

struct keys_met;
struct keys_met *keys_met_new(void);
void keys_met_free(struct keys_met *k); /* NULL is fine */
void keys_met_clear(struct keys_met *k);
/* False: certainly for the first time. */
bool keys_met_add(struct keys_met *k, struct str key);

#endif
