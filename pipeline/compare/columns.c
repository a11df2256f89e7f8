#include "pipeline/compare/columns.h"

#include <strings.h>

#include "base/err.h"
#include "base/text.h"

enum standing { STAND_UNKNOWN, STAND_KIND, STAND_IGNORED, STAND_KEY };
struct guess {
    enum standing standing;
    enum link_kind kind;
    enum column_why why;
    size_t tied; /* left: the right column that --map ties it to, plus one */
    bool is_paired;
};
struct guessing {
    struct arena *arena;
    const struct input *sheets[2];
    struct guess *guesses[2];
    struct columns *columns;
};

/* ---- What was typed ---- */

static enum rc fail_column(const struct input *s, const char *option, struct str name)
{
    const char **names = arena_array(s->arena, s->column_n + 1, sizeof *names);
    for (size_t i = 0; i < s->column_n; i++) {
        names[i] = arena_cstr(s->arena, s->columns[i]);
    }
    const char *near = str_nearest(name, names, s->column_n);
    enum rc rc = err_fail(RC_USAGE, tr("%s: %s 中没有列“%.*s”", "%s: %s has no column \"%.*s\""),
                          option, s->name, STR_ARGS(name));
    if (near != NULL) {
        err_hint(tr("是不是“%s”?", "Did you mean \"%s\"?"), near);
    } else {
        err_hint(tr("该文件的第一列是“%s”。", "Its first column is \"%s\"."), names[0]);
    }
    return rc;
}

/* 编号 for both, or 编号,编码 for left and right. */
static enum rc take_keys(struct guessing *g, const char *key)
{
    struct str rest = str_from(key != NULL ? key : ""), names[2];
    names[0] = str_trim(str_cut(&rest, ','));
    names[1] = rest.n > 0 ? str_trim(rest) : names[0];
    for (int s = 0; s < 2 && names[0].n > 0; s++) {
        size_t at = input_find(g->sheets[s], text_fold(g->arena, names[s]));
        if (at == g->sheets[s]->column_n) {
            return fail_column(g->sheets[s], "--key", names[s]);
        }
        g->columns->keys[s] = arena_array(g->arena, 1, sizeof *g->columns->keys[s]);
        g->columns->keys[s][0] = at;
        g->columns->key_n[s] = 1;
        g->guesses[s][at].standing = STAND_KEY;
    }
    return RC_OK;
}

static enum rc fail_kind(struct arena *a, struct str kind)
{
    const char *all = "";
    for (int i = 0; i < LINK_KINDS; i++) {
        all = arena_printf(a, "%s%s, ", all, link_kinds[i].name);
    }
    enum rc rc =
        err_fail(RC_USAGE, tr("--map: 没有类型“%.*s”", "--map: no kind \"%.*s\""), STR_ARGS(kind));
    err_hint(tr("类型有 %signore。", "Kinds are %signore."), all);
    return rc;
}

static void set_kind(struct guess *guess, bool is_ignored, enum link_kind kind)
{
    guess->standing = is_ignored ? STAND_IGNORED : STAND_KIND;
    guess->kind = kind;
    guess->why = WHY_MAP;
}

/* One of: COLUMN=KIND, LEFT:RIGHT=KIND. */
static enum rc take_mapping(struct guessing *g, struct str one)
{
    struct str rest = one, names = str_cut(&rest, '='), kind_name = str_trim(rest), right = names;
    struct str left = str_trim(str_cut(&right, ':'));
    bool is_tied = right.n > 0, is_ignored = str_is(kind_name, "ignore");
    enum link_kind kind = LINK_KINDS;
    if (!is_ignored && !link_kind_find(kind_name, &kind)) {
        return fail_kind(g->arena, kind_name);
    }
    right = is_tied ? str_trim(right) : left;
    size_t at[2] = {input_find(g->sheets[0], text_fold(g->arena, left)),
                    input_find(g->sheets[1], text_fold(g->arena, right))};
    bool has_left = at[0] < g->sheets[0]->column_n, has_right = at[1] < g->sheets[1]->column_n;
    if (is_tied ? !has_left || !has_right : !has_left && !has_right) {
        return fail_column(g->sheets[has_left ? 1 : 0], "--map", has_left ? right : left);
    }
    for (int s = 0; s < 2; s++) {
        if (s == 0 ? has_left : has_right) {
            set_kind(&g->guesses[s][at[s]], is_ignored, kind);
        }
    }
    if (is_tied) {
        g->guesses[0][at[0]].tied = at[1] + 1;
    }
    return RC_OK;
}

