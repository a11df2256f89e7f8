/* What the files of the database layer share. Nobody else includes it. */
#ifndef BIDUI_PIPELINE_DB_INTERNAL_H
#define BIDUI_PIPELINE_DB_INTERNAL_H

#include "pipeline/db.h"

struct db {
    PGconn *conn;
    char *county; /* NULL: no fence */
    int64_t edition, fence;
    char sqlstate[6];
};

/* Records why `res` (NULL: no answer at all) is a failure and returns RC_DB_DOWN or RC_DB. */
enum rc db_fail(struct db *db, const PGresult *res) MUST_CHECK;
enum rc db_need_transaction(struct db *db, const char *what) MUST_CHECK;
/* Reads the answers still due; RC_OK if all succeeded, else the first failure. */
enum rc db_drain(struct db *db) MUST_CHECK;
/* Ends whatever the session is busy with and throws its answers away. */
void db_cancel(struct db *db);
void *db_malloc(size_t n); /* zeroed; never NULL */

#endif
