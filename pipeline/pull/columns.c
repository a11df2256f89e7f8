#include "pipeline/pull/columns.h"

static bool has_name(struct str list, struct str name)
{
    while (list.n > 0) {
        if (str_eq(str_cut(&list, '\n'), name)) {
            return true;
        }
    }
    return false;
}

/* How many of list are not in known. */
static size_t missing_from(struct str list, struct str known)
{
    size_t n = 0;
    while (list.n > 0) {
        n += has_name(known, str_cut(&list, '\n')) ? 0 : 1;
    }
    return n;
}

struct str columns_union(struct arena *arena, struct str a, struct str b)
{
    struct str left = a, right = b;
    if (str_eq(a, b) || b.n == 0 || missing_from(b, a) == 0) {
        return a;
    }
    char *out = arena_alloc(arena, a.n + b.n + 2);
    size_t n = 0;
    while (left.n > 0 || right.n > 0) {
        struct str l = left, r = right;
        struct str next_l = str_cut(&l, '\n'), next_r = str_cut(&r, '\n');
        int order = left.n == 0 ? 1 : right.n == 0 ? -1 : str_cmp(next_l, next_r);
        struct str next = order <= 0 ? next_l : next_r;
        left = order <= 0 ? l : left;
        right = order >= 0 ? r : right;
        if (n > 0) {
            out[n++] = '\n';
        }
        memcpy(out + n, next.p, next.n);
        n += next.n;
    }
    return str_of(out, n);
}

bool columns_have(struct str list, struct str wanted)
{
    if (wanted.n == 0 || wanted.p[0] != '/') {
        return has_name(list, wanted);
    }
    if (has_name(list, wanted)) {
        return true;
    }
    struct str rest = str_sub(wanted, 1, wanted.n);
    return has_name(list, str_cut(&rest, '/'));
}
