#include "connectors/connector.h"

/* A new transport is one C file and one line here. */
const struct connector *const connector_table[] = {
    &connector_http,
    &connector_postgres,
    &connector_odbc,
    &connector_file,
    NULL,
};

const struct connector *connector_find(struct str kind)
{
    for (size_t i = 0; connector_table[i] != NULL; i++) {
        if (str_is(kind, connector_table[i]->kind)) {
            return connector_table[i];
        }
    }
    return NULL;
}
