/* The database schema: numbered migrations carried inside the program, then one fact and one landing table for each
 * dataset of the configuration. Forward only: columns are added, never changed or dropped. */
#ifndef BIDUI_PIPELINE_INIT_H
#define BIDUI_PIPELINE_INIT_H

#include <stdio.h>

#include "pipeline/config.h"
#include "pipeline/db.h"

struct migration {
    const char *name;                    /* "0001_core.sql" */
    const char *text;
};
extern const struct migration migration_table[]; /* ends with a NULL name */

/* Brings the database up to date. With `plan`, prints the statements and changes nothing.
 * RC_STATE when a landed migration or a field's type was changed. *ret_changes counts what was (or would be) done. */
enum rc init_schema(const struct config *config, struct db *db, FILE *plan, int *ret_changes) MUST_CHECK;
/* RC_STATE with a hint when the database lacks a migration or the roster's tables. Another department whose tables or
 * columns are missing, or of another type, is marked broken and left out. */
enum rc init_verify(struct config *config, struct db *db) MUST_CHECK;

#endif
