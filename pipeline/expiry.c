#include "pipeline/expiry.h"

#include <libpq-fe.h>

#include "base/certificate.h"
#include "base/fs.h"

#define PEM_MAX ((size_t)4 << 20)
#define MOST_PER_DEPARTMENT 16

struct search {
    const struct config *config;
    struct arena *arena;
    date_t day;
    struct expiry *found;
    size_t n, most;
};

const char *expiry_title(const char *what)
{
    return strcmp(what, "certificate") == 0 ? tr("证书", "certificate")
           : strcmp(what, "key") == 0       ? tr("接口密钥或账号", "key or account")
                                            : tr("数据共享授权", "authorization");
}

static void add(struct search *s, struct expiry e)
{
    if ((e.until == DATE_NONE || e.until <= date_add_days(s->day, EXPIRY_WARNING_DAYS)) && s->n < s->most) {
        s->found[s->n++] = e;
    }
}

static void add_until(struct search *s, const char *what, const char *where, const char *name, date_t until)
{
    if (until != DATE_NONE) {
        add(s, (struct expiry){what, where, name, until});
    }
}

/* ---- Certificates ---- */

/* A file, or PEM that stands behind a reference. What cannot be read is told: nobody else would before the night. */
static void add_certificate(struct search *s, const char *where, const char *name, struct str place)
{
    struct buf text;
    struct expiry e = {"certificate", where, name, DATE_NONE};
    buf_init(&text, PEM_MAX);
    bool is_pem = str_starts(str_trim(place), STR("-----BEGIN "));
    const char *path = !is_pem && place.n > 0 && place.p[0] != '/'
                           ? arena_printf(s->arena, "%s/%.*s", s->config->dir, STR_ARGS(place))
                           : arena_cstr(s->arena, place);
    e.name = is_pem ? name : path;
    if ((!is_pem && fs_read(path, PEM_MAX, &text) != RC_OK) ||
        certificate_until(is_pem ? place : buf_str(&text), &e.until) != RC_OK) {
        err_clear();
    }
    add(s, e);
    buf_done(&text);
}

static void add_conninfo(struct search *s, const char *where, const char *conninfo)
{
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    for (PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++) {
        bool is_certificate = strcmp(o->keyword, "sslrootcert") == 0 || strcmp(o->keyword, "sslcert") == 0;
        if (is_certificate && o->val != NULL && *o->val != '\0' && strcmp(o->val, "system") != 0) {
            add_certificate(s, where, o->keyword, str_from(arena_cstr(s->arena, str_from(o->val))));
        }
    }
    PQconninfoFree(options);
}

/* Every key that its table marks as a certificate. */
static void search_keys(struct search *s, const char *where, const struct yaml *map, const struct key_spec *specs)
{
    for (const struct key_spec *spec = specs; spec != NULL && spec->name != NULL; spec++) {
        const struct yaml *node = yaml_get(map, spec->name);
        struct str value = STR_NULL;
        if (node == NULL) {
            continue;
        }
        if (spec->type == KEY_MAP) {
            search_keys(s, where, node, spec->children);
        } else if ((spec->flags & (KEY_CERTIFICATE | KEY_CONNINFO)) != 0) {
            if (keys_resolve(s->arena, node->text, s->config->dir, &value) != RC_OK) {
                err_clear(); /* the certificate then counts as unreadable; check and the pull tell the rest */
                value = STR("");
            }
            if ((spec->flags & KEY_CERTIFICATE) != 0) {
                add_certificate(s, where, spec->name, value);
            } else {
                add_conninfo(s, where, arena_cstr(s->arena, value));
            }
        }
    }
}

/* ---- All of them ---- */

static void search_department(struct search *s, const struct department *d)
{
    if (d->connector != NULL) {
        search_keys(s, d->name, d->connection, d->connector->connection_keys);
    }
    add_until(s, "key", d->name, d->title, d->key_until);
    add_until(s, "authorization", d->name, d->authorization.document, d->authorization.until);
    for (size_t i = 0; i < d->dataset_count; i++) {
        const struct dataset *ds = &d->datasets[i];
        add_until(s, "authorization", ds->id, ds->authorization.document, ds->authorization.until);
    }
}

void expiries_find(const struct config *c, struct arena *a, date_t day, struct expiry **ret, size_t *ret_n)
{
    struct search s = {.config = c, .arena = a, .day = day, .most = MOST_PER_DEPARTMENT};
    for (size_t i = 0; i < c->department_count; i++) {
        s.most += MOST_PER_DEPARTMENT + c->departments[i].dataset_count;
    }
    s.found = arena_array(a, s.most, sizeof *s.found);
    add_conninfo(&s, "database", c->database);
    for (size_t i = 0; i < c->department_count; i++) {
        search_department(&s, &c->departments[i]);
    }
    *ret = s.found;
    *ret_n = s.n;
}