static enum rc take_map(struct guessing *g, const char *map)
{
    for (struct str rest = str_from(map != NULL ? map : ""); rest.n > 0;) {
        struct str one = str_trim(str_cut(&rest, ','));
        if (one.n > 0) {
            TRY(take_mapping(g, one));
        }
    }
    return RC_OK;
}

/* ---- What is guessed ---- */

static void guess_side(struct guessing *g, int side)
{
    const struct input *s = g->sheets[side];
    for (size_t i = 0; i < s->column_n; i++) {
        struct guess *guess = &g->guesses[side][i];
        if (guess->standing != STAND_UNKNOWN) {
            continue;
        }
        bool by_name = column_kind_by_name(g->arena, s->columns[i], &guess->kind);
        if (by_name || column_kind_by_content(g->arena, s, i, &guess->kind)) {
            guess->standing = STAND_KIND;
            guess->why = by_name ? WHY_NAME : WHY_CONTENT;
        }
        /* 行政村 stands over codes here and over names there */
        if (guess->standing == STAND_KIND && guess->kind == LINK_REGION &&
            !column_is_digits(s, i)) {
            guess->kind = LINK_PLACE;
        }
    }
}

static bool has_own(const struct guessing *g, int side, enum link_kind kind)
{
    for (size_t i = 0; i < g->sheets[side]->column_n; i++) {
        const struct guess *guess = &g->guesses[side][i];
        if (guess->standing == STAND_KIND && guess->kind == kind &&
            !column_is_of_relative(g->arena, g->sheets[side]->columns[i])) {
            return true;
        }
    }
    return false;
}

/* Beside a person's own name a householder's is the household's; alone (a list of households) it is
 * the row's own. */
static void set_relatives_apart(struct guessing *g, int side)
{
    static const struct {
        enum link_kind own, shared; /* LINK_KINDS: no evidence */
    } kinds[] = {{LINK_NAME, LINK_HOUSEHOLDER},
                 {LINK_IDNO, LINK_HOUSEHOLD},
                 {LINK_BIRTH, LINK_KINDS},
                 {LINK_SEX, LINK_KINDS}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        bool is_beside = has_own(g, side, kinds[k].own);
        for (size_t i = 0; is_beside && i < g->sheets[side]->column_n; i++) {
            struct guess *guess = &g->guesses[side][i];
            bool is_relative = guess->standing == STAND_KIND && guess->kind == kinds[k].own &&
                               guess->why != WHY_MAP &&
                               column_is_of_relative(g->arena, g->sheets[side]->columns[i]);
            if (is_relative) {
                guess->standing = kinds[k].shared == LINK_KINDS ? STAND_UNKNOWN : STAND_KIND;
                guess->kind = kinds[k].shared;
            }
        }
    }
}

static void add_pair(struct guessing *g, size_t left, size_t right)
{
    struct guess *a = &g->guesses[0][left], *b = &g->guesses[1][right];
    const struct guess *known = a->standing == STAND_KIND ? a : b;
    struct columns *c = g->columns;
    c->pairs[c->n++] =
        (struct column_pair){.left = left,
                             .right = right,
                             .title = arena_cstr(g->arena, g->sheets[0]->columns[left]),
                             .is_evidence = known->standing == STAND_KIND,
                             .kind = known->kind,
                             .why = known->standing == STAND_KIND ? known->why : WHY_SAME_NAME};
    a->is_paired = b->is_paired = true;
}

static bool is_open(const struct guess *guess)
{
    return !guess->is_paired && (guess->standing == STAND_KIND || guess->standing == STAND_UNKNOWN);
}

static void pair_tied(struct guessing *g)
{
    for (size_t i = 0; i < g->sheets[0]->column_n; i++) {
        if (g->guesses[0][i].tied > 0 && is_open(&g->guesses[0][i])) {
            add_pair(g, i, g->guesses[0][i].tied - 1);
        }
    }
}

static void pair_by_name(struct guessing *g)
{
    for (size_t i = 0; i < g->sheets[0]->column_n; i++) {
        size_t at = input_find(g->sheets[1], g->sheets[0]->columns[i]);
        if (is_open(&g->guesses[0][i]) && at < g->sheets[1]->column_n &&
            is_open(&g->guesses[1][at])) {
            add_pair(g, i, at);
        }
    }
}

/* The only open column of a kind on a side; column_n if there is none, or more than one. */
static size_t only_one(const struct guessing *g, int side, enum link_kind kind)
{
    size_t n = g->sheets[side]->column_n, found = n;
    for (size_t i = 0; i < n; i++) {
        const struct guess *guess = &g->guesses[side][i];
        if (!guess->is_paired && guess->standing == STAND_KIND && guess->kind == kind) {
            if (found < n) {
                return n;
            }
            found = i;
        }
    }
    return found;
}

