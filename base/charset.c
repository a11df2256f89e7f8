#include "base/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <strings.h>

#include "base/utf8.h"

/* ---- the names ---- */

enum kind { KIND_AUTO, KIND_UTF8, KIND_GB, KIND_UTF16, KIND_UTF16LE, KIND_UTF16BE };

/* GBK is read as GB 18030, which contains it and also knows the bytes GBK leaves to users. */
static const struct {
    const char *name;
    enum kind kind;
} known[] = {{"auto", KIND_AUTO},       {"utf-8", KIND_UTF8},   {"gb18030", KIND_GB},
             {"gbk", KIND_GB},          {"utf-16", KIND_UTF16}, {"utf-16le", KIND_UTF16LE},
             {"utf-16be", KIND_UTF16BE}};

static const char *const iconv_names[] = {
    [KIND_GB] = "GB18030", [KIND_UTF16LE] = "UTF-16LE", [KIND_UTF16BE] = "UTF-16BE"};

#define TAIL_MOST 4 /* bytes of the longest character, in any of the charsets */
#define STEP ((size_t)16 << 10)
#define SAMPLE_MOST ((size_t)4096)
#define SURELY_UTF8 12 /* bytes beyond ASCII */

struct charset {
    const char *name;
    enum kind kind; /* KIND_AUTO: nothing but ASCII yet */
    iconv_t iconv;
    bool has_iconv, is_started; /* started: the first character is out, no more mark expected */
    char tail[TAIL_MOST];
    size_t tail_n;
    int64_t offset; /* of the next byte to convert, in the whole stream */
};

static int find_known(struct str name)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (name.n == strlen(known[i].name) && strncasecmp(name.p, known[i].name, name.n) == 0) {
            return (int)i;
        }
    }
    return -1;
}

bool charset_is_known(struct str name)
{
    return find_known(name) >= 0;
}

/* ---- deciding ---- */

static size_t ascii_prefix(struct str s)
{
    size_t i = 0;
    while (i < s.n && (signed char)s.p[i] >= 0) {
        i++;
    }
    return i;
}

static enum rc use(struct charset *c, enum kind kind, const char *name)
{
    c->kind = kind;
    c->name = name;
    if (kind != KIND_GB && kind != KIND_UTF16LE && kind != KIND_UTF16BE) {
        return RC_OK;
    }
    c->iconv = iconv_open("UTF-8", iconv_names[kind]);
    if (c->iconv == (iconv_t)-1) {
        return err_fail(RC_CONFIG,
                        tr("本机的iconv不支持%s", "iconv on this machine does not know %s"),
                        iconv_names[kind]);
    }
    c->has_iconv = true;
    return RC_OK;
}

static bool is_utf8_so_far(struct str s)
{
    struct str rest = str_sub(s, utf8_valid_prefix(s), s.n);
    return rest.n == 0 || utf8_is_cut(rest);
}

/* No text of another charset has zero bytes; in UTF-16 the digits, commas and line ends of a table
 * bring them, and nearly all at the same half of the two bytes. */
static enum kind utf16_of(struct str sample)
{
    size_t zeros[2] = {0, 0};
    for (size_t i = 0; i < sample.n; i++) {
        zeros[i & 1] += sample.p[i] == '\0' ? 1 : 0;
    }
    size_t all = zeros[0] + zeros[1];
    if (all < 2 || (is_utf8_so_far(sample) && all * 5 < sample.n * 2)) {
        return KIND_AUTO;
    }
    return zeros[1] >= 3 * zeros[0]   ? KIND_UTF16LE
           : zeros[0] >= 3 * zeros[1] ? KIND_UTF16BE
                                      : KIND_AUTO;
}

/* Enough bytes beyond ASCII, all of them right: no text of GB 18030 comes out so by chance. */
static bool is_surely_utf8(struct str sample)
{
    size_t beyond_ascii = 0;
    for (size_t i = 0; i < sample.n; i++) {
        beyond_ascii += (signed char)sample.p[i] < 0 ? 1 : 0;
    }
    return is_utf8_so_far(sample) &&
           (str_starts(sample, STR("\xEF\xBB\xBF")) || beyond_ascii >= SURELY_UTF8);
}

