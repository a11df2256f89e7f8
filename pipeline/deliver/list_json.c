/* leads.json (format 1) and summary.json: what programs may rely on. Members are only ever added. */
#include <stdlib.h>

#include "base/fs.h"
#include "pipeline/deliver/differences.h"

#define JSON_MAX ((size_t)1 << 30)

/* Written a dozen times a lead: without a format. */
static enum rc put_name(struct buf *b, const char *name)
{
    TRY(buf_puts(b, STR(",\"")));
    TRY(buf_puts(b, str_from(name)));
    return buf_puts(b, STR("\":"));
}

static enum rc put_member(struct buf *b, const char *name, struct str value)
{
    TRY(put_name(b, name));
    return buf_put_json(b, value);
}

static enum rc put_date(struct buf *b, const char *name, date_t d)
{
    char text[DATE_TEXT];
    if (d == DATE_NONE) {
        return put_member(b, name, STR_NULL);
    }
    date_format(d, text);
    return put_member(b, name, str_from(text));
}

static enum rc put_person(struct buf *b, const struct reason *r)
{
    if (str_is_null(r->person_name)) {
        return buf_puts(b, STR(",\"person\":null"));
    }
    TRY(buf_puts(b, STR(",\"person\":{\"name\":")));
    TRY(buf_put_json(b, r->person_name));
    TRY(put_member(b, "number", r->person_number));
    TRY(put_member(b, "relation", r->relation));
    return buf_putc(b, '}');
}

/* details is an object kept by the alert stage: its members become the reason's own. */
static struct str inner_members(struct str object)
{
    struct str s = str_trim(object);
    return s.n >= 2 ? str_trim(str_sub(s, 1, s.n - 2)) : STR("");
}

static enum rc put_reason(struct buf *b, const struct reason *r)
{
    TRY(buf_puts(b, STR("{\"rule\":")));
    TRY(buf_put_json(b, r->rule));
    TRY(buf_printf(b, ",\"version\":%d", r->version));
    TRY(put_member(b, "title", r->title));
    TRY(put_member(b, "text", r->text));
    TRY(put_member(b, "severity", r->severity));
    TRY(put_member(b, "state", r->state));
    TRY(put_member(b, "cause", r->cause));
    TRY(put_date(b, "opened_on", r->opened_on));
    TRY(str_is_null(r->answer) ? RC_OK : put_member(b, "answer", r->answer));
    TRY(put_person(b, r));
    struct str details = inner_members(r->details);
    TRY(str_is_empty(details) ? RC_OK : buf_putc(b, ','));
    TRY(buf_puts(b, details));
    TRY(put_name(b, "evidence"));
    TRY(buf_puts(b, r->evidence));
    return buf_putc(b, '}');
}

/* A note has no state of its own: it is true, or not there. */
static enum rc put_one_note(struct buf *b, const struct reason *n)
{
    TRY(buf_puts(b, STR("{\"rule\":")));
    TRY(buf_put_json(b, n->rule));
    TRY(buf_printf(b, ",\"version\":%d", n->version));
    TRY(put_member(b, "title", n->title));
    TRY(put_member(b, "text", n->text));
    TRY(put_person(b, n));
    struct str details = inner_members(n->details);
    TRY(str_is_empty(details) ? RC_OK : buf_printf(b, ",%.*s", STR_ARGS(details)));
    return buf_printf(b, ",\"evidence\":%.*s}", STR_ARGS(n->evidence));
}

static enum rc put_notes(struct buf *b, const struct lead *lead)
{
    TRY(buf_puts(b, STR(",\"notes\":[")));
    for (size_t i = 0; i < lead->note_count; i++) {
        TRY(i > 0 ? buf_putc(b, ',') : RC_OK);
        TRY(put_one_note(b, &lead->notes[i]));
    }
    return buf_putc(b, ']');
}

static enum rc put_works(struct buf *b, const struct lead *lead)
{
    TRY(put_member(b, "works_no", lead->works_no));
    TRY(put_member(b, "works_name", lead->works_name));
    TRY(buf_puts(b, STR(",\"households\":[")));
    for (size_t i = 0; i < lead->household_count; i++) {
        TRY(i > 0 ? buf_putc(b, ',') : RC_OK);
        TRY(buf_put_json(b, lead->households[i]));
    }
    return buf_putc(b, ']');
}

/* Whom they met and what they wrote stays with the county's workbook. */
static enum rc put_result(struct buf *b, const struct lead_result *r)
{
    if (r == NULL) {
        return RC_OK;
    }
    TRY(buf_printf(b, ",\"result\":{\"code\":%d", r->code));
    TRY(put_date(b, "visited_on", r->visited_on));
    TRY(put_member(b, "way", r->way));
    return buf_putc(b, '}');
}

