#include "pipeline/pull/villages.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/scan.h"
#include "base/text.h"
#include "pipeline/pull/index.h"

#define SCRATCH_MAX ((size_t)1 << 20)
#define TEXTS_MAX ((size_t)256 << 20)
#define TOWNSHIP_DIGITS 9
#define VILLAGE_DIGITS 12
#define REGIONS_MOST 64
#define AMBIGUOUS ((size_t)-2)

struct villages {
    struct map names; /* every way to write one -> position + 1, or AMBIGUOUS */
    struct str *codes;
    size_t n, cap;
    struct str regions[REGIONS_MOST];
    size_t region_count;
    struct arena *texts, *scratch;
};

struct villages *villages_new(void)
{
    struct villages *v = calloc(1, sizeof *v);
    if (v == NULL) {
        err_die(RC_MEMORY, "%zu", sizeof *v);
    }
    v->texts = arena_new(TEXTS_MAX);
    v->scratch = arena_new(SCRATCH_MAX);
    map_init(&v->names);
    return v;
}

void villages_free(struct villages *v)
{
    if (v == NULL) {
        return;
    }
    map_done(&v->names);
    arena_free(v->texts);
    arena_free(v->scratch);
    free(v->codes);
    free(v);
}

/* ---- Adding ---- */

static void village_alias(struct villages *v, struct str key, size_t village)
{
    if (key.n == 0) {
        return;
    }
    if (map_put(&v->names, arena_str(v->texts, key), (void *)(village + 1))) { /* NOLINT */
        return;
    }
    for (size_t i = 0; i < v->names.n; i++) {
        struct map_entry *e = &v->names.entries[i];
        if (str_eq(e->key, key) && (size_t)e->value != village + 1) {
            e->value = (void *)AMBIGUOUS; /* NOLINT */
        }
    }
}

static struct str joined(struct arena *a, struct str front, const char *between, struct str back)
{
    return str_from(arena_printf(a, "%.*s%s%.*s", STR_ARGS(front), between, STR_ARGS(back)));
}

void villages_add(struct villages *v, struct str code, struct str name, struct str township_name)
{
    size_t at = v->n++;
    if (at == v->cap) {
        v->cap = v->cap * 2 + 1024;
        v->codes = realloc(v->codes, v->cap * sizeof *v->codes);
        if (v->codes == NULL) {
            err_die(RC_MEMORY, "%zu", v->cap);
        }
    }
    v->codes[at] = arena_str(v->texts, code);
    struct str key = text_village_key(v->scratch, name);
    village_alias(v, code, at);
    village_alias(v, key, at);
    village_alias(v, joined(v->scratch, str_sub(code, 0, TOWNSHIP_DIGITS), "/", key), at);
    if (township_name.n > 0) {
        village_alias(
            v, text_village_key(v->scratch, joined(v->scratch, township_name, "", name)), at);
    }
    arena_reset(v->scratch);
}

void villages_add_region(struct villages *v, struct str name)
{
    struct str folded = text_fold(v->texts, name);
    if (folded.n > 0 && v->region_count < REGIONS_MOST) {
        v->regions[v->region_count++] = arena_str(v->texts, folded);
    }
}

/* Largest first, as addresses are written. The same text if none stands in front. */
static struct str without_regions(const struct villages *v, struct str address)
{
    for (size_t i = 0; i < v->region_count; i++) {
        if (str_starts(address, v->regions[i])) {
            address = str_trim(str_sub(address, v->regions[i].n, address.n));
        }
    }
    return address;
}

/* ---- Finding ---- */

static bool is_code(struct str s)
{
    return s.n >= TOWNSHIP_DIGITS && s.n <= VILLAGE_DIGITS && scan_digits(s) == s.n;
}

static uint32_t village_at(const struct villages *v, struct str key, bool *ret_ambiguous)
{
    size_t at = key.n == 0 ? 0 : (size_t)map_get(&v->names, key);
    *ret_ambiguous = at == AMBIGUOUS;
    return at == 0 || at == AMBIGUOUS ? INDEX_NONE : (uint32_t)(at - 1);
}

static uint32_t village_named(const struct villages *v, struct str code, struct str name,
                              bool *ret_ambiguous)
{
    struct str key = text_village_key(v->scratch, name);
    if (code.n > 0 && key.n > 0) {
        struct str within = joined(v->scratch, str_sub(code, 0, TOWNSHIP_DIGITS), "/", key);
        return village_at(v, within, ret_ambiguous);
    }
    return village_at(v, key, ret_ambiguous);
}

uint32_t villages_find(const struct villages *v, struct str code_or_name, struct str name,
                       bool *ret_ambiguous)
{
    *ret_ambiguous = false;
    arena_reset(v->scratch);
    struct str first = text_fold(v->scratch, code_or_name);
    if (!is_code(first)) {
        struct str written = first.n > 0 ? first : text_fold(v->scratch, name), rest = without_regions(v, written);
        uint32_t at = village_named(v, STR(""), written, ret_ambiguous);
        bool is_address = at == INDEX_NONE && !*ret_ambiguous && rest.n < written.n;
        return is_address ? village_named(v, STR(""), rest, ret_ambiguous) : at;
    }
    uint32_t found = village_at(v, first, ret_ambiguous);
    bool names_township = first.n == TOWNSHIP_DIGITS || str_ends(first, STR("000"));
    return found == INDEX_NONE && names_township ? village_named(v, first, name, ret_ambiguous)
                                                 : found;
}

uint32_t villages_of_code(const struct villages *v, struct str code)
{
    bool ambiguous = false;
    return village_at(v, code, &ambiguous);
}

struct str villages_code(const struct villages *v, uint32_t village)
{
    return v->codes[village];
}

size_t villages_count(const struct villages *v)
{
    return v->n;
}
