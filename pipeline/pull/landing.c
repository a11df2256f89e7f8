#include "pipeline/pull/landing.h"

#include <stdlib.h>

#include "base/idno.h"
#include "base/text.h"
#include "pipeline/pull/keys_met.h"
#include "pipeline/pull/quarantine.h"
#include "pipeline/pull/roster.h"

#define HOLD_MAX ((size_t)1 << 30)
#define FLOW_FROM ((size_t)128 << 10) /* less is sent at the batch's end */
#define COMMON_COLUMNS 12 /* county .. row_number */
#define ROSTER_COLUMNS 6
#define CODE_DOMAIN "record"

struct landing {
    const struct job *job;
    const struct mapper *mapper;
    struct copy *facts; /* used when rows go straight there */
    struct copy *rows, *pages;
    struct keys_met *met; /* NULL: rows go to the landing table */
    struct standing *standing; /* not ours; NULL: every record lands */
    int page;
    struct seals *seals;
};

/* ---- Columns ---- */

const char *landing_columns(const struct dataset *d, struct arena *a, const char *prefix)
{
    static const char *const common[] = {"person_id",    "household_id", "works_no",
                                         "village_code", "link",         "updated_at",
                                         "content",      "page",         "row_number"};
    const char *list = "";
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++) {
        list = arena_printf(a, "%s%s%s%s", list, i == 0 ? "" : ", ", prefix, common[i]);
    }
    for (size_t i = 0; i < d->field_count; i++) {
        const struct field *f = &d->fields[i];
        list = arena_printf(a, "%s, %sf_%s", list, prefix, f->name);
        if (f->type == FIELD_DATE) {
            list = arena_printf(a, "%s, %sf_%s_last", list, prefix, f->name);
        }
    }
    return list;
}

static const char *roster_columns(const struct dataset *d, struct arena *a)
{
    const char *list = "";
    for (size_t i = 0; d->is_roster && roster_landing_columns[i] != NULL; i++) {
        list = arena_printf(a, "%s, %s", list, roster_landing_columns[i]);
    }
    return list;
}

static int column_count(const struct dataset *d)
{
    int n = COMMON_COLUMNS + (d->is_roster ? ROSTER_COLUMNS : 0);
    for (size_t i = 0; i < d->field_count; i++) {
        n += d->fields[i].type == FIELD_DATE ? 2 : 1;
    }
    return n;
}

/* ---- Life ---- */

struct landing *landing_new(const struct job *job, const struct mapper *mapper)
{
    struct landing *l = calloc(1, sizeof *l);
    if (l == NULL) {
        err_die(RC_MEMORY, "%s", job->dataset->id);
    }
    const struct dataset *d = job->dataset;
    const char *columns = landing_columns(d, job->arena, "");
    *l = (struct landing){.job = job, .mapper = mapper};
    l->rows = copy_hold(
        arena_printf(job->arena,
                     "copy bidui.landing_%s (county, record_key, edition, %s%s) from stdin"
                     " (format binary)",
                     d->table, columns, roster_columns(d, job->arena)),
        column_count(d), HOLD_MAX);
    l->facts = copy_hold(
        arena_printf(job->arena,
                     "copy bidui.fact_%s (county, record_key, learned, %s) from stdin"
                     " (format binary)",
                     d->table, columns),
        column_count(d), HOLD_MAX);
    l->pages = copy_hold("copy bidui.delivery_page (county, dataset, edition, page, label, hash, "
                         "token_hash, file_hash,"
                         " rows) from stdin (format binary)",
                         9, HOLD_MAX);
    l->seals = seals_new(job);
    return l;
}

void landing_free(struct landing *l)
{
    if (l == NULL) {
        return;
    }
    copy_free(l->facts);
    copy_free(l->rows);
    copy_free(l->pages);
    keys_met_free(l->met);
    seals_free(l->seals);
    free(l);
}

/* ---- Subjects and keys ---- */

struct subject landing_subject(const struct job *job, const struct linked *link,
                               struct arena *scratch, const struct str *row)
{
    const struct identity_columns *c = &job->dataset->identity;
    struct subject s = {0, 0, STR_NULL, STR_NULL};
    if (c->works_no >= 0 && !str_is_empty(row[c->works_no])) {
        s.works_no = text_fold(scratch, row[c->works_no]);
    }
    if (link->village != INDEX_NONE) {
        s.village_code = index_village_code(job->index, link->village);
    }
    if (link->subject == INDEX_NONE) {
        return s;
    }
    if (grain_is_household(job->dataset->grain)) {
        s.household_id = index_household(job->index, link->subject)->household_id;
    } else {
        s.person_id = index_person(job->index, link->subject)->person_id;
    }
    return s;
}

