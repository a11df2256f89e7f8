/* compare.csv: every pair and every row left alone. */
#include "base/csv.h"
#include "base/fs.h"
#include "pipeline/compare/compare.h"

#define CSV_MAX ((size_t)8 << 30)
#define LEADING 6 /* columns before those of the lists */

struct rows {
    const struct comparison *c;
    struct arena *scratch;
    struct buf out;
    struct str *cells;
    size_t width;
};

static enum rc put(struct rows *r)
{
    TRY(csv_put_row(r->scratch, &r->out, r->cells, r->width));
    arena_reset(r->scratch);
    return RC_OK;
}

static enum rc put_header(struct rows *r)
{
    const char *const leading[LEADING] = {tr("结论", "result"),      tr("左键", "left"),
                                          tr("右键", "right"),       tr("得分", "weight"),
                                          tr("差异", "differences"), tr("说明", "reason")};
    for (size_t i = 0; i < LEADING; i++) {
        r->cells[i] = str_from(leading[i]);
    }
    for (size_t i = 0; i < r->c->columns.n; i++) {
        const char *title = r->c->columns.pairs[i].title;
        r->cells[LEADING + 2 * i] =
            str_from(arena_printf(r->scratch, tr("%s(左)", "%s (left)"), title));
        r->cells[LEADING + 2 * i + 1] =
            str_from(arena_printf(r->scratch, tr("%s(右)", "%s (right)"), title));
    }
    return put(r);
}

static void fill_side(struct rows *r, int side, uint32_t row, bool is_there)
{
    const struct comparison *c = r->c;
    for (size_t i = 0; i < c->columns.n; i++) {
        const struct column_pair *p = &c->columns.pairs[i];
        r->cells[LEADING + 2 * i + (size_t)side] =
            is_there
                ? input_cell(side == 0 ? c->left : c->right, row, side == 0 ? p->left : p->right)
                : STR("");
    }
    r->cells[1 + side] = is_there ? row_key(c, r->scratch, side, row) : STR("");
}

static enum rc put_pair(struct rows *r, const struct found *f)
{
    const struct link_decision *d = f->decision;
    fill_side(r, 0, f->left, true);
    fill_side(r, 1, f->right, true);
    r->cells[0] = str_from(part_title(r->c, d->verdict == LINK_ACCEPTED ? PART_SAME : PART_REVIEW));
    r->cells[3] = weight_text(r->scratch, d->weight);
    r->cells[4] = differences_text(r->c, r->scratch, f);
    r->cells[5] = str_from(link_reason_text(d->reason));
    return put(r);
}

static enum rc put_alone(struct rows *r, int side, uint32_t row)
{
    fill_side(r, side, row, true);
    fill_side(r, 1 - side, 0, false);
    r->cells[0] = str_from(part_title(r->c, side == 0 ? PART_LEFT : PART_RIGHT));
    r->cells[3] = r->cells[4] = r->cells[5] = STR("");
    return put(r);
}

static enum rc put_all(struct rows *r)
{
    const struct comparison *c = r->c;
    TRY(buf_puts(&r->out, STR("\xEF\xBB\xBF"))); /* WPS and Excel need the mark to see UTF-8 */
    TRY(put_header(r));
    for (int verdict = LINK_ACCEPTED; verdict <= LINK_REVIEW; verdict++) {
        for (size_t i = 0; i < c->found_n; i++) {
            TRY((int)c->found[i].decision->verdict == verdict ? put_pair(r, &c->found[i]) : RC_OK);
        }
    }
    for (int s = 0; s < (c->is_self ? 1 : 2); s++) {
        size_t n = (s == 0 ? c->left : c->right)->row_n;
        for (uint32_t i = 0; i < n; i++) {
            TRY(c->part[s][i] == PART_LEFT ? put_alone(r, s, i) : RC_OK);
        }
    }
    return RC_OK;
}

enum rc compare_write_csv(const struct comparison *c, const char *folder)
{
    struct rows r = {
        .c = c, .scratch = arena_new((size_t)256 << 20), .width = LEADING + 2 * c->columns.n};
    r.cells = arena_array(c->arena, r.width, sizeof *r.cells);
    buf_init(&r.out, CSV_MAX);
    enum rc rc = put_all(&r);
    arena_reset(r.scratch);
    rc = rc != RC_OK
             ? rc
             : fs_write_synced(arena_printf(r.scratch, "%s/compare.csv", folder), buf_str(&r.out));
    buf_done(&r.out);
    arena_free(r.scratch);
    return rc;
}