/* What the sample plainly is; NULL where that can't be told. */
static const char *plain_name(struct str sample)
{
    enum kind wide = utf16_of(sample);
    if (str_starts(sample, STR("\xFF\xFE")) || str_starts(sample, STR("\xFE\xFF"))) {
        return "utf-16";
    }
    if (wide != KIND_AUTO) {
        return wide == KIND_UTF16LE ? "utf-16le" : "utf-16be";
    }
    return is_surely_utf8(sample) ? "utf-8" : NULL;
}

static bool is_wide(enum kind kind)
{
    return kind == KIND_UTF16 || kind == KIND_UTF16LE || kind == KIND_UTF16BE;
}

/* Bytes of UTF-8 or UTF-16 make wrong characters of GB 18030 rather than an error, and the other
 * way round. */
static enum rc check_named(const char *name, enum kind kind, struct str sample)
{
    const char *plain = plain_name(sample);
    bool plain_is_wide = plain != NULL && strncmp(plain, "utf-16", 6) == 0;
    if (plain == NULL || (plain_is_wide ? is_wide(kind) : kind == KIND_UTF8)) {
        return RC_OK;
    }
    enum rc rc =
        err_fail(RC_FORMAT,
                 tr("文件是 %s,配置的字符集是 %s", "the file is %s; the configured charset is %s"),
                 plain, name);
    err_hint("%s", tr("改 charset,或写 charset: auto。", "Change charset, or say charset: auto."));
    return rc;
}

/* Too little to tell: nothing, or the beginning of a UTF-8 character or of a byte order mark. */
static bool is_undecided(struct str s, bool is_start)
{
    bool is_mark = is_start && s.n == 1 && (unsigned char)s.p[0] >= 0xFE;
    return s.n == 0 || is_mark || utf8_is_cut(s);
}

/* Text that has been all ASCII so far decides nothing: the first other byte will. */
static enum rc decide(struct charset *c, struct str sample, bool is_start)
{
    if (is_start && (str_starts(sample, STR("\xFF\xFE")) || str_starts(sample, STR("\xFE\xFF")))) {
        return use(c, KIND_UTF16, "utf-16");
    }
    size_t ascii = ascii_prefix(sample);
    if (is_undecided(str_sub(sample, ascii, sample.n), is_start && ascii == 0)) {
        return use(c, KIND_AUTO, "utf-8");
    }
    return is_utf8_so_far(sample) ? use(c, KIND_UTF8, "utf-8") : use(c, KIND_GB, "gb18030");
}

static enum rc decide_first(struct charset *c, struct str sample)
{
    enum kind wide = utf16_of(sample);
    bool has_mark = str_starts(sample, STR("\xFF\xFE")) || str_starts(sample, STR("\xFE\xFF"));
    if (wide == KIND_AUTO || has_mark) {
        return decide(c, sample, true);
    }
    return use(c, wide, wide == KIND_UTF16LE ? "utf-16le" : "utf-16be");
}

static enum rc use_named(struct charset *c, enum kind kind, const char *name, struct str sample)
{
    TRY(check_named(name, kind, sample));
    return use(c, kind, name);
}

enum rc charset_open(const char *name, struct str sample, struct charset **ret)
{
    int i = find_known(str_from(name));
    if (i < 0) {
        return err_fail(RC_CONFIG,
                        tr("未知字符集,应为utf-8、gb18030、gbk、utf-16、utf-16le、utf-16be或auto",
                           "unknown charset; expected utf-8, gb18030, gbk, utf-16, utf-16le, "
                           "utf-16be or auto"));
    }
    struct charset *c = calloc(1, sizeof *c);
    if (c == NULL) {
        err_die(RC_MEMORY, "%s", "charset");
    }
    enum rc rc = known[i].kind == KIND_AUTO ? decide_first(c, sample)
                                            : use_named(c, known[i].kind, known[i].name, sample);
    if (rc != RC_OK) {
        charset_close(c);
        return rc;
    }
    *ret = c;
    return RC_OK;
}

void charset_close(struct charset *c)
{
    if (c != NULL && c->has_iconv) {
        (void)iconv_close(c->iconv);
    }
    free(c);
}

const char *charset_name(const struct charset *c)
{
    return c->name;
}

/* ---- converting ---- */

