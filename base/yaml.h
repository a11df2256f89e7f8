/* A YAML document as a tree that remembers where each node stood, for file:line:key messages. libyaml below.
 * Anchors, aliases and tags are refused: configuration is data. Duplicate keys are an error. */
#ifndef BIDUI_BASE_YAML_H
#define BIDUI_BASE_YAML_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };
struct yaml {
    enum yaml_kind kind;
    struct str text;             /* scalar; NUL-terminated; "" for null, ~ and empty plain scalars */
    bool plain;                  /* scalar was not quoted */
    struct str key;              /* key under which it stands in its map, else null */
    int line, column;            /* from 1 */
    int key_line, key_column;
    const char *file;            /* as given to yaml_load */
    struct yaml *first, *next;   /* children, in order; next sibling */
    struct yaml *parent;
    size_t n;                    /* number of children */
    size_t index;                /* among its siblings, from 0 */
};

#define YAML_MAX_DEPTH 32
#define YAML_MAX_BYTES ((size_t)4 << 20)
#define YAML_MAX_NODES ((size_t)200000)  /* some 150 bytes each */

/* Both fail with RC_CONFIG and a detail "file:line:column: what". An empty document is an empty map. */
enum rc yaml_load(struct arena *a, const char *path, struct yaml **ret) MUST_CHECK;
enum rc yaml_parse(struct arena *a, const char *file_label, struct str text, struct yaml **ret) MUST_CHECK;
const struct yaml *yaml_get(const struct yaml *map, const char *key); /* NULL if absent or no map */
struct str yaml_text(const struct yaml *map, const char *key);        /* null str if absent */
/* "datasets.settlement.fields.burden": the dotted path of a node; list items by number from 0. */
char *yaml_path(struct arena *a, const struct yaml *node);

#endif
