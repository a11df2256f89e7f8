/* Inside the configuration: what config.c shares with the files that read one kind of file each.
 * A part reads its files, fills its place in the config and adds a problem for every mistake; it
 * never stops the others. Nothing outside pipeline/config*.c, calendar.c and cmd_check.c includes
 * this. */
#ifndef BIDUI_PIPELINE_CONFIG_PARTS_H
#define BIDUI_PIPELINE_CONFIG_PARTS_H

#include "base/buf.h"
#include "pipeline/config.h"

struct loader {
    struct config *c;
    struct arena *arena;       /* c->arena */
    struct problems *problems; /* &c->problems */
    struct buf digest;         /* name and bytes of every file, in the order read */
    bool need_keys;
};

/* Reads whatever is there, always: the problems say what is missing. Only memory and bugs can stop
 * it. */
struct config *config_read(const char *dir, bool need_keys, size_t *ret_core_errors);

/* The tree of DIR/NAME; NULL when it cannot be read or parsed, with the problem added. */
const struct yaml *loader_file(struct loader *l, const char *name);
/* Files *.yaml of DIR/FOLDER as "FOLDER/NAME", sorted; a file named *.yml is a warning. */
char **loader_folder(struct loader *l, const char *folder, size_t *ret_count);
/* A place for problems that no node stands for: a whole file. */
const struct yaml *loader_place(struct loader *l, const char *name);

void config_load_codes(struct loader *l);
void config_load_calendar(struct loader *l);
void config_load_parameters(struct loader *l);
void config_load_departments(struct loader *l); /* after codes */
void config_load_rules(struct loader *l);       /* after departments */
void config_load_returns(struct loader *l);     /* after rules */

/* config_datasets.c: fills *ret from its entry; false if it had mistakes. */
bool config_load_dataset(struct loader *l, const struct department *d, const struct yaml *node,
                         struct dataset *ret);
/* config_fields.c: fields, identity, key and the list of columns; d->node is set. */
void config_load_fields(struct loader *l, struct dataset *d);
/* Index of a wanted column, added if it is new; there is room for a few more than fields and identity read. */
size_t config_column(struct dataset *d, const char *name);
void config_unknown_field(struct loader *l, const struct dataset *d,
                          const struct yaml *node); /* its text, or the key of a map */
extern const struct key_spec config_field_keys[], config_identity_keys[], config_authorization_keys[];
/* Of a department's file, of a dataset whatever its kind; and with what a kind adds (`connector` NULL: any of them). */
extern const struct key_spec config_department_keys[], config_dataset_keys[];
const struct key_spec *config_connection_keys(struct arena *a, const struct connector *connector);
const struct key_spec *config_all_dataset_keys(struct arena *a, const struct connector *connector);
/* `authorization:` of a department or a dataset. */
struct authorization config_authorization(const struct yaml *node);
/* config_quality.c: what a delivery may look like before a person must vouch for it; after fields and times. */
void config_load_quality(struct loader *l, struct dataset *d);
extern const struct key_spec config_quality_keys[];
/* config_ask.c: `access: lookup` and its `ask`. */
void config_load_ask(struct loader *l, struct dataset *d);
extern const struct key_spec config_ask_keys[];
/* config_list.c: `ask.list` of a lookup by files. */
void config_load_list(struct loader *l, struct dataset *d, const struct yaml *ask);
extern const struct key_spec config_list_keys[];
/* config_roster.c: what the roster dataset must and may have. */
void config_check_roster(struct loader *l, const struct dataset *d);
/* config_secrets.c: references that point nowhere, secrets written in clear; never shows a value.
 */
void config_check_secrets(struct loader *l, const struct yaml *tree);

/* Reading what keys_check has already judged: a wrong type reads as absent. */
struct str node_text(const struct yaml *map, const char *key); /* null str if absent or no scalar */
const char *node_cstr(const struct yaml *map, const char *key); /* NULL if absent */
bool node_bool(const struct yaml *map, const char *key);
const struct yaml *node_map(const struct yaml *map, const char *key);  /* NULL unless a map */
const struct yaml *node_list(const struct yaml *map, const char *key); /* NULL unless a list */
/* Place of the text among NULL-terminated choices, or `otherwise`. */
int node_choice(const struct yaml *map, const char *key, const char *const *choices, int otherwise);
bool name_is_valid(struct str s); /* [a-z][a-z0-9_]* */
bool text_is_digits(struct str s);

#endif