static enum rc undecodable(const struct charset *c)
{
    enum rc rc =
        err_fail(RC_FORMAT, tr("第%lld字节起不是%s", "the bytes from offset %lld are not %s"),
                 (long long)c->offset, c->name);
    err_hint(
        "%s",
        tr("在连接配置中写明charset,或请部门核对文件编码。",
           "State the charset in the connector, or ask the department about the file's encoding."));
    return rc;
}

/* Each converter appends what of `in` it can and says how many bytes that took; what is left is
 * the beginning of a character, or begins with what cannot be decoded. */

static enum rc convert_utf8(struct str in, struct buf *out, size_t *ret_used)
{
    *ret_used = utf8_valid_prefix(in);
    return buf_put(out, in.p, *ret_used);
}

/* GB 18030-2022 moved 18 characters into two-byte places and left private ones in the four-byte
 * places they had before. Files written by the older standard have them there; iconv knows neither
 * meaning. Places count on in the fourth byte (30 to 39), then in the third. */
static const struct {
    unsigned char place[TAIL_MOST];
    uint32_t n, first;
} moved[] = {{{0x84, 0x31, 0x82, 0x36}, 10, 0xFE10}, {{0x82, 0x35, 0x90, 0x37}, 8, 0x9FB4}};

static uint32_t moved_character(const char *bytes)
{
    unsigned char p[TAIL_MOST];
    memcpy(p, bytes, sizeof p);
    for (size_t i = 0; i < sizeof moved / sizeof *moved; i++) {
        const unsigned char *from = moved[i].place;
        uint32_t n = (p[2] - from[2]) * 10u + p[3] - from[3];
        if (p[0] == from[0] && p[1] == from[1] && p[3] >= 0x30 && p[3] <= 0x39 && n < moved[i].n) {
            return moved[i].first + n;
        }
    }
    return 0;
}

static enum rc convert_moved(struct str in, struct buf *out, size_t *used)
{
    struct str rest = str_sub(in, *used, TAIL_MOST);
    uint32_t c = rest.n == TAIL_MOST ? moved_character(rest.p) : 0;
    if (c == 0) {
        return RC_OK;
    }
    char text[UTF8_MOST];
    *used += TAIL_MOST;
    return buf_put(out, text, utf8_put(text, c));
}

static enum rc reserve_step(struct buf *out, size_t in_n)
{
    size_t want = in_n < STEP ? in_n * 2 + UTF8_MOST : STEP;
    size_t free_bytes = out->max - out->n;
    return buf_reserve(out, want > free_bytes && free_bytes >= UTF8_MOST ? free_bytes : want);
}

static enum rc convert_iconv(struct charset *c, struct str in, struct buf *out, size_t *ret_used)
{
    size_t used = 0;
    for (;;) {
        TRY(reserve_step(out, in.n - used));
        /* iconv's second argument lacks the const it keeps */
        union {
            const char *in;
            char *out;
        } from = {.in = in.p + used};
        char *to = out->p + out->n;
        size_t from_n = in.n - used, to_n = out->cap - out->n;
        size_t answer = iconv(c->iconv, &from.out, &from_n, &to, &to_n);
        int error = errno;
        out->n = (size_t)(to - out->p);
        size_t before = used = in.n - from_n;
        if (answer != (size_t)-1 || error == EINVAL) {
            break;
        }
        if (error == EILSEQ && c->kind == KIND_GB) {
            TRY(convert_moved(in, out, &used));
        }
        if (error == EILSEQ && used == before) {
            break;
        }
    }
    *ret_used = used;
    return RC_OK;
}

/* Could s be the beginning of a character? That it cannot is seen at the latest when TAIL_MOST
 * bytes of it are there. */
static bool may_be_cut(struct str s)
{
    return s.n < TAIL_MOST;
}

static enum rc convert(struct charset *c, struct str in, struct buf *out, size_t *ret_used)
{
    if (c->kind == KIND_UTF8) {
        TRY(convert_utf8(in, out, ret_used));
    } else {
        TRY(convert_iconv(c, in, out, ret_used));
    }
    c->offset += (int64_t)*ret_used;
    return RC_OK;
}

/* ---- feeding ---- */

static void keep(struct charset *c, struct str *in, size_t n)
{
    if (n > 0) {
        memcpy(c->tail + c->tail_n, in->p, n);
    }
    c->tail_n += n;
    *in = str_sub(*in, n, in->n);
}

