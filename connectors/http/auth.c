#include "connectors/http/settings.h"

/* A credential that is there; an empty one would be sent as such and look like a wrong one. */
static enum rc credential(const struct source *s, const struct yaml *auth, const char *key,
                          const char **ret)
{
    TRY(http_text(s, auth, key, ret));
    if (*ret == NULL || **ret == '\0') {
        return err_fail(RC_CONFIG,
                        tr("%s: connection.auth.%s 是空的", "%s: connection.auth.%s is empty"),
                        s->dataset, key);
    }
    return RC_OK;
}

static enum rc read_basic(const struct source *s, const struct yaml *auth, struct http_settings *h)
{
    TRY(credential(s, auth, "user", &h->user));
    return credential(s, auth, "password", &h->password);
}

static enum rc read_bearer(const struct source *s, const struct yaml *auth, const char **ret_line)
{
    const char *token = NULL;
    TRY(credential(s, auth, "token", &token));
    *ret_line = arena_printf(s->arena, "Authorization: Bearer %s", token);
    return RC_OK;
}

static enum rc read_api_key(const struct source *s, const struct yaml *auth, const char **ret_line)
{
    const char *header = NULL, *key = NULL;
    TRY(credential(s, auth, "header", &header));
    TRY(credential(s, auth, "key", &key));
    *ret_line = arena_printf(s->arena, "%s: %s", header, key);
    return RC_OK;
}

enum rc http_auth_read(const struct source *s, struct http_settings *settings,
                       const char **ret_line)
{
    const struct yaml *auth = yaml_get(s->connection, "auth");
    struct str kind = yaml_text(auth, "kind");
    if (str_is(kind, "basic")) {
        return read_basic(s, auth, settings);
    }
    if (str_is(kind, "bearer")) {
        return read_bearer(s, auth, ret_line);
    }
    return str_is(kind, "api_key") ? read_api_key(s, auth, ret_line) : RC_OK;
}