void landing_code(const struct job *job, struct str key, char out[CODE_TEXT])
{
    crypto_code(&job->config->code_key, CODE_DOMAIN, key, out);
}

bool landing_needs_code(const struct dataset *d, struct str key)
{
    return d->key_holds_identity || (key.n >= IDNO_LEN && idno_is_within(key));
}

bool landing_is_code(struct str key)
{
    if (key.n != CODE_TEXT - 1 || key.p[0] != 'k') {
        return false;
    }
    for (size_t i = 1; i < key.n; i++) {
        if (strchr("0123456789abcdef", key.p[i]) == NULL) {
            return false;
        }
    }
    return true;
}

struct record_key landing_key(const struct job *job, const struct mapper *mapper,
                              struct arena *scratch, const struct str *row)
{
    return landing_key_of(job, scratch, mapper_key(mapper, scratch, row));
}

struct record_key landing_key_of(const struct job *job, struct arena *scratch, struct str key)
{
    char code[CODE_TEXT];
    struct record_key k = {key, STR("")};
    if (str_is_null(k.key)) {
        return k;
    }
    landing_code(job, k.key, code);
    k.code = arena_str(scratch, str_from(code));
    if (landing_needs_code(job->dataset, k.key)) {
        k.key = k.code;
    }
    return k;
}

/* ---- Rows ---- */

static void put_id(struct copy *c, int64_t id)
{
    if (id == 0) {
        copy_null(c);
    } else {
        copy_i64(c, id);
    }
}

/* Identity numbers live in bidui.identity alone: a text with one inside is kept as its code. */
static void put_text(const struct landing *l, struct copy *c, struct str text)
{
    char code[CODE_TEXT];
    if (text.n < IDNO_LEN || l->job->dataset->is_roster || !idno_is_within(text)) {
        copy_text(c, text);
        return;
    }
    landing_code(l->job, text, code);
    copy_text(c, str_from(code));
}

static void put_field(const struct landing *l, struct copy *c, enum field_type type,
                      const struct value *v)
{
    if (v == NULL || v->is_null) {
        copy_null(c);
        if (type == FIELD_DATE) {
            copy_null(c);
        }
        return;
    }
    switch (type) {
    case FIELD_TEXT:
    case FIELD_CODE:
        put_text(l, c, v->text);
        break;
    case FIELD_FLAG:
        copy_bool(c, v->number == 1);
        break;
    case FIELD_DATE:
        copy_date(c, v->span.first);
        copy_date(c, v->span.first == v->span.last ? DATE_NONE : v->span.last);
        break;
    case FIELD_INSTANT:
        copy_instant(c, v->number);
        break;
    case FIELD_MONEY:
    case FIELD_NUMBER:
        copy_i64(c, v->number);
        break;
    }
}

static struct str filled(struct str s)
{
    return s.n == 0 ? STR_NULL : s;
}

static struct str identity_text(struct arena *scratch, const struct str *row, int column)
{
    return column < 0 ? STR_NULL : filled(text_fold(scratch, row[column]));
}

static const char *state_word(enum idno_state state)
{
    static const char *const words[] = {[IDNO_BLANK] = "blank",
                                        [IDNO_VALID] = "valid",
                                        [IDNO_BAD_CHECK] = "bad_check",
                                        [IDNO_BAD] = "bad"};
    return words[state];
}

/* What the roster alone keeps of identities, on its way to bidui.identity. */
static void put_identity(struct landing *l, struct arena *scratch, const struct str *row)
{
    const struct identity_columns *c = &l->job->dataset->identity;
    struct idno id = {.state = IDNO_BLANK};
    struct str raw = c->id_number < 0 ? STR_NULL : row[c->id_number];
    idno_normalize(raw, &id);
    bool has_form = id.state == IDNO_VALID || id.state == IDNO_BAD_CHECK;
    copy_text(l->rows, id.state == IDNO_VALID ? str_from(id.text) : STR_NULL);
    copy_text(l->rows, str_from(state_word(id.state)));
    copy_text(l->rows, has_form ? str_from(id.text) : filled(text_fold(scratch, raw)));
    copy_text(l->rows, c->name < 0 ? STR_NULL : filled(text_name_clean(scratch, row[c->name])));
    copy_text(l->rows, identity_text(scratch, row, c->phone));
    copy_text(l->rows, identity_text(scratch, row, c->household_no));
}