/* Passes ASCII on and decides at the first other byte, by all that is there from it on. */
static enum rc feed_undecided(struct charset *c, struct str *in, struct buf *out)
{
    if (c->tail_n == 0) {
        size_t n = ascii_prefix(*in);
        TRY(buf_put(out, in->p, n));
        c->offset += (int64_t)n;
        *in = str_sub(*in, n, in->n);
        if (in->n >= TAIL_MOST) {
            return decide(c, *in, c->offset == 0);
        }
    }
    char sample[TAIL_MOST + SAMPLE_MOST];
    struct str head = str_sub(*in, 0, SAMPLE_MOST);
    memcpy(sample, c->tail, c->tail_n);
    if (head.n > 0) {
        memcpy(sample + c->tail_n, head.p, head.n);
    }
    TRY(decide(c, str_of(sample, c->tail_n + head.n), c->offset == 0));
    if (c->kind == KIND_AUTO) {
        keep(c, in, in->n);
    }
    return RC_OK;
}

/* UTF-16 says its byte order in its first two bytes. */
static enum rc feed_mark(struct charset *c, struct str *in)
{
    while (c->tail_n < 2 && in->n > 0) {
        keep(c, in, 1);
    }
    if (c->tail_n < 2) {
        return RC_OK;
    }
    bool is_little = memcmp(c->tail, "\xFF\xFE", 2) == 0;
    if (!is_little && memcmp(c->tail, "\xFE\xFF", 2) != 0) {
        return err_fail(
            RC_FORMAT, "%s",
            tr("utf-16文件开头缺少字节序标记", "utf-16 without a byte order mark at its start"));
    }
    c->tail_n = 0;
    c->offset = 2;
    c->is_started = true;
    return use(c, is_little ? KIND_UTF16LE : KIND_UTF16BE, is_little ? "utf-16le" : "utf-16be");
}

/* Completes the character whose beginning was kept, byte by byte. */
static enum rc feed_tail(struct charset *c, struct str *in, struct buf *out)
{
    while (c->tail_n > 0 && in->n > 0) {
        keep(c, in, 1);
        size_t used = 0;
        TRY(convert(c, str_of(c->tail, c->tail_n), out, &used));
        if (used == c->tail_n) {
            c->tail_n = 0;
        } else if (!may_be_cut(str_of(c->tail, c->tail_n))) {
            return undecodable(c);
        }
    }
    return RC_OK;
}

static enum rc feed_rest(struct charset *c, struct str in, struct buf *out)
{
    size_t used = 0;
    TRY(convert(c, in, out, &used));
    in = str_sub(in, used, in.n);
    if (in.n > 0 && !may_be_cut(in)) {
        return undecodable(c);
    }
    keep(c, &in, in.n);
    return RC_OK;
}

/* The byte order mark of UTF-8 and GB 18030 is the first character of what came out. */
static void drop_mark(struct charset *c, struct buf *out, size_t from)
{
    if (c->is_started || out->n == from) {
        return;
    }
    c->is_started = true;
    if (str_starts(str_of(out->p + from, out->n - from), STR("\xEF\xBB\xBF"))) {
        memmove(out->p + from, out->p + from + 3, out->n - from - 3);
        out->n -= 3;
    }
}

enum rc charset_feed(struct charset *c, struct str in, bool last, struct buf *out)
{
    size_t from = out->n;
    if (c->kind == KIND_AUTO) {
        TRY(feed_undecided(c, &in, out));
    }
    if (c->kind == KIND_UTF16) {
        TRY(feed_mark(c, &in));
    }
    TRY(feed_tail(c, &in, out));
    if (in.n > 0) {
        TRY(feed_rest(c, in, out));
    }
    drop_mark(c, out, from);
    return last && c->tail_n > 0 ? undecodable(c) : RC_OK;
}

bool charset_is_in_place(const struct charset *c)
{
    return c->kind == KIND_UTF8 && c->is_started && c->tail_n == 0;
}

enum rc charset_check(struct charset *c, struct str in, bool last, size_t *ret_used)
{
    size_t used = utf8_valid_prefix(in);
    c->offset += (int64_t)used;
    if (used < in.n && (last || !may_be_cut(str_sub(in, used, in.n)))) {
        return undecodable(c);
    }
    *ret_used = used;
    return RC_OK;
}
