/* Differences told: as JSON for programs, as lines on stdout. The workbook's sheet is in list_xlsx.c. */
#include "pipeline/deliver/differences.h"

/* ---- Words ---- */

const char *change_title(const char *what)
{
    static const char *const titles[][3] = {{"kind", "类型", "kind"},       {"level", "风险等级", "level"},
                                            {"state", "状态", "state"},     {"due_on", "核查期限", "due"},
                                            {"subject", "户或工程信息", "household or works"}, {"reason", "预警原因", "reason"}};
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        if (strcmp(titles[i][0], what) == 0) {
            return tr(titles[i][1], titles[i][2]);
        }
    }
    return what;
}

struct str change_word(const struct change *c, struct str word)
{
    if (str_is_null(word)) {
        return word;
    }
    if (strcmp(c->what, "kind") == 0) {
        return str_from(kind_title(word));
    }
    if (strcmp(c->what, "level") == 0) {
        return str_from(level_title(word));
    }
    return strcmp(c->what, "due_on") == 0 ? word : str_from(state_title(word));
}

/* ---- JSON ---- */

static enum rc put_numbers(struct buf *b, const char *name, const struct lead **leads, size_t n)
{
    TRY(buf_printf(b, ",\"%s\":[", name));
    for (size_t i = 0; i < n; i++) {
        TRY(i > 0 ? buf_putc(b, ',') : RC_OK);
        TRY(buf_put_json(b, leads[i]->lead_no));
    }
    return buf_putc(b, ']');
}

static enum rc put_word(struct buf *b, const char *name, struct str word)
{
    TRY(buf_printf(b, ",\"%s\":", name));
    return buf_put_json(b, word);
}

static enum rc put_change(struct buf *b, const struct change *c)
{
    TRY(buf_printf(b, "{\"what\":\"%s\"", c->what));
    TRY(str_is_null(c->rule) ? RC_OK : put_word(b, "rule", c->rule));
    TRY(put_word(b, "before", c->before));
    TRY(put_word(b, "now", c->now));
    return buf_putc(b, '}');
}

static enum rc put_changed(struct buf *b, const struct lead_change *c)
{
    TRY(buf_puts(b, STR("{\"lead_no\":")));
    TRY(buf_put_json(b, c->lead->lead_no));
    TRY(buf_puts(b, STR(",\"changes\":[")));
    for (size_t i = 0; i < c->change_count; i++) {
        TRY(i > 0 ? buf_putc(b, ',') : RC_OK);
        TRY(put_change(b, &c->changes[i]));
    }
    return buf_puts(b, STR("]}"));
}

static const struct list_feed *either(const struct feed_change *f) { return f->now != NULL ? f->now : f->before; }

static enum rc put_feed(struct buf *b, const struct feed_change *f)
{
    TRY(buf_puts(b, STR("{\"dataset\":")));
    TRY(buf_put_json(b, either(f)->dataset));
    TRY(put_word(b, "before", f->before != NULL ? f->before->verdict : STR_NULL));
    TRY(put_word(b, "now", f->now != NULL ? f->now->verdict : STR_NULL));
    return buf_putc(b, '}');
}

enum rc differences_put_json(const struct differences *d, struct buf *b)
{
    TRY(buf_printf(b, "{\"superseded\":%d", d->superseded));
    TRY(put_numbers(b, "leads_added", d->added, d->added_count));
    TRY(put_numbers(b, "leads_gone", d->gone, d->gone_count));
    TRY(buf_puts(b, STR(",\"leads_changed\":[")));
    for (size_t i = 0; i < d->changed_count; i++) {
        TRY(buf_puts(b, i > 0 ? STR(",\n") : STR("\n")));
        TRY(put_changed(b, &d->changed[i]));
    }
    TRY(buf_puts(b, STR("],\"datasets\":[")));
    for (size_t i = 0; i < d->feed_count; i++) {
        TRY(i > 0 ? buf_putc(b, ',') : RC_OK);
        TRY(put_feed(b, &d->feeds[i]));
    }
    return buf_puts(b, STR("]}"));
}

/* ---- Lines ---- */

static void print_numbers(const char *title, const struct lead **leads, size_t n, FILE *out)
{
    for (size_t i = 0; i < n; i++) {
        fprintf(out, "  %s %.*s %s\n", title, STR_ARGS(leads[i]->lead_no), state_title(leads[i]->state));
    }
}

static void print_change(const struct change *c, FILE *out)
{
    struct str before = change_word(c, c->before), now = change_word(c, c->now);
    fprintf(out, " %s", change_title(c->what));
    if (!str_is_null(c->rule)) {
        fprintf(out, " %.*s", STR_ARGS(c->rule));
    }
    if (!str_eq(before, now)) {
        fprintf(out, " %.*s→%.*s", STR_ARGS(str_is_null(before) ? STR("-") : before),
                STR_ARGS(str_is_null(now) ? STR("-") : now));
    }
}

void differences_print(const struct differences *d, FILE *out)
{
    fprintf(out,
            tr("与第 %d 版相比:新增线索 %zu 条,关闭 %zu 条,变化 %zu 条,来数变化 %zu 个\n",
               "against edition %d: %zu leads added, %zu gone, %zu changed, %zu datasets\n"),
            d->superseded, d->added_count, d->gone_count, d->changed_count, d->feed_count);
    for (size_t i = 0; i < d->feed_count; i++) {
        const struct feed_change *f = &d->feeds[i];
        fprintf(out, "  %s %.*s %s→%s\n", tr("来数", "dataset"), STR_ARGS(either(f)->dataset),
                f->before != NULL ? verdict_title(f->before->verdict) : "-",
                f->now != NULL ? verdict_title(f->now->verdict) : "-");
    }
    print_numbers(tr("新增", "added"), d->added, d->added_count, out);
    print_numbers(tr("关闭", "gone"), d->gone, d->gone_count, out);
    for (size_t i = 0; i < d->changed_count; i++) {
        fprintf(out, "  %s %.*s", tr("变化", "changed"), STR_ARGS(d->changed[i].lead->lead_no));
        for (size_t k = 0; k < d->changed[i].change_count; k++) {
            print_change(&d->changed[i].changes[k], out);
        }
        fprintf(out, "\n");
    }
}
