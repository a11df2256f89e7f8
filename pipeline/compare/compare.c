#include "pipeline/compare/compare.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/text.h"
#include "pipeline/link/pattern.h"

#define COMPARE_ARENA ((size_t)32 << 30)

static void *array(size_t count, size_t size)
{
    void *p = calloc(count + 1, size);
    if (p == NULL) {
        err_die(RC_MEMORY, "%s", "compare");
    }
    return p;
}

enum rc compare_open(const char *left, const char *right, const char *key, const char *map,
                     struct comparison *ret)
{
    *ret = (struct comparison){.arena = arena_new(COMPARE_ARENA), .is_self = right == NULL};
    ret->left = &ret->files[0];
    ret->right = &ret->files[right == NULL ? 0 : 1];
    TRY(input_read(ret->arena, left, &ret->files[0]));
    if (right != NULL) {
        TRY(input_read(ret->arena, right, &ret->files[1]));
    }
    return columns_guess(ret->arena, ret->left, ret->right, key, map, &ret->columns);
}

/* ---- Linking ---- */

static void add_rows(struct comparison *c, int side)
{
    const struct input *s = side == 0 ? c->left : c->right;
    struct str values[LINK_FIELDS];
    for (uint32_t i = 0; i < s->row_n; i++) {
        for (size_t f = 0; f < c->columns.evidence_n; f++) {
            const struct column_pair *p = &c->columns.pairs[f];
            values[f] = input_cell(s, i, side == 0 ? p->left : p->right);
        }
        link_lists_add(&c->lists, side,
                       c->columns.key_n[side] > 0 ? row_key(c, c->arena, side, i) : STR(""),
                       values);
    }
}

static int by_left_row(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    if (x->left != y->left) {
        return x->left < y->left ? -1 : 1;
    }
    if (x->decision->weight != y->decision->weight) {
        return x->decision->weight > y->decision->weight ? -1 : 1;
    }
    return x->right < y->right ? -1 : x->right > y->right;
}

static void mark(unsigned char *part, enum part found)
{
    *part = *part == PART_SAME ? PART_SAME : (unsigned char)found;
}

static void sort_out(struct comparison *c)
{
    const struct link_decisions *d = &c->run.decisions;
    c->found = array(d->n, sizeof *c->found);
    c->found_n = d->n;
    for (int s = 0; s < 2; s++) {
        size_t n = (s == 0 ? c->left : c->right)->row_n;
        c->part[s] = s == 1 && c->is_self ? c->part[0] : array(n, 1);
        memset(c->part[s], PART_LEFT, n);
    }
    for (size_t i = 0; i < d->n; i++) {
        uint32_t left = c->lists.side[0].rows[d->all[i].left],
                 right = link_lists_right(&c->lists)->rows[d->all[i].right];
        bool is_turned = c->is_self && right < left;
        c->found[i] =
            (struct found){is_turned ? right : left, is_turned ? left : right, &d->all[i]};
        enum part part = d->all[i].verdict == LINK_ACCEPTED ? PART_SAME : PART_REVIEW;
        mark(&c->part[0][left], part);
        mark(&c->part[1][right], part);
        c->counts[part]++;
    }
    qsort(c->found, c->found_n, sizeof *c->found, by_left_row);
    for (int s = 0; s < (c->is_self ? 1 : 2); s++) {
        size_t n = (s == 0 ? c->left : c->right)->row_n;
        for (size_t i = 0; i < n; i++) {
            c->counts[s == 0 ? PART_LEFT : PART_RIGHT] += c->part[s][i] == PART_LEFT ? 1 : 0;
        }
    }
}

enum rc compare_link(struct comparison *c, const struct link_options *options)
{
    struct link_field fields[LINK_FIELDS];
    size_t n = columns_fields(&c->columns, fields);
    link_lists_init(&c->lists, c->arena, fields, n, c->is_self);
    c->is_linked = true;
    add_rows(c, 0);
    if (!c->is_self) {
        add_rows(c, 1);
    }
    link_lists_close(&c->lists);
    TRY(link_run(&c->lists, options, &c->run));
    sort_out(c);
    return RC_OK;
}

void compare_close(struct comparison *c)
{
    if (c->is_linked) {
        link_done(&c->run);
        link_lists_done(&c->lists);
    }
    if (!c->is_self) {
        free(c->part[1]);
    }
    free(c->part[0]);
    free(c->found);
    input_done(&c->files[0]);
    input_done(&c->files[1]);
    arena_free(c->arena);
}

/* ---- In words ---- */

const char *part_title(const struct comparison *c, enum part part)
{
    switch (part) {
    case PART_SAME:
        return c->is_self ? tr("重复", "Duplicates") : tr("一致", "Matched");
    case PART_REVIEW:
        return c->is_self ? tr("疑似重复", "Perhaps") : tr("疑似", "Perhaps");
    case PART_LEFT:
        return c->is_self ? tr("无重复", "Single") : tr("仅左", "Left only");
    case PART_RIGHT:
    case PARTS:
        break;
    }
    return tr("仅右", "Right only");
}

struct str row_key(const struct comparison *c, struct arena *a, int side, uint32_t row)
{
    const struct input *s = side == 0 ? c->left : c->right;
    if (c->columns.key_n[side] == 0) {
        return str_from(arena_printf(a, tr("第%lld行", "line %lld"), (long long)s->numbers[row]));
    }
    return str_trim(text_fold(a, input_cell(s, row, c->columns.keys[side][0])));
}

const char *difference(const struct comparison *c, const struct found *f,
                       const struct column_pair *pair)
{
    struct str left = input_cell(c->left, f->left, pair->left),
               right = input_cell(c->right, f->right, pair->right);
    if (left.n == 0 || right.n == 0 || str_eq(left, right)) {
        return NULL;
    }
    if (!pair->is_evidence) {
        return tr("不同", "differs");
    }
    unsigned level = pattern_level(f->decision->pattern, pair->field);
    if (level ==
        LINK_MISSING) { /* said by another field already, or no value at all: as they look */
        level = link_kinds[pair->kind].level_count - 1;
    }
    const struct link_level *l = &link_kinds[pair->kind].levels[level];
    return level == LINK_SAME ? tr("写法不同", "written otherwise") : tr(l->zh, l->en);
}

struct str differences_text(const struct comparison *c, struct arena *a, const struct found *f)
{
    const char *text = "";
    for (size_t i = 0; i < c->columns.n; i++) {
        const char *what = difference(c, f, &c->columns.pairs[i]);
        if (what != NULL) {
            text =
                arena_printf(a, tr("%s%s%s:%s", "%s%s%s: %s"), text,
                             *text != '\0' ? tr(";", "; ") : "", c->columns.pairs[i].title, what);
        }
    }
    return str_from(text);
}

struct str weight_text(struct arena *a, int32_t weight)
{
    int32_t tenths = (weight + (weight < 0 ? -50 : 50)) / 100;
    return str_from(
        arena_printf(a, "%s%d.%d", tenths < 0 ? "-" : "", abs(tenths) / 10, abs(tenths) % 10));
}
