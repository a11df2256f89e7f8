/* What became of each row. Nothing that stands in a row is repeated but a lead number that its token proves. */
#include "pipeline/feedback/feedback.h"

static const char *const verdict_words[] = {"taken", "known", "refused"};

const char *feedback_place(struct arena *a, const struct feedback_row *row)
{
    const char *sheet = row->sheet != NULL && *row->sheet != '\0' ? arena_printf(a, " [%s]", row->sheet) : "";
    const char *number = row->number > 0 ? arena_printf(a, tr(" 第%lld行", " row %lld"), (long long)row->number) : "";
    const char *lead = row->is_known ? arena_printf(a, tr(" 线索%.*s", " lead %.*s"), STR_ARGS(row->token.lead_no)) : "";
    return arena_printf(a, "%s%s%s%s", row->file, sheet, number, lead);
}

static void print_item(struct arena *a, const struct feedback_item *item, bool dry_run, FILE *out)
{
    const struct feedback_row *row = &item->row;
    arena_reset(a);
    if (item->verdict == FEEDBACK_REFUSED) {
        for (const struct feedback_fault *f = row->faults; f != NULL; f = f->next) {
            fprintf(out, tr("%s: 未采纳: %s: %s\n", "%s: not taken: %s: %s\n"), feedback_place(a, row), f->column, f->expected);
        }
        return;
    }
    const char *what = item->verdict == FEEDBACK_KNOWN ? tr("此前已采纳", "was taken before")
                       : dry_run                       ? tr("可采纳", "would be taken")
                                                       : tr("已采纳", "taken");
    fprintf(out, "%s: %s: %s\n", feedback_place(a, row), what, row->code != NULL ? result_code_title(row->code->code) : row->taken_as);
}

enum rc feedback_print(const struct feedback *f, bool dry_run, FILE *out)
{
    struct arena *a = arena_new((size_t)16 << 20);
    for (size_t i = 0; i < f->count; i++) {
        print_item(a, &f->items[i], dry_run, out);
    }
    arena_free(a);
    fprintf(out, tr("采纳 %lld,此前已采纳 %lld,未采纳 %lld,未填写 %lld\n", "taken %lld, taken before %lld, not taken %lld, blank %lld\n"),
            (long long)f->taken, (long long)f->known, (long long)f->refused, (long long)f->blank);
    return RC_OK;
}

/* ---- JSON ---- */

#define LINE_MAX_BYTES ((size_t)4 << 20)

static enum rc put_text(struct buf *b, const char *lead_in, struct str text)
{
    TRY(buf_puts(b, str_from(lead_in)));
    return buf_put_json(b, text);
}

static enum rc put_item(struct buf *b, const struct feedback_item *item)
{
    const struct feedback_row *row = &item->row;
    TRY(put_text(b, "{\"file\":", str_from(row->file)));
    TRY(put_text(b, ",\"sheet\":", str_from(row->sheet)));
    TRY(buf_printf(b, ",\"row\":%lld", (long long)row->number));
    TRY(put_text(b, ",\"lead_no\":", row->is_known ? row->token.lead_no : STR_NULL));
    TRY(buf_printf(b, ",\"verdict\":\"%s\",\"faults\":[", verdict_words[item->verdict]));
    for (const struct feedback_fault *f = row->faults; f != NULL; f = f->next) {
        TRY(put_text(b, f == row->faults ? "{\"column\":" : ",{\"column\":", str_from(f->column)));
        TRY(put_text(b, ",\"expected\":", str_from(f->expected)));
        TRY(buf_putc(b, '}'));
    }
    return buf_puts(b, STR("]}"));
}

static enum rc print_items(const struct feedback *f, struct buf *b, FILE *out)
{
    fputs("{\"rows\":[", out);
    for (size_t i = 0; i < f->count; i++) {
        buf_reset(b);
        TRY(buf_puts(b, i > 0 ? STR(",\n") : STR("\n")));
        TRY(put_item(b, &f->items[i]));
        (void)fwrite(b->p, 1, b->n, out);
    }
    fprintf(out, "\n],\"taken\":%lld,\"known\":%lld,\"refused\":%lld,\"blank\":%lld}\n", (long long)f->taken, (long long)f->known,
            (long long)f->refused, (long long)f->blank);
    return RC_OK;
}

enum rc feedback_print_json(const struct feedback *f, FILE *out)
{
    struct buf b;
    buf_init(&b, LINE_MAX_BYTES);
    enum rc rc = print_items(f, &b, out);
    buf_done(&b);
    return rc;
}
