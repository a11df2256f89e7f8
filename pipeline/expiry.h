/* What ends one day and must be renewed before: certificates that the configuration names, keys and accounts of
 * departments, authorizations to read their data. */
#ifndef BIDUI_PIPELINE_EXPIRY_H
#define BIDUI_PIPELINE_EXPIRY_H

#include "pipeline/config.h"

#define EXPIRY_WARNING_DAYS 30

struct expiry {
    const char *what;                    /* certificate, key, authorization: stable */
    const char *where;                   /* department, dataset or "database" */
    const char *name;                    /* file, document */
    date_t until;                        /* last good day; DATE_NONE: the certificate cannot be read */
};

/* Those that end within EXPIRY_WARNING_DAYS of `day`, have ended, or cannot be read; in order of configuration. */
void expiries_find(const struct config *c, struct arena *a, date_t day, struct expiry **ret, size_t *ret_n);
const char *expiry_title(const char *what);

#endif
