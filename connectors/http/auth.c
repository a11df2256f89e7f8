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

static enum rc read_basic(const struct source *s, const struct yaml *auth, struct http_auth *ret)
{
    TRY(credential(s, auth, "user", &ret->user));
    return credential(s, auth, "password", &ret->password);
}

static enum rc read_bearer(const struct source *s, const struct yaml *auth, struct http_auth *ret)
{
    const char *token = NULL;
    TRY(credential(s, auth, "token", &token));
    ret->header = (struct http_pair){STR("Authorization"),
                                     str_from(arena_printf(s->arena, "Bearer %s", token))};
    return RC_OK;
}

static enum rc read_api_key(const struct source *s, const struct yaml *auth, struct http_auth *ret)
{
    const char *header = NULL, *key = NULL;
    TRY(credential(s, auth, "header", &header));
    TRY(credential(s, auth, "key", &key));
    ret->header = (struct http_pair){str_from(header), str_from(key)};
    return RC_OK;
}

enum rc http_auth_read(const struct source *s, struct http_auth *ret)
{
    const struct yaml *auth = yaml_get(s->connection, "auth");
    struct str kind = yaml_text(auth, "kind");
    *ret = (struct http_auth){.user = NULL};
    if (str_is(kind, "basic")) {
        return read_basic(s, auth, ret);
    }
    if (str_is(kind, "bearer")) {
        return read_bearer(s, auth, ret);
    }
    return str_is(kind, "api_key") ? read_api_key(s, auth, ret) : RC_OK;
}

enum rc http_auth_apply(const struct http_auth *auth, struct http_message *m)
{
    if (str_is_null(auth->header.name)) {
        return RC_OK;
    }
    return http_pairs_add(m->arena, &m->headers, auth->header.name, auth->header.value);
}
