/* Checking a YAML tree against a table of keys: one table drives the check, its messages and the guide.
 * Problems are collected, not thrown: every mistake of a file is told in one go. */
#ifndef BIDUI_BASE_KEYS_H
#define BIDUI_BASE_KEYS_H

#include "base/yaml.h"

enum key_type {
    KEY_TEXT, KEY_INT, KEY_BOOL, KEY_DATE, KEY_PERCENT, KEY_DURATION /* 30s 5min 3h 3d */, KEY_CHOICE,
    KEY_POINTER /* JSON Pointer, "" or /a/b */, KEY_NAME /* [a-z][a-z0-9_]* */, KEY_SECRET /* must be a ${} reference */,
    KEY_MAP /* children say */, KEY_LIST_TEXT, KEY_LIST_MAP /* list of maps by children */, KEY_MAP_OF_MAP /* any names, values by children */,
    KEY_MAP_OF_TEXT, KEY_ANY
};
#define KEY_REQUIRED 1u
#define KEY_UNIQUE 2u                    /* no two items of the list may agree in this key; KEY_LIST_TEXT: no two items */
#define KEY_CERTIFICATE 4u               /* names a certificate, which ends one day: a file, or a reference to PEM */
#define KEY_CONNINFO 8u                  /* a libpq connection string, which may name some */
struct key_spec {
    const char *name;                     /* NULL ends the table */
    enum key_type type;
    unsigned flags;
    const char *const *choices;           /* KEY_CHOICE: NULL-terminated */
    const struct key_spec *children;
    const char *zh, *en;                  /* one line for the guide and for "expected" */
    int64_t least, most;                  /* KEY_INT bounds; both 0: none */
};

/* A map with a `kind` that says which other keys belong: what a table of keys cannot say. */
#define KIND_MOST_KEYS 16
struct kind_rule {
    const char *kind;                     /* NULL ends them */
    const char *required[KIND_MOST_KEYS], *optional[KIND_MOST_KEYS]; /* NULL-terminated */
};

struct problem {
    const char *file;
    int line, column;
    const char *key;                      /* dotted path */
    const char *message;                  /* what is wrong and what was expected */
    const char *hint;                     /* "" or what to do */
    bool warning;
    const char *department;               /* whose file: that department alone stops; NULL: everything */
    struct problem *next;
};
struct problems {
    struct arena *arena;
    struct problem *first, **last;
    size_t errors, warnings;
    const char *department;               /* stamped on what is added */
};

void problems_init(struct problems *p, struct arena *a);
/* Adds one at `node` (a key's own line when node stands in a map). */
void problem_add(struct problems *p, const struct yaml *node, const char *hint, const char *fmt, ...) PRINTF_LIKE(4, 5);
void problem_warn(struct problems *p, const struct yaml *node, const char *hint, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* Unknown keys (with the nearest right one), missing required keys, wrong types, bounds, choices. */
void keys_check(struct problems *p, const struct yaml *map, const struct key_spec *specs);
/* Durations in milliseconds, percents in millionths (1% = 10000); false if malformed. */
bool keys_duration_ms(struct str s, int64_t *ret_ms);
bool keys_percent(struct str s, int64_t *ret_micro);
/* Replaces ${env:NAME}, ${file:PATH} (relative to base_dir, trailing newline cut) and ${credential:NAME} (of
 * $CREDENTIALS_DIRECTORY) inside s.
 * RC_CONFIG naming the missing variable or file, never its value. */
enum rc keys_resolve(struct arena *a, struct str s, const char *base_dir, struct str *ret) MUST_CHECK;
/* What a value of the type looks like, in words; reference and schema are made of it. */
const char *keys_type_text(enum key_type type);
bool keys_is_reference(struct str s);

#endif
