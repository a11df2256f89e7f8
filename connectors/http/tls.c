#include "connectors/http/tls.h"

static const char *const versions[] = {"1.2", "1.3", NULL};

const struct key_spec http_tls_keys[] = {
    {.name = "ca",
     .type = KEY_TEXT,
     .flags = KEY_CERTIFICATE,
     .zh = "只信任此文件中的 CA(PEM)",
     .en = "file with the only CAs to trust (PEM)"},
    {.name = "cert",
     .type = KEY_TEXT,
     .flags = KEY_CERTIFICATE,
     .zh = "客户端证书:文件,或对 PEM 的引用",
     .en = "client certificate: a file, or a reference to PEM"},
    {.name = "key",
     .type = KEY_TEXT,
     .zh = "客户端私钥:文件,或对 PEM 的引用",
     .en = "client key: a file, or a reference to PEM"},
    {.name = "passphrase",
     .type = KEY_SECRET,
     .zh = "私钥的口令",
     .en = "passphrase of the key"},
    {.name = "min",
     .type = KEY_CHOICE,
     .choices = versions,
     .zh = "最低 TLS 版本,默认 1.2",
     .en = "lowest TLS version, 1.2 unless set"},
    {0},
};

void http_tls_check(struct problems *p, const struct yaml *tls)
{
    const struct yaml *cert = yaml_get(tls, "cert"), *key = yaml_get(tls, "key");
    if (cert != NULL && key == NULL) {
        problem_add(p, cert, "key: \"${file:...}\"", "%s", tr("cert 需要 key", "cert needs key"));
    } else if (cert == NULL && key != NULL) {
        problem_add(p, key, "cert: ...", "%s", tr("key 需要 cert", "key needs cert"));
    }
    if (key == NULL && yaml_get(tls, "passphrase") != NULL) {
        problem_add(p, yaml_get(tls, "passphrase"), "", "%s",
                    tr("没有 key,口令无用", "a passphrase without a key"));
    }
}

static bool is_pem(struct str s)
{
    return str_starts(str_trim(s), STR("-----BEGIN "));
}

/* Relative paths in a configuration start at its folder. */
static enum rc read_place(const struct source *s, const struct yaml *tls, const char *key,
                          struct str *ret)
{
    const struct yaml *node = yaml_get(tls, key);
    *ret = STR_NULL;
    if (node == NULL) {
        return RC_OK;
    }
    TRY(keys_resolve(s->arena, node->text, s->base_dir, ret));
    if (!is_pem(*ret) && ret->n > 0 && ret->p[0] != '/') {
        *ret = str_from(arena_printf(s->arena, "%s/%.*s", s->base_dir, STR_ARGS(*ret)));
    }
    return RC_OK;
}

enum rc http_tls_read(const struct source *s, const struct yaml *tls, struct http_tls *ret)
{
    struct str ca, passphrase = STR_NULL;
    bool is_13 = str_is(yaml_text(tls, "min"), "1.3");
    *ret = (struct http_tls){.min_version = is_13 ? CURL_SSLVERSION_TLSv1_3
                                                  : CURL_SSLVERSION_TLSv1_2};
    TRY(read_place(s, tls, "ca", &ca));
    TRY(read_place(s, tls, "cert", &ret->cert));
    TRY(read_place(s, tls, "key", &ret->key));
    TRY(keys_resolve(s->arena, yaml_text(tls, "passphrase"), s->base_dir, &passphrase));
    ret->ca = str_is_null(ca) ? NULL : arena_cstr(s->arena, ca);
    ret->passphrase = str_is_null(passphrase) ? NULL : arena_cstr(s->arena, passphrase);
    return RC_OK;
}

static CURLcode set_place(CURL *easy, CURLoption path, CURLoption blob, struct str place)
{
    if (str_is_null(place)) {
        return CURLE_OK;
    }
    if (!is_pem(place)) {
        return curl_easy_setopt(easy, path, place.p);
    }
    struct curl_blob pem = {.len = place.n, .flags = CURL_BLOB_COPY};
    memcpy(&pem.data, &place.p, sizeof pem.data); /* libcurl only reads it, but doesn't say so */
    return curl_easy_setopt(easy, blob, &pem);
}

CURLcode http_tls_set(CURL *easy, const struct http_tls *tls)
{
    CURLcode c = curl_easy_setopt(easy, CURLOPT_SSLVERSION, tls->min_version);
    if (tls->ca != NULL) {
        c |= curl_easy_setopt(easy, CURLOPT_CAINFO, tls->ca);
        c |= curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    c |= set_place(easy, CURLOPT_SSLCERT, CURLOPT_SSLCERT_BLOB, tls->cert);
    c |= set_place(easy, CURLOPT_SSLKEY, CURLOPT_SSLKEY_BLOB, tls->key);
    if (tls->passphrase != NULL) {
        c |= curl_easy_setopt(easy, CURLOPT_KEYPASSWD, tls->passphrase);
    }
    return c;
}
