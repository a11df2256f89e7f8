#include "connectors/http/encrypt.h"

const struct key_spec http_encrypt_keys[] = {
    {.name = "field",
     .type = KEY_TEXT,
     .zh = "放密文的字段;不写则密文即正文",
     .en = "field that carries the encrypted text; unless set it is the whole body"},
    DECRYPT_KEYS,
    {0},
};

enum rc http_encrypt_read(const struct source *s, const struct yaml *map, struct http_encrypt **ret)
{
    *ret = NULL;
    if (map == NULL) {
        return RC_OK;
    }
    struct http_encrypt *e = ARENA_NEW(s->arena, struct http_encrypt);
    e->field = yaml_text(map, "field").p;
    *ret = e;
    return decrypt_read(s->arena, s->base_dir, map, &e->how);
}

static void put_hidden(const struct http_encrypt *e, struct http_message *m, struct str hidden)
{
    bool is_form = m->body_kind == HTTP_BODY_FORM;
    m->fields.n = 0;
    if (e->field == NULL) {
        m->body_kind = HTTP_BODY_READY;
        m->body = hidden;
        return;
    }
    m->body_kind = is_form ? HTTP_BODY_FORM : HTTP_BODY_JSON;
    m->fields.p[m->fields.n++] = (struct http_pair){str_from(e->field), hidden};
}

enum rc http_encrypt_apply(const struct http_encrypt *e, struct http_message *m)
{
    struct http_message plain = *m;
    struct buf text, hidden;
    if (e == NULL || m->body_kind == HTTP_BODY_NONE) {
        return RC_OK;
    }
    plain.body_kind = m->body_kind == HTTP_BODY_FORM ? HTTP_BODY_JSON : m->body_kind;
    buf_init(&text, HTTP_MAX_REQUEST + 1);
    buf_init(&hidden, HTTP_MAX_REQUEST);
    TRY(http_pairs_set(m->arena, &m->fields, STR(""), STR(""))); /* there is room for one */
    enum rc rc = http_message_body(&plain, &text);
    rc = rc == RC_OK ? encrypt_text(&e->how, buf_str(&text), &hidden) : rc;
    if (rc == RC_OK) {
        put_hidden(e, m, arena_str(m->arena, buf_str(&hidden)));
    }
    buf_done(&text);
    buf_done(&hidden);
    return rc;
}
