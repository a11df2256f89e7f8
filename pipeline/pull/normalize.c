#include "pipeline/pull/normalize.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/map.h"
#include "base/money.h"
#include "base/text.h"

struct mapper {
    const struct dataset *dataset;
    date_t today;
    struct map *codes; /* one per field; label -> struct code_value */
};

/* ---- Code lists ---- */

static void add_labels(struct map *m, const struct code_list *list)
{
    map_init(m);
    for (size_t i = 0; list != NULL && i < list->value_count; i++) {
        struct code_value *v = &list->values[i];
        for (size_t k = 0; k < v->label_count; k++) {
            (void)map_put(m, v->labels[k], v);
        }
    }
}

struct mapper *mapper_new(const struct dataset *dataset, date_t today)
{
    struct mapper *m = calloc(1, sizeof *m);
    struct map *codes = m == NULL ? NULL : calloc(dataset->field_count + 1, sizeof *codes);
    if (codes == NULL) {
        err_die(RC_MEMORY, "%s", dataset->id);
    }
    *m = (struct mapper){dataset, today, codes};
    for (size_t i = 0; i < dataset->field_count; i++) {
        add_labels(&codes[i], dataset->fields[i].codes);
    }
    return m;
}

void mapper_free(struct mapper *m)
{
    if (m == NULL) {
        return;
    }
    for (size_t i = 0; i < m->dataset->field_count; i++) {
        map_done(&m->codes[i]);
    }
    free(m->codes);
    free(m);
}

/* ---- One value ---- */

/* How departments write that there is nothing. Not for text, where it may be what they mean to say.
 */
static bool is_blank_word(struct str s)
{
    static const char *const words[] = {"-",  "--", "—",    "——",   "/",  "\\",
                                        "无", "空", "null", "NULL", "\\N"};
    for (size_t i = 0; s.n <= 6 && i < sizeof words / sizeof words[0]; i++) {
        if (str_is(s, words[i])) {
            return true;
        }
    }
    return s.n == 0;
}

bool value_is_blank(enum field_type type, struct str folded)
{
    return type == FIELD_TEXT ? folded.n == 0 : is_blank_word(folded);
}

static bool is_word(struct str s, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (str_is(s, *words)) {
            return true;
        }
    }
    return false;
}

static bool read_flag(struct str s, struct value *v)
{
    static const char *const yes[] = {"是",   "有",   "1",    "Y",  "y",
                                      "true", "TRUE", "True", "已", NULL};
    static const char *const no[] = {"否",    "无",    "0",     "N",  "n",
                                     "false", "FALSE", "False", "未", NULL};
    v->number = is_word(s, yes) ? 1 : 0;
    return v->number == 1 || is_word(s, no);
}

static bool read_code(const struct map *codes, const char *otherwise, struct str s, struct value *v)
{
    const struct code_value *known = map_get(codes, s);
    const char *found = known != NULL ? known->value : is_blank_word(s) ? NULL : otherwise;
    v->is_null = found == NULL && is_blank_word(s);
    v->text = str_from(found);
    return found != NULL || v->is_null;
}

static bool read_typed(const struct field *f, struct str s, struct value *v)
{
    enum rc rc = RC_VALUE;
    switch (f->type) {
    case FIELD_DATE:
        rc = date_parse(s, &v->span);
        break;
    case FIELD_INSTANT:
        rc = instant_parse(s, &v->number);
        break;
    case FIELD_MONEY:
        rc = money_parse(s, f->unit_fen, &v->number);
        break;
    case FIELD_NUMBER:
        rc = decimal_parse(s, &v->number);
        break;
    case FIELD_TEXT:
    case FIELD_CODE:
    case FIELD_FLAG:
        break;
    }
    return rc == RC_OK;
}

/* False: there is something and it cannot be read. */
static bool read_value(const struct mapper *m, size_t field, struct arena *scratch, struct str raw,
                       struct value *v)
{
    const struct field *f = &m->dataset->fields[field];
    struct str s = text_fold(scratch, raw);
    *v = (struct value){.is_null = s.n == 0};
    if (v->is_null) {
        return true;
    }
    if (f->type == FIELD_TEXT) {
        v->text = s;
        return true;
    }
    if (f->type == FIELD_CODE) {
        return read_code(&m->codes[field], f->codes->otherwise, text_squeeze(scratch, s), v);
    }
    if (f->type == FIELD_FLAG && read_flag(s, v)) {
        return true;
    }
    v->is_null = is_blank_word(s);
    return v->is_null || (f->type != FIELD_FLAG && read_typed(f, s, v));
}

const char *field_type_expected(enum field_type type)
{
    switch (type) {
    case FIELD_CODE:
        return tr("代码表中的值", "a value of the code list");
    case FIELD_FLAG:
        return tr("是或否", "yes or no (是, 否)");
    case FIELD_DATE:
        return tr("日期,如 2024-03-05", "a date like 2024-03-05");
    case FIELD_INSTANT:
        return tr("时间,如 2024-03-05 10:11:12", "a time like 2024-03-05 10:11:12");
    case FIELD_MONEY:
        return tr("金额,最多到分,如 1234.50", "an amount to the fen like 1234.50");
    case FIELD_NUMBER:
        return tr("数字,如 36.5", "a number like 36.5");
    case FIELD_TEXT:
        break;
    }
    return tr("文字", "text");
}

