/* Blocking: which pairs are looked at at all. A pass puts records that share one key, or two, into
 * a block, and pairs are those of one block of any pass. Passes are chosen by how many pairs they
 * make, so that their sum stays within a budget that grows with the lists and not with their
 * product. A block that makes too many pairs by itself (a phone number that a whole village gave)
 * is left out, and counted.
 *
 *   link_passes_choose -> link_blocks_build for each -> link_passes_has for pairs ->
 * link_passes_done */
#ifndef BIDUI_PIPELINE_LINK_PASSES_H
#define BIDUI_PIPELINE_LINK_PASSES_H

#include "pipeline/link/keys.h"

#define LINK_PASSES 48 /* a bit each of a word */

struct link_pass {
    struct link_key keys[2];
    uint8_t slots[2];      /* of the keys among those kept */
    size_t key_n;          /* 0: every record with each other */
    double expected;       /* pairs, before it was built */
    int64_t pairs, blocks; /* of the blocks compared */
    int64_t skipped_pairs, skipped_blocks;
};

struct link_passes {
    const struct link_lists *lists;
    struct link_pass passes[LINK_PASSES];
    size_t n;
    size_t kept;          /* keys */
    uint32_t *ids[2];     /* by side, record and kept key */
    uint64_t *skipped[2]; /* by side and record: passes whose block of it is left out, a bit each */
    double budget, block_most;
};

/* Records of one block stand together. For one list with itself, right is left. */
struct link_blocks {
    size_t n;
    uint32_t *left, *right;         /* records */
    size_t *left_from, *right_from; /* n + 1 */
};

/* `all_below`: as many pairs are simply all looked at. RC_USAGE if no pass is selective enough:
 * told with the number of pairs and the time it would take. */
enum rc link_passes_choose(const struct link_lists *l, double all_below,
                           struct link_passes *ret) MUST_CHECK;
void link_passes_done(struct link_passes *p);
void link_blocks_build(struct link_passes *p, size_t pass, struct link_blocks *ret);
void link_blocks_done(struct link_blocks *b);
/* Was the pair in a block of an earlier pass? */
bool link_passes_before(const struct link_passes *p, size_t pass, uint32_t left, uint32_t right);

#endif
