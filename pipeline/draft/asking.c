#include "pipeline/draft/asking.h"

#define MAX_TEXT ((size_t)1 << 20)

const char *const asking_page_names[] = {"page",     "pageNo",      "pageNum", "pageIndex",
                                         "current",  "currentPage", "curPage", "page_no",
                                         "page_num", "pageNumber",  NULL};
const char *const asking_size_names[] = {"size", "pageSize", "page_size", "limit",
                                         "rows", "per_page", "pageRows",  NULL};
const char *const asking_offset_names[] = {"offset", "start", "skip", NULL};
static const char *const secret_words[] = {"token", "key", "secret", "sign",
                                           "passw", "pwd", "auth",   NULL};

bool asking_is_secret(const char *name)
{
    for (const char *const *word = secret_words; *word != NULL; word++) {
        if (strcasestr(name, *word) != NULL) {
            return true;
        }
    }
    return false;
}

bool asking_is_xml(struct str text)
{
    return str_starts(str_trim(text), STR("<"));
}

bool asking_is_document(struct str text)
{
    struct str start = str_trim(text);
    return asking_is_xml(text) || str_starts(start, STR("{")) || str_starts(start, STR("["));
}

/* ---- Names with a plain value ---- */

static struct str between(struct str s, size_t from, size_t end)
{
    return str_sub(s, from, end > from ? end - from : 0);
}

static size_t skip_blanks(struct str s, size_t i)
{
    while (i < s.n && strchr(" \t\r\n", s.p[i]) != NULL) {
        i++;
    }
    return i;
}

/* Behind the closing quote of the string at i. */
static size_t string_end(struct str s, size_t i)
{
    for (i++; i < s.n && s.p[i] != '"'; i++) {
        i += s.p[i] == '\\' ? 1 : 0;
    }
    return i < s.n ? i + 1 : s.n;
}

/* "name": value at i; returns where to look on. */
static size_t read_member(struct str s, size_t i, struct asking_part *ret, bool *ret_found)
{
    size_t end = string_end(s, i), colon = skip_blanks(s, end);
    *ret_found = false;
    if (colon >= s.n || s.p[colon] != ':') {
        return end;
    }
    size_t value = skip_blanks(s, colon + 1), value_end = value;
    bool is_string = value < s.n && s.p[value] == '"';
    if (is_string) {
        value_end = string_end(s, value);
    } else {
        while (value_end < s.n && strchr("0123456789.-truefalsn", s.p[value_end]) != NULL) {
            value_end++;
        }
    }
    size_t quote = is_string ? 1 : 0;
    *ret = (struct asking_part){between(s, i + 1, end - 1), value + quote, value_end - value, NULL};
    *ret_found = value_end >= value + 2 * quote && value_end > value;
    ret->n -= *ret_found ? 2 * quote : 0;
    return *ret_found ? value_end : value;
}

/* <a:name ...>value</ at i. */
static size_t read_element(struct str s, size_t i, struct asking_part *ret, bool *ret_found)
{
    size_t name = i + 1, name_end = name;
    while (name_end < s.n && strchr(" \t\r\n/>", s.p[name_end]) == NULL) {
        name_end++;
    }
    size_t open = i + str_find(str_sub(s, i, s.n), '>') + 1;
    size_t end = open > s.n ? s.n : open + str_find(str_sub(s, open, s.n), '<');
    struct str whole = between(s, name, name_end);
    size_t colon = str_find(whole, ':');
    *ret = (struct asking_part){colon < whole.n ? str_sub(whole, colon + 1, whole.n) : whole, open, end - open, NULL};
    *ret_found = end + 1 < s.n && s.p[end + 1] == '/' && whole.n > 0 && whole.p[0] != '/' && open <= s.n;
    return end < s.n ? end : s.n;
}

static bool is_number(struct str s)
{
    int64_t n = 0;
    return str_to_i64(s, &n) && n >= 0;
}

static void note_part(struct asking_body *b, const struct asking_part *part, struct arena *a)
{
    const char *name = arena_cstr(a, part->name);
    struct str value = str_sub(b->text, part->at, part->n);
    bool is_offset = draft_is_one_of(asking_offset_names, name);
    if (b->page < 0 && is_number(value) && (is_offset || draft_is_one_of(asking_page_names, name))) {
        b->page = (int)b->n;
        b->is_offset = is_offset;
    } else if (b->size < 0 && is_number(value) && draft_is_one_of(asking_size_names, name)) {
        b->size = (int)b->n;
    }
    b->parts[b->n++] = *part;
}

void asking_read(struct str text, struct asking_body *ret)
{
    bool is_xml = asking_is_xml(text);
    struct arena *a = arena_new(MAX_TEXT);
    *ret = (struct asking_body){.text = text, .page = -1, .size = -1};
    for (size_t i = 0; i < text.n && ret->n < ASKING_PARTS && text.n < MAX_TEXT / 2;) {
        struct asking_part part;
        bool found = false;
        if (text.p[i] != (is_xml ? '<' : '"')) {
            i++;
            continue;
        }
        size_t next = is_xml ? read_element(text, i, &part, &found) : read_member(text, i, &part, &found);
        if (found) {
            note_part(ret, &part, a);
        }
        i = next > i ? next : i + 1;
    }
    arena_free(a);
}

const char *asking_written(struct arena *a, const struct asking_body *b)
{
    const char *out = "";
    size_t at = 0;
    for (size_t i = 0; i < b->n; i++) {
        const struct asking_part *p = &b->parts[i];
        if (p->instead != NULL) {
            out = arena_printf(a, "%s%.*s%s", out, STR_ARGS(between(b->text, at, p->at)), p->instead);
            at = p->at + p->n;
        }
    }
    return arena_printf(a, "%s%.*s", out, STR_ARGS(str_sub(b->text, at, b->text.n)));
}
