/* struct str: a borrowed, read-only run of bytes (UTF-8 once past the door), passed by value.
 * p == NULL means "no value" (SQL null, JSON null, missing); p != NULL with n == 0 is an empty value. */
#ifndef BIDUI_BASE_STR_H
#define BIDUI_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *p;
    size_t n;
};

#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
#define STR_NULL ((struct str){NULL, 0})
/* printf("%.*s", STR_ARGS(s)) */
#define STR_ARGS(s) (int)(s).n, ((s).p ? (s).p : "")

static inline struct str str_from(const char *c) { return (struct str){c, c ? strlen(c) : 0}; }
static inline struct str str_of(const char *p, size_t n) { return (struct str){p, n}; }
static inline bool str_is_null(struct str s) { return s.p == NULL; }
static inline bool str_is_empty(struct str s) { return s.n == 0; }
static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
static inline bool str_is(struct str a, const char *c) { return str_eq(a, str_from(c)); }

int str_cmp(struct str a, struct str b);             /* bytewise; the order of every list */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
struct str str_trim(struct str s);                   /* ASCII blanks at both ends */
struct str str_sub(struct str s, size_t from, size_t n); /* clamped */
/* Position of c, or s.n. */
size_t str_find(struct str s, char c);
/* Cuts the part before `sep` off the front of *s (without sep) and returns it; the rest stays in *s. */
struct str str_cut(struct str *s, char sep);
bool str_to_i64(struct str s, int64_t *ret);         /* whole decimal string, no blanks, overflow checked */
/* Edit distance for "did you mean": returns the nearest of n candidates within distance 2, else NULL. */
const char *str_nearest(struct str word, const char *const *candidates, size_t n);

#endif
