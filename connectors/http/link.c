#include "connectors/http/link.h"

#include <curl/curl.h>
#include <strings.h>

/* ---- the header ---- */

static bool has_word(struct str words, const char *word)
{
    while (words.n > 0) {
        struct str one = str_cut(&words, ' ');
        if (one.n == strlen(word) && strncasecmp(one.p, word, one.n) == 0) {
            return true;
        }
    }
    return false;
}

/* Up to `stop`, which does not count inside quotes. */
static struct str cut_outside_quotes(struct str *s, char stop)
{
    bool in_quotes = false;
    size_t i = 0;
    for (; i < s->n && (in_quotes || s->p[i] != stop); i++) {
        in_quotes = in_quotes != (s->p[i] == '"');
    }
    struct str front = str_sub(*s, 0, i);
    *s = str_sub(*s, i + 1, s->n);
    return front;
}

static bool is_rel_next(struct str parameters)
{
    while (parameters.n > 0) {
        struct str value = str_trim(cut_outside_quotes(&parameters, ';'));
        struct str name = str_trim(str_cut(&value, '='));
        value = str_trim(value);
        if (value.n > 1 && value.p[0] == '"') {
            value = str_sub(value, 1, value.n - 2);
        }
        if (name.n == 3 && strncasecmp(name.p, "rel", 3) == 0) {
            return has_word(value, "next");
        }
    }
    return false;
}

struct str link_next(struct str header)
{
    for (;;) {
        size_t open = str_find(header, '<');
        header = str_sub(header, open + 1, header.n);
        size_t close = str_find(header, '>');
        if (close >= header.n) {
            return STR_NULL;
        }
        struct str target = str_trim(str_sub(header, 0, close));
        header = str_sub(header, close + 1, header.n);
        if (is_rel_next(cut_outside_quotes(&header, ','))) {
            return target;
        }
    }
}

/* ---- the address ---- */

static bool is_same_part(CURLU *a, CURLU *b, CURLUPart part)
{
    char *x = NULL, *y = NULL;
    bool is_same = curl_url_get(a, part, &x, CURLU_DEFAULT_PORT) == CURLUE_OK &&
                   curl_url_get(b, part, &y, CURLU_DEFAULT_PORT) == CURLUE_OK &&
                   strcasecmp(x, y) == 0;
    curl_free(x);
    curl_free(y);
    return is_same;
}

static bool has_user(CURLU *u)
{
    char *user = NULL;
    bool has = curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK;
    curl_free(user);
    return has;
}

static enum rc resolve(struct arena *a, CURLU *from, CURLU *to, const char *next, struct str *ret)
{
    char *text = NULL;
    if (curl_url_set(to, CURLUPART_URL, next, 0) != CURLUE_OK) {
        return err_fail(RC_FORMAT, "%s",
                        tr("下一页的地址无法识别", "the next page's address is no address"));
    }
    bool is_same = is_same_part(from, to, CURLUPART_SCHEME) &&
                   is_same_part(from, to, CURLUPART_HOST) &&
                   is_same_part(from, to, CURLUPART_PORT) && !has_user(to);
    if (!is_same) {
        return err_fail(RC_FORMAT, "%s",
                        tr("下一页的地址在另一台服务器上,不予访问",
                           "the next page's address is on another server, which is refused"));
    }
    curl_url_set(to, CURLUPART_FRAGMENT, NULL, 0);
    if (curl_url_get(to, CURLUPART_URL, &text, 0) != CURLUE_OK) {
        return err_fail(RC_BUG, "curl_url_get");
    }
    *ret = arena_str(a, str_from(text));
    curl_free(text);
    return RC_OK;
}

enum rc link_follow(struct arena *a, const char *url, struct str next, struct str *ret)
{
    CURLU *from = curl_url(), *to = curl_url();
    bool ok = from != NULL && to != NULL && curl_url_set(from, CURLUPART_URL, url, 0) == CURLUE_OK &&
              curl_url_set(to, CURLUPART_URL, url, 0) == CURLUE_OK;
    enum rc rc = ok ? resolve(a, from, to, arena_cstr(a, next), ret) : err_fail(RC_BUG, "curl_url");
    curl_url_cleanup(from);
    curl_url_cleanup(to);
    return rc;
}