static uint64_t content_of(const struct landing *l, const char *link, const struct subject *s,
                           const struct value *values)
{
    uint64_t ids =
        (uint64_t)s->person_id * UINT64_C(0x9E3779B97F4A7C15) ^ (uint64_t)s->household_id;
    for (const char *c = link; *c != '\0'; c++) {
        ids = ids * 31 + (unsigned char)*c;
    }
    for (size_t i = 0; i < s->works_no.n; i++) {
        ids = ids * 31 + (unsigned char)s->works_no.p[i];
    }
    for (size_t i = 0; i < s->village_code.n; i++) {
        ids = ids * 31 + (unsigned char)s->village_code.p[i];
    }
    return mapper_content(l->mapper, values, ids);
}

static void put_updated(const struct landing *l, struct copy *c, struct origin at,
                        const struct value *values)
{
    int field = l->job->dataset->updated_field;
    struct value mark = {.is_null = at.updated == ORIGIN_UNDATED, .number = at.updated};
    const struct value *said = values == NULL ? &mark : field < 0 ? NULL : &values[field];
    put_field(l, c, FIELD_INSTANT, said);
}

/* values NULL: only a mark. */
static enum rc put_row(const struct landing *l, struct copy *c, struct origin at, struct str key,
                       const char *link, const struct subject *s, const struct value *values, uint64_t content)
{
    const struct dataset *d = l->job->dataset;
    TRY(copy_row(c));
    copy_text(c, str_from(l->job->config->county));
    copy_text(c, key);
    copy_i32(c, l->job->edition.number);
    put_id(c, s->person_id);
    put_id(c, s->household_id);
    copy_text(c, s->works_no);
    copy_text(c, s->village_code);
    copy_text(c, str_from(link));
    put_updated(l, c, at, values);
    copy_i64(c, (int64_t)content);
    copy_i32(c, at.page);
    copy_i64(c, at.row);
    for (size_t i = 0; i < d->field_count; i++) {
        put_field(l, c, d->fields[i].type, values == NULL ? NULL : &values[i]);
    }
    return RC_OK;
}

enum rc landing_put(struct landing *l, struct arena *scratch, struct origin at, struct str key,
                    const char *link, const struct subject *subject, const struct str *row,
                    const struct value *values, enum meeting *ret)
{
    uint64_t content = content_of(l, link, subject, values);
    *ret = standing_meet(l->standing, key, content);
    if (*ret != MEETING_NEW) {
        return RC_OK;
    }
    bool to_facts = l->met != NULL && !keys_met_add(l->met, key);
    TRY(put_row(l, to_facts ? l->facts : l->rows, at, key, link, subject, values, content));
    if (l->job->dataset->is_roster) {
        put_identity(l, scratch, row);
    }
    return RC_OK;
}

static enum rc put_mark(struct landing *l, struct origin at, struct str key, const char *link)
{
    static const struct subject nobody = {0, 0, {NULL, 0}, {NULL, 0}};
    if (str_is_null(key)) {
        return RC_OK;
    }
    standing_hold(l->standing, key);
    TRY(put_row(l, l->rows, at, key, link, &nobody, NULL, 0));
    for (int i = 0; l->job->dataset->is_roster && i < ROSTER_COLUMNS; i++) {
        copy_null(l->rows);
    }
    return RC_OK;
}

enum rc landing_quarantine(struct landing *l, struct arena *scratch, struct origin at,
                           const struct record_key *key, const struct reject *reject,
                           const int64_t *candidates, size_t n)
{
    TRY(put_mark(l, at, key->key, LANDING_HELD));
    return seals_quarantine(l->seals, scratch, at, key, reject, candidates, n);
}

enum rc landing_review(struct landing *l, struct arena *scratch, struct origin at,
                       const struct record_key *key, const struct asked *asked, const struct str *row)
{
    TRY(put_mark(l, at, key->key, LANDING_HELD));
    return seals_review(l->seals, at, key, asked, record_pack(scratch, row, l->job->dataset->column_count));
}

struct likely_tally *landing_tally(struct landing *l)
{
    return seals_tally(l->seals);
}