enum rc list_put_lead(struct buf *b, const struct list *l, const struct lead *lead)
{
    TRY(buf_puts(b, STR("{\"lead_no\":")));
    TRY(buf_put_json(b, lead->lead_no));
    TRY(put_member(b, "kind", lead->kind));
    TRY(put_member(b, "household_no", lead->household_no));
    TRY(put_member(b, "householder", lead->householder));
    TRY(put_member(b, "region", lead->region));
    TRY(put_member(b, "township", lead->township));
    TRY(put_member(b, "village", lead->village));
    TRY(put_member(b, "category", lead->category));
    TRY(put_member(b, "level", lead->level));
    TRY(put_member(b, "state", lead->state));
    TRY(put_member(b, "sheet", str_from(sheet_name(lead->sheet))));
    TRY(put_date(b, "opened_on", lead->opened_on));
    TRY(put_date(b, "due_on", lead->due_on));
    TRY(put_member(b, "note", lead_note(l, lead)));
    TRY(put_notes(b, lead));
    TRY(put_result(b, lead->result));
    TRY(l->is_screened ? put_member(b, "decision", lead->decision) : RC_OK);
    if (!str_is_null(lead->works_no)) {
        TRY(put_works(b, lead));
    }
    TRY(buf_puts(b, STR(",\"reasons\":[")));
    for (size_t i = 0; i < lead->reason_count; i++) {
        TRY(i > 0 ? buf_putc(b, ',') : RC_OK);
        TRY(put_reason(b, &lead->reasons[i]));
    }
    return buf_puts(b, STR("]}"));
}

static enum rc put_head(const struct list *l, struct buf *b)
{
    TRY(buf_puts(b, STR("{\"format\":1")));
    TRY(put_date(b, "date", l->as_of));
    return buf_printf(b, ",\"edition\":%d", l->edition);
}

static enum rc put_leads(const struct list *l, struct buf *b)
{
    TRY(put_head(l, b));
    TRY(buf_puts(b, STR(",\"leads\":[")));
    for (size_t i = 0; i < l->lead_count; i++) {
        TRY(buf_puts(b, i > 0 ? STR(",\n") : STR("\n")));
        TRY(list_put_lead(b, l, &l->leads[i]));
    }
    TRY(buf_puts(b, STR("\n],\n")));
    TRY(list_put_cases(l, b));
    return buf_puts(b, STR("}\n"));
}

static enum rc put_feed(const struct list *l, struct buf *b, const struct list_feed *f)
{
    struct str texts = feed_reasons(l->arena, f);
    TRY(buf_puts(b, STR("{\"dataset\":")));
    TRY(buf_put_json(b, f->dataset));
    TRY(put_member(b, "title", f->title));
    TRY(put_member(b, "verdict", f->verdict));
    TRY(put_date(b, "as_of", f->as_of));
    TRY(buf_printf(b, ",\"last_complete\":%lld,\"rows\":%lld,\"linked\":%lld,\"strangers\":%lld,"
                      "\"rejected\":%lld,\"in_review\":%lld,\"reasons\":%.*s,\"reason_texts\":[",
                   (long long)f->last_complete, (long long)f->rows, (long long)f->linked, (long long)f->strangers,
                   (long long)f->rejected, (long long)f->in_review, STR_ARGS(f->reasons)));
    for (const char *comma = ""; texts.n > 0; comma = ",") {
        TRY(buf_puts(b, str_from(comma)));
        TRY(buf_put_json(b, str_cut(&texts, '\n')));
    }
    return buf_puts(b, STR("]}"));
}

static enum rc put_summary(const struct list *l, struct buf *b)
{
    TRY(put_head(l, b));
    TRY(put_member(b, "county", str_from(l->config->county)));
    TRY(buf_puts(b, STR(",\"roster\":{\"is_old\":")));
    TRY(buf_puts(b, l->roster.is_old ? STR("true") : STR("false")));
    TRY(put_date(b, "exported_on", l->roster.on));
    TRY(buf_printf(b, "},\"leads\":%zu,\"sheets\":{", l->lead_count));
    for (int i = 0; i < SHEETS; i++) {
        TRY(buf_printf(b, "%s\"%s\":%zu", i > 0 ? "," : "", sheet_name((enum sheet)i), l->per_sheet[i]));
    }
    TRY(buf_printf(b, "},\"held\":%lld,\"frozen_rules\":%.*s,\"datasets\":[", (long long)l->held, STR_ARGS(l->frozen)));
    for (size_t i = 0; i < l->feed_count; i++) {
        TRY(buf_puts(b, i > 0 ? STR(",\n") : STR("\n")));
        TRY(put_feed(l, b, &l->feeds[i]));
    }
    TRY(buf_printf(b, "\n],\"broken_departments\":%.*s", STR_ARGS(l->broken)));
    TRY(l->link_version >= 0 ? buf_printf(b, ",\n\"link_version\":%d", l->link_version) : RC_OK);
    if (l->differences != NULL) {
        TRY(buf_puts(b, STR(",\n\"edition_differences\":")));
        TRY(differences_put_json(l->differences, b));
    }
    return buf_puts(b, STR("}\n"));
}

static enum rc write_with(const struct list *l, const char *folder, const char *name,
                          enum rc (*put)(const struct list *, struct buf *))
{
    struct buf out;
    buf_init(&out, JSON_MAX);
    enum rc rc = put(l, &out);
    if (rc == RC_OK) {
        rc = fs_write_synced(arena_printf(l->arena, "%s/%s", folder, name), buf_str(&out));
    }
    buf_done(&out);
    return rc;
}

enum rc list_write_json(const struct list *l, const char *folder)
{
    return write_with(l, folder, "leads.json", put_leads);
}

enum rc list_write_summary(const struct list *l, const char *folder)
{
    return write_with(l, folder, "summary.json", put_summary);
}
