/* What people read on the terminal. */
#include <stdio.h>

#include "base/err.h"
#include "pipeline/compare/compare.h"

static const char *why_text(enum column_why why)
{
    switch (why) {
    case WHY_NAME:
        return tr("按列名", "by its name");
    case WHY_CONTENT:
        return tr("按内容", "by its content");
    case WHY_MAP:
        return "--map";
    case WHY_SAME_NAME:
        break;
    }
    return tr("同名,只对照不作依据", "same name, shown only");
}

static void tell_file(const struct input *s)
{
    fprintf(stderr, tr("%s: %s,%zu 行\n", "%s: %s, %zu rows\n"), s->name, s->format, s->row_n);
    if (s->bad_rows.n > 0) {
        fprintf(stderr,
                tr("  %zu 行读不出,没有参加比对;第一处在第 %lld 行:%s\n",
                   "  %zu rows could not be read and are left out; the first is line %lld: %s\n"),
                s->bad_rows.n, (long long)s->bad_rows.first, s->bad_rows.why);
    }
    if (s->bad_cells.n > 0) {
        fprintf(
            stderr,
            tr("  %zu 个单元格读不出,当作空值;第一处在第 %lld 行:%s\n",
               "  %zu cells could not be read and count as empty; the first is in line %lld: %s\n"),
            s->bad_cells.n, (long long)s->bad_cells.first, s->bad_cells.why);
    }
    if (s->was_cut) {
        fputs(tr("  文件在一行中间结束,可能不完整\n",
                 "  it ends in the middle of a line: perhaps it is not whole\n"),
              stderr);
    }
}

/* Keys that name two rows, or none, make the results hard to read. */
static void tell_keys(const struct comparison *c, int side)
{
    const struct input *s = side == 0 ? c->left : c->right;
    struct map seen;
    size_t again = 0, empty = 0;
    map_init(&seen);
    for (uint32_t i = 0; c->columns.key_n[side] > 0 && i < s->row_n; i++) {
        struct str key = row_key(c, c->arena, side, i);
        empty += key.n == 0 ? 1 : 0;
        again += key.n > 0 && !map_put(&seen, key, c->arena) ? 1 : 0;
    }
    map_done(&seen);
    if (again + empty > 0) {
        fprintf(stderr,
                tr("  %s 的键有 %zu 行重复、%zu 行为空\n",
                   "  keys of %s: %zu rows repeat one, %zu have none\n"),
                s->name, again, empty);
    }
}

static void tell_unused(const struct comparison *c, int side)
{
    const struct input *s = side == 0 ? c->left : c->right;
    if (c->columns.unused_n[side] == 0) {
        return;
    }
    fprintf(stderr, "  %s",
            side == 0 ? tr("左表未用:", "not used of the left: ")
                      : tr("右表未用:", "not used of the right: "));
    for (size_t i = 0; i < c->columns.unused_n[side]; i++) {
        fprintf(stderr, "%s%.*s", i > 0 ? tr("、", ", ") : "",
                STR_ARGS(s->columns[c->columns.unused[side][i]]));
    }
    fputc('\n', stderr);
}

void tell_columns(const struct comparison *c)
{
    tell_file(c->left);
    if (!c->is_self) {
        tell_file(c->right);
    }
    for (size_t i = 0; i < c->columns.n; i++) {
        const struct column_pair *p = &c->columns.pairs[i];
        struct str other = c->right->columns[p->right];
        bool same = str_is(other, p->title);
        const struct link_kind_row *kind = &link_kinds[p->kind];
        fprintf(stderr, "  %s%s%.*s = %s (%s)\n", p->title, same ? "" : " : ",
                same ? 0 : (int)other.n, other.p, p->is_evidence ? kind->name : "-",
                why_text(p->why));
    }
    for (int s = 0; s < (c->is_self ? 1 : 2); s++) {
        tell_unused(c, s);
        tell_keys(c, s);
    }
}

static const char *pass_title(const struct comparison *c, const struct link_pass *p)
{
    const char *text = p->key_n == 0 ? tr("全部", "all") : "";
    for (size_t k = 0; k < p->key_n; k++) {
        text = arena_printf(c->arena, "%s%s%s", text, k > 0 ? "+" : "",
                            link_key_title(c->arena, &c->lists, p->keys[k]));
    }
    return text;
}

/* A field that speaks against a pair where it is the same is of no use, and perhaps taken for what
 * it is not. */
static void tell_fields(const struct comparison *c)
{
    for (size_t f = 0; f < c->lists.field_n; f++) {
        unsigned last = link_kinds[c->lists.fields[f].kind].level_count - 1;
        if (c->run.model.weights[f][LINK_SAME] <= c->run.model.weights[f][last]) {
            fprintf(stderr,
                    tr("  %s:相同反而扣分,这一列可能认错了(用 --map 改正)\n",
                       "  %s: its agreement speaks against a pair; perhaps it is not what it was "
                       "taken for (--map)\n"),
                    c->lists.fields[f].title);
        }
    }
}

void tell_passes(const struct comparison *c)
{
    tell_fields(c);
    for (size_t i = 0; i < c->run.passes.n; i++) {
        const struct link_pass *p = &c->run.passes.passes[i];
        if (p->skipped_blocks > 0) {
            fprintf(stderr,
                    tr("  %s:%lld 组过大(共 %lld 对),这一遍没有比较\n",
                       "  %s: %lld blocks too large (%lld pairs), not compared in this pass\n"),
                    pass_title(c, p), (long long)p->skipped_blocks, (long long)p->skipped_pairs);
        }
    }
}

static enum rc put_counts(const struct comparison *c, struct buf *out)
{
    for (int i = 0; i < (c->is_self ? PART_RIGHT : PARTS); i++) {
        TRY(buf_printf(out, "%s %zu\n", part_title(c, (enum part)i), c->counts[i]));
    }
    return RC_OK;
}

static enum rc put_truth(const struct truth *t, struct buf *out)
{
    TRY(buf_printf(out,
                   tr("精确率 %.4f  召回率 %.4f  F1 %.4f(按对:认定 %zu,其中正确 %zu,应有 %zu)\n",
                      "precision %.4f  recall %.4f  F1 %.4f (pairs: %zu accepted, %zu of them "
                      "right, %zu known)\n"),
                   truth_precision(t->right, t->links), truth_recall(t, t->right),
                   truth_f1(t, t->right, t->links), t->links, t->right, t->known));
    TRY(buf_puts(out,
                 str_from(tr("得分≥  精确率  召回率  F1\n", "weight>=  precision  recall  F1\n"))));
    for (size_t i = 0; i < t->curve_n; i++) {
        const struct truth_point *p = &t->curve[i];
        TRY(buf_printf(out, "%7.1f  %.4f  %.4f  %.4f\n", p->weight / 1000.0,
                       truth_precision(p->right, p->links), truth_recall(t, p->right),
                       truth_f1(t, p->right, p->links)));
    }
    return RC_OK;
}

enum rc compare_put_text(const struct comparison *c, const struct truth *truth, const char *folder,
                         struct buf *out)
{
    TRY(put_counts(c, out));
    if (truth != NULL) {
        TRY(put_truth(truth, out));
    }
    return buf_printf(out, tr("结果在 %s\n", "written to %s\n"), folder);
}
