/* The blocks of one pass. */
#include <stdlib.h>

#include "base/err.h"
#include "pipeline/link/grouping.h"
#include "pipeline/link/passes.h"

#define EVERYBODY UINT64_C(1)

static void *array(size_t count, size_t size)
{
    void *p = calloc(count + 1, size);
    if (p == NULL) {
        err_die(RC_MEMORY, "%s", "link_blocks");
    }
    return p;
}

static uint64_t block_key(const struct link_passes *p, const struct link_pass *pass, int side,
                          size_t record)
{
    const uint32_t *ids = p->ids[side] + record * p->kept;
    if (pass->key_n == 0) {
        return EVERYBODY;
    }
    uint32_t a = ids[pass->slots[0]], b = ids[pass->slots[pass->key_n - 1]];
    return a == 0 || b == 0 ? 0 : (uint64_t)a << 32 | b;
}

/* Members of each group, one group behind the other, in the order of records. */
static void gather(const uint32_t *groups, size_t records, size_t n, uint32_t **ret_members,
                   size_t **ret_from)
{
    size_t *from = array(n + 1, sizeof *from), *at = array(n, sizeof *at);
    uint32_t *members = array(records, sizeof *members);
    for (size_t i = 0; i < records; i++) {
        if (groups[i] != GROUPING_NONE) {
            from[groups[i] + 1]++;
        }
    }
    for (size_t i = 0; i < n; i++) {
        from[i + 1] += from[i];
        at[i] = from[i];
    }
    for (size_t i = 0; i < records; i++) {
        if (groups[i] != GROUPING_NONE) {
            members[at[groups[i]]++] = (uint32_t)i;
        }
    }
    free(at);
    *ret_members = members;
    *ret_from = from;
}

static void count_blocks(struct link_passes *p, size_t which, struct link_blocks *b)
{
    struct link_pass *pass = &p->passes[which];
    for (size_t i = 0; i < b->n; i++) {
        double n = (double)(b->left_from[i + 1] - b->left_from[i]),
               m = (double)(b->right_from[i + 1] - b->right_from[i]);
        double pairs = p->lists->is_self ? n * (n - 1) / 2 : n * m;
        bool is_skipped = pairs > p->block_most;
        *(is_skipped ? &pass->skipped_pairs : &pass->pairs) += (int64_t)pairs;
        *(is_skipped ? &pass->skipped_blocks : &pass->blocks) += pairs > 0 ? 1 : 0;
        for (size_t k = b->left_from[i]; is_skipped && k < b->left_from[i + 1]; k++) {
            p->skipped[0][b->left[k]] |= UINT64_C(1) << which;
        }
    }
}

void link_blocks_build(struct link_passes *p, size_t which, struct link_blocks *ret)
{
    const struct link_pass *pass = &p->passes[which];
    const struct link_side *left = &p->lists->side[0], *right = &p->lists->side[1];
    struct grouping g;
    uint32_t *groups = array(left->n > right->n ? left->n : right->n, sizeof *groups);
    grouping_init(&g, left->n);
    for (size_t i = 0; i < left->n; i++) {
        groups[i] = grouping_add(&g, block_key(p, pass, 0, i));
    }
    *ret = (struct link_blocks){.n = g.n};
    gather(groups, left->n, g.n, &ret->left, &ret->left_from);
    if (p->lists->is_self) {
        ret->right = ret->left;
        ret->right_from = ret->left_from;
    } else {
        for (size_t i = 0; i < right->n; i++) {
            groups[i] = grouping_find(&g, block_key(p, pass, 1, i));
        }
        gather(groups, right->n, g.n, &ret->right, &ret->right_from);
    }
    grouping_done(&g);
    free(groups);
    count_blocks(p, which, ret);
}

void link_blocks_done(struct link_blocks *b)
{
    if (b->right != b->left) {
        free(b->right);
        free(b->right_from);
    }
    free(b->left);
    free(b->left_from);
}