static void pair_by_kind(struct guessing *g)
{
    for (int k = 0; k < LINK_KINDS; k++) {
        size_t left = only_one(g, 0, (enum link_kind)k), right = only_one(g, 1, (enum link_kind)k);
        if (left < g->sheets[0]->column_n && right < g->sheets[1]->column_n) {
            add_pair(g, left, right);
        }
    }
}

/* ---- All of it ---- */

/* Evidence in the order of kinds (the strongest first), then of the left file; what is too much is
 * only shown. */
static void order_pairs(struct columns *c)
{
    for (size_t i = 1; i < c->n; i++) {
        struct column_pair p = c->pairs[i];
        size_t k = i;
        for (; k > 0; k--) {
            const struct column_pair *q = &c->pairs[k - 1];
            bool before = p.is_evidence != q->is_evidence      ? p.is_evidence
                          : p.is_evidence && p.kind != q->kind ? p.kind < q->kind
                                                               : p.left < q->left;
            if (!before) {
                break;
            }
            c->pairs[k] = *q;
        }
        c->pairs[k] = p;
    }
    for (size_t i = 0; i < c->n; i++) {
        c->pairs[i].is_evidence = c->pairs[i].is_evidence && i < LINK_FIELDS;
        c->pairs[i].field = i;
        c->evidence_n += c->pairs[i].is_evidence ? 1 : 0;
    }
}

static void list_unused(struct guessing *g, int side)
{
    size_t n = g->sheets[side]->column_n;
    g->columns->unused[side] = arena_array(g->arena, n + 1, sizeof *g->columns->unused[side]);
    for (size_t i = 0; i < n; i++) {
        if (!g->guesses[side][i].is_paired && g->guesses[side][i].standing != STAND_KEY) {
            g->columns->unused[side][g->columns->unused_n[side]++] = i;
        }
    }
}

enum rc columns_guess(struct arena *a, const struct input *left, const struct input *right,
                      const char *key, const char *map, struct columns *ret)
{
    struct guessing g = {.arena = a, .sheets = {left, right}, .columns = ret};
    *ret = (struct columns){.pairs = arena_array(a, left->column_n + 1, sizeof *ret->pairs)};
    for (int s = 0; s < 2; s++) {
        g.guesses[s] = arena_array(a, g.sheets[s]->column_n + 1, sizeof *g.guesses[s]);
    }
    TRY(take_keys(&g, key));
    TRY(take_map(&g, map));
    for (int s = 0; s < 2; s++) {
        guess_side(&g, s);
        set_relatives_apart(&g, s);
    }
    pair_tied(&g);
    pair_by_name(&g);
    pair_by_kind(&g);
    order_pairs(ret);
    list_unused(&g, 0);
    list_unused(&g, 1);
    if (ret->evidence_n == 0) {
        enum rc rc = err_fail(
            RC_USAGE,
            tr("%s 与 %s 没有可以比对的列", "%s and %s have no columns that can be compared"),
            left->name, right->name);
        err_hint("%s", tr("用 --map 左列:右列=类型 指明,如 --map XM:姓名=name。",
                          "Say which with --map LEFT:RIGHT=KIND, like --map XM:姓名=name."));
        return rc;
    }
    return RC_OK;
}

static int find_kind(const struct columns *c, enum link_kind kind, size_t but)
{
    for (size_t i = 0; i < c->evidence_n; i++) {
        if (i != but && c->pairs[i].kind == kind) {
            return (int)i;
        }
    }
    return LINK_NO_FIELD;
}

/* Given names are found in the column of surnames and the other way round, one line of an address
 * in the other. */
size_t columns_fields(const struct columns *c, struct link_field ret[LINK_FIELDS])
{
    for (size_t i = 0; i < c->evidence_n; i++) {
        enum link_kind kind = c->pairs[i].kind;
        enum link_kind other = kind == LINK_GIVEN     ? LINK_SURNAME
                               : kind == LINK_SURNAME ? LINK_GIVEN
                                                      : LINK_ADDRESS;
        bool has_partner = kind == LINK_GIVEN || kind == LINK_SURNAME || kind == LINK_ADDRESS;
        ret[i] = (struct link_field){kind, c->pairs[i].title,
                                     has_partner ? find_kind(c, other, i) : LINK_NO_FIELD};
    }
    return c->evidence_n;
}
