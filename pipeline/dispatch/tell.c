#include "base/buf.h"
#include "pipeline/dispatch/dispatch.h"

#define JSON_MAX ((size_t)256 << 20)

static void print_item(struct arena *a, const struct dispatch_item *item, bool dry_run, FILE *out)
{
    arena_reset(a);
    for (const struct feedback_fault *f = item->row.faults; f != NULL; f = f->next) {
        fprintf(out, tr("%s: 未采纳: %s: %s\n", "%s: not taken: %s: %s\n"), feedback_place(a, &item->row), f->column, f->expected);
    }
    if (item->verdict != FEEDBACK_REFUSED) {
        const char *what = item->verdict == FEEDBACK_KNOWN ? tr("此前已采纳", "was taken before")
                           : dry_run                       ? tr("可采纳", "would be taken")
                                                           : tr("已采纳", "taken");
        fprintf(out, "%s: %s: %s\n", feedback_place(a, &item->row), what, choice_title(decision_choices, str_from(item->decision)));
    }
}

static void print_text(const struct dispatch *d, bool dry_run, FILE *out)
{
    struct arena *a = arena_new((size_t)16 << 20);
    for (size_t i = 0; i < d->count; i++) {
        print_item(a, &d->items[i], dry_run, out);
    }
    arena_free(a);
    fprintf(out, tr("采纳 %lld,此前已采纳 %lld,未采纳 %lld,未填写 %lld\n", "taken %lld, taken before %lld, not taken %lld, blank %lld\n"),
            (long long)d->taken, (long long)d->known, (long long)d->refused, (long long)d->blank);
    if (d->folder != NULL) {
        fprintf(out, "%s %s\n", tr("已写出", "written"), d->folder);
    }
}

static enum rc put_text(struct buf *b, const char *lead_in, struct str text)
{
    TRY(buf_puts(b, str_from(lead_in)));
    return buf_put_json(b, text);
}

static enum rc put_item(struct buf *b, const struct dispatch_item *item)
{
    static const char *const words[] = {"taken", "known", "refused"};
    TRY(put_text(b, "{\"sheet\":", str_from(item->row.sheet)));
    TRY(buf_printf(b, ",\"row\":%lld", (long long)item->row.number));
    TRY(put_text(b, ",\"lead_no\":", item->row.is_known ? item->row.token.lead_no : STR_NULL));
    TRY(buf_printf(b, ",\"verdict\":\"%s\",\"faults\":[", words[item->verdict]));
    for (const struct feedback_fault *f = item->row.faults; f != NULL; f = f->next) {
        TRY(put_text(b, f == item->row.faults ? "{\"column\":" : ",{\"column\":", str_from(f->column)));
        TRY(put_text(b, ",\"expected\":", str_from(f->expected)));
        TRY(buf_putc(b, '}'));
    }
    return buf_puts(b, STR("]}"));
}

static enum rc put_all(struct buf *b, const struct dispatch *d)
{
    TRY(buf_puts(b, STR("{\"rows\":[")));
    for (size_t i = 0; i < d->count; i++) {
        TRY(buf_puts(b, i > 0 ? STR(",\n") : STR("\n")));
        TRY(put_item(b, &d->items[i]));
    }
    TRY(buf_printf(b, "\n],\"taken\":%lld,\"known\":%lld,\"refused\":%lld,\"blank\":%lld", (long long)d->taken, (long long)d->known,
                   (long long)d->refused, (long long)d->blank));
    TRY(put_text(b, ",\"folder\":", d->folder != NULL ? str_from(d->folder) : STR_NULL));
    return buf_puts(b, STR("}\n"));
}

enum rc dispatch_print(const struct dispatch *d, bool dry_run, bool json, FILE *out)
{
    struct buf b;
    if (!json) {
        print_text(d, dry_run, out);
        return RC_OK;
    }
    buf_init(&b, JSON_MAX);
    enum rc rc = put_all(&b, d);
    if (rc == RC_OK) {
        (void)fwrite(b.p, 1, b.n, out);
    }
    buf_done(&b);
    return rc;
}
