#include "connectors/json_names.h"

#include <stdlib.h>

#include "base/text.h"

void json_names_begin(struct json_names *names, const struct json_plan *plan)
{
    memset(names, 0, sizeof *names);
    names->plan = plan;
    map_init(&names->seen);
}

void json_names_end(struct json_names *names)
{
    map_done(&names->seen);
}

/* What would break the list, or the text of a message, is left out of it. */
static bool is_tellable(struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        if ((unsigned char)name.p[i] < ' ') {
            return false;
        }
    }
    return text_is_utf8(name);
}

static struct json_node *look_up(struct json_names *names, struct str name)
{
    static char present;
    if (names->seen.n < JSON_MAX_NAMES && is_tellable(name)) {
        map_put(&names->seen, name, &present);
    }
    return json_node_child(&names->plan->root, name);
}

/* Names are short: comparing them here beats calling memcmp. */
static inline bool is_same(struct str a, struct str b)
{
    uint64_t x, y;
    if (a.n != b.n || a.p == NULL) {
        return false;
    }
    size_t i = 0;
    for (; i + sizeof x <= a.n; i += sizeof x) {
        memcpy(&x, a.p + i, sizeof x);
        memcpy(&y, b.p + i, sizeof y);
        if (x != y) {
            return false;
        }
    }
    for (; i < a.n; i++) {
        if (a.p[i] != b.p[i]) {
            return false;
        }
    }
    return true;
}

struct json_node *json_names_meet(struct json_names *names, size_t place, struct str name)
{
    if (place >= JSON_MAX_PLACES) {
        return look_up(names, name);
    }
    if (!is_same(names->places[place].name, name)) {
        names->places[place].node = look_up(names, name);
        names->places[place].name = name;
    }
    return names->places[place].node;
}

static int by_bytes(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

struct str json_names_joined(const struct json_names *names, struct arena *a)
{
    size_t n = names->seen.n, bytes = 0;
    struct str *sorted = arena_array(a, n, sizeof *sorted);
    for (size_t i = 0; i < n; i++) {
        sorted[i] = names->seen.entries[i].key;
        bytes += sorted[i].n + 1;
    }
    qsort(sorted, n, sizeof *sorted, by_bytes);
    char *text = arena_alloc(a, bytes + 1), *end = text;
    for (size_t i = 0; i < n; i++) {
        if (i > 0) {
            *end++ = '\n';
        }
        memcpy(end, sorted[i].p, sorted[i].n);
        end += sorted[i].n;
    }
    return str_of(text, (size_t)(end - text));
}
