#include "pipeline/link/guard.h"

#include <math.h>

#define TRUE_PAIRS_MOST 1.1 /* of the smaller list, where a record has one partner */
#define RECALL_LEAST 0.2 /* share of the expected true pairs that is surely told from strangers */
#define UNSEEN 0.5       /* expected true pairs */
#define TRUE_PAIRS_LEAST 5.0

bool link_guard_is_unseen(const struct link_model *m, size_t field, unsigned level)
{
    return m->seen_m[field][level] < UNSEEN;
}

static enum rc refuse(const char *reason)
{
    enum rc rc = err_fail(RC_STATE, "%s", reason);
    err_hint("%s",
             tr("补充能区分人的列(证件号、出生日期、电话、详细地址),或用 --map 改正列的类型。",
                "Add columns that tell people apart (number, birth date, phone, full address), or "
                "correct the kinds with --map."));
    return rc;
}

/* Fields whose agreement speaks against a pair. */
static size_t count_switched(const struct link_model *m)
{
    size_t n = 0;
    for (size_t f = 0; f < m->lists->field_n; f++) {
        unsigned last = link_kinds[m->lists->fields[f].kind].level_count - 1;
        n += m->weights[f][LINK_SAME] <= m->weights[f][last] ? 1 : 0;
    }
    return n;
}

static double surely_told(const struct link_decisions *d)
{
    double sum = 0;
    for (size_t i = 0; i < d->n; i++) {
        if (d->all[i].weight >= d->accept) {
            sum += 1 / (1 + exp2(-d->all[i].weight / 1000.0));
        }
    }
    return sum;
}

enum rc link_guard(const struct link_model *m, const struct link_candidates *c,
                   const struct link_decisions *d)
{
    const struct link_lists *l = m->lists;
    size_t n = l->side[0].n, k = link_lists_right(l)->n, smaller = n < k ? n : k;
    (void)c;
    if (!m->has_converged) {
        return refuse(tr("模型没有收敛", "the model did not converge"));
    }
    if (2 * count_switched(m) >= l->field_n) {
        return refuse(tr("模型把不同的人当成了同一人(多数字段相同反而扣分)",
                         "the model took strangers for true pairs (agreement of most fields speaks "
                         "against a pair)"));
    }
    if (!l->is_self && m->true_pairs > TRUE_PAIRS_MOST * (double)smaller) {
        return refuse(tr("这些列分不开不同的人:估计的同一人对数多于记录数",
                         "the fields cannot tell people apart: more true pairs are expected than "
                         "there are records"));
    }
    if (m->true_pairs > TRUE_PAIRS_LEAST && surely_told(d) < RECALL_LEAST * m->true_pairs) {
        return refuse(tr("这些列分不开不同的人:能确认的不到估计的五分之一",
                         "the fields cannot tell people apart: less than a fifth of the expected "
                         "true pairs is certain"));
    }
    return RC_OK;
}