static const char *bad_word(enum field_type type)
{
    static const char *const words[] = {
        [FIELD_TEXT] = "bad_text",     [FIELD_CODE] = "bad_code",       [FIELD_FLAG] = "bad_flag",
        [FIELD_DATE] = "bad_date",     [FIELD_INSTANT] = "bad_instant", [FIELD_MONEY] = "bad_money",
        [FIELD_NUMBER] = "bad_number",
    };
    return words[type];
}

/* ---- One row ---- */

static bool is_key_field(const struct dataset *d, size_t field)
{
    for (size_t i = 0; i < d->key_count; i++) {
        if (d->key[i] == field) {
            return true;
        }
    }
    return false;
}

#define KEY_MOST 512 /* no index takes longer ones */

/* So much of each part that all of them and what stands between them fit. */
static size_t key_part_most(const struct dataset *d)
{
    return (KEY_MOST + 1) / d->key_count - 1;
}

/* What is wrong with a value that was read, NULL if nothing. */
static const char *missing_or_future(const struct mapper *m, size_t field, const struct value *v,
                                     struct reject *ret)
{
    const struct dataset *d = m->dataset;
    if (v->is_null && is_key_field(d, field)) {
        ret->expected = tr("主键字段不能为空", "a key field must not be blank");
        return "key_missing";
    }
    if (v->text.n > key_part_most(d) && is_key_field(d, field)) {
        ret->expected = tr("主键过长", "a shorter key");
        return "key_missing";
    }
    if (d->event_field < 0 || (size_t)d->event_field != field) {
        return NULL;
    }
    if (v->is_null) {
        ret->expected = tr("事件日期不能为空", "the event date must not be blank");
        return "event_date_missing";
    }
    if (v->span.first > m->today) {
        ret->expected = tr("事件日期不能晚于今天", "the event date must not lie in the future");
        return "event_date_future";
    }
    return NULL;
}

bool mapper_map(const struct mapper *m, struct arena *scratch, const struct str *row,
                struct value *values, struct reject *ret)
{
    const struct dataset *d = m->dataset;
    for (size_t i = 0; i < d->field_count; i++) {
        const struct field *f = &d->fields[i];
        struct reject r = {bad_word(f->type), field_type_expected(f->type), d->columns[f->column],
                           row[f->column]};
        if (read_value(m, i, scratch, row[f->column], &values[i])) {
            r.reason = missing_or_future(m, i, &values[i], &r);
        }
        if (r.reason != NULL) {
            *ret = r;
            return false;
        }
    }
    return true;
}

static struct str date_text(struct arena *scratch, struct date_span span)
{
    char text[DATE_TEXT];
    date_format(span.first, text);
    if (span.first != span.last) {
        text[7] = '\0'; /* known to the month */
    }
    return arena_str(scratch, str_from(text));
}

static struct str instant_text(struct arena *scratch, int64_t us)
{
    char text[INSTANT_TEXT];
    instant_format(us, text);
    return arena_str(scratch, str_from(text));
}

static struct str amount_text(struct arena *scratch, int64_t n, void (*format)(int64_t, char *))
{
    char text[MONEY_TEXT];
    format(n, text);
    return arena_str(scratch, str_from(text));
}

struct str value_text(struct arena *scratch, enum field_type type, const struct value *v)
{
    if (v->is_null) {
        return STR_NULL;
    }
    switch (type) {
    case FIELD_FLAG:
        return str_from(v->number == 1 ? "true" : "false");
    case FIELD_DATE:
        return date_text(scratch, v->span);
    case FIELD_INSTANT:
        return instant_text(scratch, v->number);
    case FIELD_MONEY:
        return amount_text(scratch, v->number, money_format);
    case FIELD_NUMBER:
        return amount_text(scratch, v->number, decimal_format);
    case FIELD_TEXT:
    case FIELD_CODE:
        break;
    }
    return v->text;
}

static bool key_part(const struct mapper *m, struct arena *scratch, const struct str *row, size_t i,
                     struct str *ret)
{
    size_t field = m->dataset->key[i];
    const struct field *f = &m->dataset->fields[field];
    struct value v;
    if (!read_value(m, field, scratch, row[f->column], &v) || v.is_null) {
        return false;
    }
    *ret = value_text(scratch, f->type, &v);
    return true;
}

struct str mapper_key(const struct mapper *m, struct arena *scratch, const struct str *row)
{
    struct str key = STR_NULL, part = STR_NULL;
    for (size_t i = 0; i < m->dataset->key_count; i++) {
        if (!key_part(m, scratch, row, i, &part)) {
            return STR_NULL;
        }
        key = i == 0 ? part
                     : str_from(arena_printf(scratch, "%.*s%c%.*s", STR_ARGS(key), KEY_SEPARATOR,
                                             STR_ARGS(part)));
    }
    if (key.n > KEY_MOST) {
        return STR_NULL; /* unreadable, like a blank one */
    }
    return key;
}

/* ---- Content ---- */

static uint64_t hash_value(enum field_type type, const struct value *v, uint64_t seed)
{
    if (v->is_null) {
        return XXH3_64bits_withSeed("", 0, seed + 1);
    }
    if (type == FIELD_TEXT || type == FIELD_CODE) {
        return XXH3_64bits_withSeed(v->text.p, v->text.n, seed);
    }
    if (type == FIELD_DATE) {
        return XXH3_64bits_withSeed(&v->span, sizeof v->span, seed);
    }
    return XXH3_64bits_withSeed(&v->number, sizeof v->number, seed);
}

uint64_t mapper_content(const struct mapper *m, const struct value *values, uint64_t seed)
{
    for (size_t i = 0; i < m->dataset->field_count; i++) {
        seed = hash_value(m->dataset->fields[i].type, &values[i], seed);
    }
    return seed;
}
