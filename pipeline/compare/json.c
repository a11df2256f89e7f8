/* What programs read: counts, columns, passes, weights, and, where the truth is known, how good it
 * is. No values. */
#include "pipeline/compare/compare.h"

static enum rc put_name(struct buf *out, const char *name, const char *text)
{
    TRY(buf_printf(out, "\"%s\": ", name));
    return buf_put_json(out, str_from(text));
}

static enum rc put_file(struct buf *out, const char *side, const struct input *s)
{
    TRY(buf_printf(out, ", \"%s\": {", side));
    TRY(put_name(out, "file", s->name));
    TRY(buf_puts(out, STR(", ")));
    TRY(put_name(out, "format", s->format));
    return buf_printf(out, ", \"rows\": %zu, \"unreadable\": %zu}", s->row_n, s->bad_rows.n);
}

static enum rc put_levels(const struct comparison *c, size_t field, struct buf *out)
{
    const struct link_kind_row *kind = &link_kinds[c->lists.fields[field].kind];
    TRY(buf_puts(out, STR(", \"levels\": [")));
    for (unsigned k = LINK_SAME; k < kind->level_count; k++) {
        TRY(buf_printf(out, "%s{", k > LINK_SAME ? ", " : ""));
        TRY(put_name(out, "level", tr(kind->levels[k].zh, kind->levels[k].en)));
        TRY(buf_printf(out,
                       ", \"milli_weight\": %d, \"related_milli_weight\": %d, \"m\": %.6f, \"r\": "
                       "%.6f, \"u\": %.9f, \"seen\": %s}",
                       c->run.model.weights[field][k], c->run.model.related_weights[field][k],
                       c->run.model.m[field][k], c->run.model.r[field][k], c->run.model.u[field][k],
                       link_guard_is_unseen(&c->run.model, field, k) ? "false" : "true"));
    }
    return buf_puts(out, STR("]"));
}

static enum rc put_columns(const struct comparison *c, struct buf *out)
{
    TRY(buf_puts(out, STR(", \"columns\": [")));
    for (size_t i = 0; i < c->columns.n; i++) {
        const struct column_pair *p = &c->columns.pairs[i];
        TRY(buf_puts(out, i > 0 ? STR(", {") : STR("{")));
        TRY(put_name(out, "left", p->title));
        TRY(buf_puts(out, STR(", \"right\": ")));
        TRY(buf_put_json(out, c->right->columns[p->right]));
        TRY(buf_puts(out, STR(", ")));
        TRY(put_name(out, "kind", p->is_evidence ? link_kinds[p->kind].name : "shown"));
        TRY(p->is_evidence ? put_levels(c, p->field, out) : RC_OK);
        TRY(buf_puts(out, STR("}")));
    }
    return buf_puts(out, STR("]"));
}

static enum rc put_passes(const struct comparison *c, struct buf *out)
{
    TRY(buf_puts(out, STR(", \"passes\": [")));
    for (size_t i = 0; i < c->run.passes.n; i++) {
        const struct link_pass *p = &c->run.passes.passes[i];
        TRY(buf_printf(out, "%s{\"keys\": [", i > 0 ? ", " : ""));
        for (size_t k = 0; k < p->key_n; k++) {
            TRY(k > 0 ? buf_puts(out, STR(", ")) : RC_OK);
            TRY(buf_put_json(out, str_from(link_key_title(c->arena, &c->lists, p->keys[k]))));
        }
        TRY(buf_printf(
            out, "], \"pairs\": %lld, \"skipped_blocks\": %lld, \"skipped_pairs\": %lld}",
            (long long)p->pairs, (long long)p->skipped_blocks, (long long)p->skipped_pairs));
    }
    return buf_puts(out, STR("]"));
}

static enum rc put_model(const struct comparison *c, struct buf *out)
{
    const struct link_model *m = &c->run.model;
    return buf_printf(out,
                      ", \"model\": {\"rounds\": %d, \"converged\": %s, \"prior\": %d, "
                      "\"related_prior\": %d, \"expected_pairs\": %.1f, \"expected_related\": "
                      "%.1f, \"has_related\": %s, \"compared\": %zu, "
                      "\"accept\": %d, \"review\": %d}",
                      m->rounds, m->has_converged ? "true" : "false", m->prior, m->related_prior,
                      m->true_pairs, m->related_pairs, m->has_related ? "true" : "false",
                      c->run.candidates.n, c->run.decisions.accept, c->run.decisions.review);
}

static enum rc put_truth(const struct truth *t, struct buf *out)
{
    TRY(buf_printf(out,
                   ", \"precision\": %.6f, \"recall\": %.6f, \"f1\": %.6f, \"known\": %zu, "
                   "\"accepted_right\": %zu, \"curve\": [",
                   truth_precision(t->right, t->links), truth_recall(t, t->right),
                   truth_f1(t, t->right, t->links), t->known, t->right));
    for (size_t i = 0; i < t->curve_n; i++) {
        const struct truth_point *p = &t->curve[i];
        TRY(buf_printf(out,
                       "%s{\"milli_weight\": %d, \"links\": %zu, \"precision\": %.6f, \"recall\": "
                       "%.6f, \"f1\": %.6f}",
                       i > 0 ? ", " : "", p->weight, p->links, truth_precision(p->right, p->links),
                       truth_recall(t, p->right), truth_f1(t, p->right, p->links)));
    }
    return buf_puts(out, STR("]"));
}

enum rc compare_put_json(const struct comparison *c, const struct truth *truth, int64_t ms,
                         struct buf *out)
{
    static const char *const names[PARTS] = {"accepted", "review", "left_only", "right_only"};
    TRY(buf_puts(out, STR("{\"format\": 1")));
    TRY(put_file(out, "left", c->left));
    TRY(c->is_self ? RC_OK : put_file(out, "right", c->right));
    for (int i = 0; i < (c->is_self ? PART_RIGHT : PARTS); i++) {
        TRY(buf_printf(out, ", \"%s\": %zu", names[i], c->counts[i]));
    }
    TRY(put_columns(c, out));
    TRY(put_passes(c, out));
    TRY(put_model(c, out));
    TRY(truth != NULL ? put_truth(truth, out) : RC_OK);
    return buf_printf(out, ", \"seconds\": %lld.%03lld}\n", (long long)(ms / 1000),
                      (long long)(ms % 1000));
}
