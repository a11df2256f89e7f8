/* A delivery in parts: files of persons, and files of households that say what the persons' do not.
 *
 *     parts:
 *       on: 户编号
 *       households: {match: ["脱贫户_户*", "监测对象_户*"], sheets: ["户*"]}
 *       persons:    {match: ["脱贫户_人*", "监测对象_人*"]}
 *
 * The files of the latest date are one delivery; all patterns must be met. Households are read first
 * and kept; then every person's row takes from its household the columns that its own sheet has not.
 * A person without a household comes with `on` left null, a household without persons as a reject. */
#include "connectors/file/parts.h"

#include <fnmatch.h>
#include <stdlib.h>

#define HOUSES_MAX ((size_t)1 << 30)

/* ---- Options ---- */

static const char *const *read_list(const struct source *source, const struct yaml *list, size_t *ret_n)
{
    size_t n = 0;
    const char **out = arena_array(source->arena, list == NULL ? 1 : list->n + 1, sizeof *out);
    for (const struct yaml *item = list == NULL ? NULL : list->first; item != NULL; item = item->next) {
        out[n++] = arena_cstr(source->arena, item->text);
    }
    *ret_n = n;
    return out;
}

static void read_part(const struct source *source, const struct file_options *o,
                      const struct yaml *node, struct part *part)
{
    size_t n = 0;
    part->options = *o;
    part->match = read_list(source, yaml_get(node, "match"), &part->match_count);
    const char *const *sheets = read_list(source, yaml_get(node, "sheets"), &n);
    if (n > 0) {
        part->options.table.sheets = sheets;
        part->options.table.sheet_count = n;
    }
}

enum rc parts_new(const struct source *source, const struct file_options *o, struct parts **ret)
{
    const struct yaml *node = yaml_get(source->settings, "parts");
    if (node == NULL) {
        return RC_OK;
    }
    struct str on = yaml_text(node, "on");
    size_t at = 0;
    while (at < source->column_count && !str_is(on, source->columns[at])) {
        at++;
    }
    if (at == source->column_count) {
        return err_fail(RC_CONFIG, tr("%s: parts.on 不是要读的列", "%s: parts.on is no wanted column"),
                        source->dataset);
    }
    struct parts *p = calloc(1, sizeof *p);
    if (p == NULL) {
        err_die(RC_MEMORY, "parts");
    }
    p->source = source;
    p->on = at;
    p->on_name = source->columns[at];
    p->arena = arena_new(HOUSES_MAX);
    map_init(&p->houses);
    read_part(source, o, yaml_get(node, "households"), &p->households);
    read_part(source, o, yaml_get(node, "persons"), &p->persons);
    *ret = p;
    return RC_OK;
}

void parts_free(struct parts *p)
{
    if (p != NULL) {
        map_done(&p->houses);
        arena_free(p->arena);
        free(p);
    }
}

const struct file_options *parts_persons(const struct parts *p)
{
    return &p->persons.options;
}

/* ---- Which files ---- */

static bool is_met_by(const char *pattern, const struct drop *drop)
{
    return drop->is_complete && fnmatch(pattern, drop->name, 0) == 0;
}

static bool is_part(const struct part *part, const struct drop *drop)
{
    bool is = false;
    for (size_t i = 0; i < part->match_count; i++) {
        is = is || is_met_by(part->match[i], drop);
    }
    return is;
}

/* What belongs to no part is nobody's: it is neither read nor put away. */
static date_t latest_of(const struct parts *p, struct drops *drops)
{
    date_t latest = DATE_NONE;
    for (size_t i = 0; i < drops->n; i++) {
        struct drop *drop = &drops->items[i];
        drop->is_complete = is_part(&p->households, drop) || is_part(&p->persons, drop);
        latest = drop->is_complete && drop->date > latest ? drop->date : latest;
    }
    return latest;
}

static struct drop **choose_part(struct parts *p, const struct part *part, const struct drops *drops,
                                 date_t date, size_t *ret_n)
{
    struct drop **out = arena_array(p->arena, drops->n + 1, sizeof *out);
    size_t n = 0;
    for (size_t i = 0; i < part->match_count; i++) {
        size_t met = 0;
        for (size_t k = 0; k < drops->n; k++) {
            met += drops->items[k].date == date && is_met_by(part->match[i], &drops->items[k]) ? 1 : 0;
        }
        p->missing = met == 0 && p->missing == NULL ? part->match[i] : p->missing;
    }
    for (size_t k = 0; k < drops->n; k++) {
        if (drops->items[k].date == date && is_part(part, &drops->items[k])) {
            out[n++] = &drops->items[k];
        }
    }
    *ret_n = n;
    return out;
}

static bool has_new(struct drop *const *drops, size_t n)
{
    bool is_new = false;
    for (size_t i = 0; i < n; i++) {
        is_new = is_new || !drops[i]->is_taken;
    }
    return is_new;
}

void parts_choose(struct parts *p, struct drops *drops, struct drop **order, size_t *ret_n)
{
    size_t n = 0;
    arena_reset(p->arena);
    map_done(&p->houses);
    map_init(&p->houses);
    p->sheets = NULL;
    p->sheet_count = p->sheet_cap = p->told = 0;
    p->missing = NULL;
    date_t latest = latest_of(p, drops);
    p->household_drops = choose_part(p, &p->households, drops, latest, &p->household_drop_count);
    struct drop **persons = choose_part(p, &p->persons, drops, latest, &n);
    if (!has_new(p->household_drops, p->household_drop_count) && !has_new(persons, n)) {
        n = p->household_drop_count = 0; /* all of it was taken, or nothing is there */
        p->missing = NULL;
    }
    memcpy(order, persons, n * sizeof(struct drop *));
    *ret_n = n;
}
