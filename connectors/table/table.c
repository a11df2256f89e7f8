#include "connectors/table/table.h"

#include <stdio.h>
#include <stdlib.h>

#include "connectors/table/parts.h"

static enum rc open_table(const struct blob *bytes, const char *name, const char *kind,
                          bool is_member, const struct table_options *options, struct table **ret)
{
    const struct table_driver *driver = NULL;
    const char *format = NULL;
    TRY(sniff(bytes, name, kind, is_member, &driver, &format));
    struct table *t = calloc(1, sizeof *t);
    if (t == NULL) {
        err_die(RC_MEMORY, "%s", name);
    }
    *t = (struct table){.driver = driver, .bytes = bytes, .name = name, .options = options};
    (void)snprintf(t->format, sizeof t->format, "%s", format);
    enum rc rc = driver->open(t, &t->state);
    if (rc != RC_OK) {
        free(t);
        return rc;
    }
    *ret = t;
    return RC_OK;
}

enum rc table_open(const struct blob *bytes, const char *name, const struct table_options *options,
                   struct table **ret)
{
    return open_table(bytes, name, options->kind, false, options, ret);
}

enum rc table_open_member(const struct blob *bytes, const char *name, const struct table *outer,
                          struct table **ret)
{
    return open_table(bytes, name,
                      strcmp(outer->options->kind, "zip") == 0 ? "auto" : outer->options->kind,
                      true, outer->options, ret);
}

enum rc table_next_sheet(struct table *t, bool *ret_have)
{
    return t->driver->next_sheet(t->state, ret_have);
}

enum rc table_next_row(struct table *t, struct table_row *ret, bool *ret_have)
{
    return t->driver->next_row(t->state, ret, ret_have);
}

const char *table_sheet(const struct table *t)
{
    return t->sheet;
}

const char *table_format(const struct table *t)
{
    return t->format;
}

bool table_has_width(const struct table *t)
{
    return t->driver->has_width != NULL && t->driver->has_width(t->state);
}

bool table_is_mapped(const struct table *t, struct str *ret_seen)
{
    if (t->driver->columns_seen == NULL) {
        return false;
    }
    *ret_seen = t->driver->columns_seen(t->state);
    return true;
}

bool table_was_cut(const struct table *t)
{
    return t->driver->was_cut != NULL && t->driver->was_cut(t->state);
}

void table_close(struct table *t)
{
    if (t != NULL) {
        t->driver->close(t->state);
        free(t);
    }
}