enum rc landing_evidence(struct landing *l, struct origin at, struct str key, struct str evidence)
{
    return seals_evidence(l->seals, at, key, evidence);
}

enum rc landing_gone(struct landing *l, struct origin at, struct str key)
{
    return put_mark(l, at, key, LANDING_GONE);
}

static struct str without_numbers(const struct landing *l, struct arena *scratch, struct str text)
{
    char code[CODE_TEXT];
    if (text.n < IDNO_LEN || !idno_is_within(text)) {
        return text;
    }
    landing_code(l->job, text, code);
    return arena_str(scratch, str_from(code));
}

enum rc landing_off_roster(struct landing *l, struct arena *scratch, struct origin at, struct str key,
                           const struct str *row, const struct value *values)
{
    const struct dataset *d = l->job->dataset;
    const struct identity_columns *c = &d->identity;
    struct idno id = {.state = IDNO_BLANK};
    bool is_ambiguous = false;
    idno_normalize(row[c->id_number], &id);
    uint32_t village = index_by_village(l->job->index, c->village < 0 ? STR_NULL : row[c->village],
                                        c->village_name < 0 ? STR_NULL : row[c->village_name], &is_ambiguous);
    struct off_roster_row r = {
        .record_key = key,
        .number = id.state == IDNO_VALID ? str_from(id.text) : text_fold(scratch, row[c->id_number]),
        .name = text_name_clean(scratch, row[c->name]),
        .village_code = village == INDEX_NONE ? STR_NULL : index_village_code(l->job->index, village),
        .reason = without_numbers(l, scratch, values[d->reason_field].text),
        .event_on = d->event_field < 0 || values[d->event_field].is_null ? DATE_NONE : values[d->event_field].span.first,
    };
    return seals_off_roster(l->seals, scratch, at, &r);
}

enum rc landing_close(struct landing *l, struct origin at, struct str code)
{
    return seals_close(l->seals, at, code);
}

/* ---- Pages ---- */

static struct str hash_text(const unsigned char hash[PAGE_HASH])
{
    static const unsigned char none[PAGE_HASH];
    return memcmp(hash, none, PAGE_HASH) == 0 ? STR_NULL : str_of((const char *)hash, PAGE_HASH);
}

enum rc landing_page(struct landing *l, const struct page *page, int number)
{
    unsigned char token[PAGE_HASH] = {0};
    if (page->token.n > 0) {
        crypto_hash(&l->job->config->code_key, page->token, token);
    }
    l->page = number;
    TRY(copy_row(l->pages));
    copy_text(l->pages, str_from(l->job->config->county));
    copy_text(l->pages, str_from(l->job->dataset->id));
    copy_i32(l->pages, l->job->edition.number);
    copy_i32(l->pages, number);
    copy_text(l->pages, str_is_null(page->label) ? STR("") : page->label);
    copy_bytes(l->pages, str_of((const char *)page->hash, PAGE_HASH));
    copy_bytes(l->pages, hash_text(token));
    copy_bytes(l->pages, hash_text(page->file_hash));
    copy_i32(l->pages, (int32_t)(page->rows + page->reject_count));
    return RC_OK;
}

/* ---- To the database ---- */

void landing_into_facts(struct landing *l, bool into_facts)
{
    copy_forget(l->facts);
    copy_forget(l->rows);
    copy_forget(l->pages);
    seals_forget(l->seals);
    standing_forget(l->standing);
    keys_met_free(l->met);
    l->met = into_facts ? keys_met_new() : NULL;
}

void landing_stand_on(struct landing *l, struct standing *standing)
{
    l->standing = standing;
}

int64_t landing_rows(const struct landing *l)
{
    return copy_rows(l->rows) + copy_rows(l->facts);
}

bool landing_is_much(const struct landing *l)
{
    return copy_waiting(l->met != NULL ? l->facts : l->rows) >= FLOW_FROM;
}

enum rc landing_flow(struct landing *l)
{
    return copy_flow(l->met != NULL ? l->facts : l->rows, l->job->db);
}

enum rc landing_send(struct landing *l)
{
    TRY(copy_send(l->met != NULL ? l->facts : l->rows, l->job->db)); /* the one that may flow */
    TRY(copy_send(l->rows, l->job->db));
    TRY(copy_send(l->pages, l->job->db));
    TRY(standing_send(l->standing, l->job, l->page));
    return seals_send(l->seals);
}
