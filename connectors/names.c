#include "connectors/names.h"

#include "base/text.h"
#include "connectors/columns.h"

#define MAX_NAME ((size_t)4096)
#define TEXTS ((size_t)8 << 20) /* DOCUMENT_MAX_NAMES of MAX_NAME bytes, and room */

void names_init(struct names *names, const struct plan *plan)
{
    memset(names, 0, sizeof *names);
    names->plan = plan;
    names->texts = arena_new(TEXTS);
    map_init(&names->seen);
}

void names_done(struct names *names)
{
    map_done(&names->seen);
    arena_free(names->texts);
}

void names_forget(struct names *names)
{
    map_done(&names->seen);
    map_init(&names->seen);
    arena_reset(names->texts);
    memset(names->places, 0, sizeof names->places);
}

/* What would break the list, or the text of a message, is left out of it. */
static bool is_tellable(struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        if ((unsigned char)name.p[i] < ' ') {
            return false;
        }
    }
    return name.n <= MAX_NAME && text_is_utf8(name);
}

/* The name as it is kept, or null if it is not. */
static struct str kept(struct names *names, struct str name)
{
    struct str *copy = map_get(&names->seen, name);
    if (copy == NULL && names->seen.n < DOCUMENT_MAX_NAMES && is_tellable(name)) {
        copy = ARENA_NEW(names->texts, struct str);
        *copy = arena_str(names->texts, name);
        map_put(&names->seen, *copy, copy);
    }
    return copy == NULL ? STR_NULL : *copy;
}

struct plan_node *names_meet(struct names *names, size_t place, struct str name)
{
    if (place < MAX_PLACES && !str_is_null(names->places[place].name) &&
        str_eq(names->places[place].name, name)) {
        return names->places[place].node;
    }
    struct str copy = kept(names, name);
    struct plan_node *node = plan_child(&names->plan->root, name);
    if (place < MAX_PLACES) {
        names->places[place].name = copy;
        names->places[place].node = node;
    }
    return node;
}

struct str names_joined(const struct names *names, struct arena *a)
{
    struct str *all = arena_array(a, names->seen.n, sizeof *all);
    for (size_t i = 0; i < names->seen.n; i++) {
        all[i] = names->seen.entries[i].key;
    }
    return columns_join(a, all, names->seen.n);
}
