/* The draft as a file: what the names of the columns and the look of their values say, and what is
 * left to a person. */
#include "base/text.h"
#include "pipeline/draft/choice.h"

#define FILE_BYTES ((size_t)1 << 20)

struct writer {
    const struct draft *d;
    struct choices choices;
    bool has_event;
    struct buf out;
};

static bool has_key_column(const struct writer *w, bool (*is)(const struct choices *, size_t))
{
    for (size_t i = 0; i < w->d->column_count; i++) {
        if (is(&w->choices, i)) {
            return true;
        }
    }
    return false;
}

static enum rc put_name(struct writer *w, struct str name)
{
    bool is_plain = name.n > 0;
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        is_plain =
            is_plain && (c >= 0x80 || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
    }
    return is_plain ? buf_puts(&w->out, name)
                    : buf_puts(&w->out, str_from(draft_quoted(w->d->arena, name)));
}

static enum rc put_head(struct writer *w)
{
    const struct draft *d = w->d;
    TRY(buf_printf(&w->out,
                   tr("# 由 bidui connector new 起草。标有“待定”的由人决定,其余请核对;然后 bidui "
                      "check、bidui probe %s.%s。\n",
                      "# Drafted by bidui connector new. What says DECIDE is for a person; check "
                      "the rest, then bidui check and "
                      "bidui probe %s.%s.\n"),
                   d->department, d->dataset));
    TRY(buf_printf(&w->out, "department: %s\ntitle: %s  %s\n", d->department, d->department,
                   tr("# 待定:部门全称", "# DECIDE: the department's title")));
    TRY(buf_printf(&w->out, "connection:\n%sdatasets:\n  %s:\n", d->connection, d->dataset));
    TRY(buf_printf(&w->out, "    title: %s  %s\n", d->dataset,
                   tr("# 待定:数据集名称", "# DECIDE: the dataset's title")));
    TRY(buf_printf(&w->out, "    grain: %s  %s\n", choices_grain(&w->choices),
                   tr("# 待定:一条记录说的是人、户、房、村还是工程,请核对",
                      "# DECIDE: is this what a record speaks of?")));
    TRY(buf_printf(
        &w->out, "    access: bulk\n    purpose:  %s\n    legal_basis:  %s\n",
        tr("# 待定:为什么读取", "# DECIDE: why it is read"),
        tr("# 待定:允许读取的法规或文件", "# DECIDE: the law or document that allows it")));
    TRY(buf_puts(&w->out, str_from(d->reading)));
    return RC_OK;
}

static enum rc put_list(struct writer *w, const char *key,
                        bool (*is)(const struct choices *, size_t), bool by_field)
{
    const char *comma = "";
    TRY(buf_printf(&w->out, "    %s: [", key));
    for (size_t i = 0; i < w->d->column_count; i++) {
        if (is(&w->choices, i)) {
            TRY(buf_puts(&w->out, str_from(comma)));
            TRY(put_name(w, by_field ? str_from(w->choices.of[i].field) : w->d->columns[i].name));
            comma = ", ";
        }
    }
    return buf_puts(&w->out, STR("]"));
}

/* Only the columns that are taken: a query asks for nothing that is not needed. */
static enum rc put_query(struct writer *w)
{
    const char *sql = "", *comma = "";
    for (size_t i = 0; i < w->d->column_count; i++) {
        if (w->choices.of[i].field != NULL || w->choices.of[i].identity != NULL) {
            const char *name = draft_quoted(w->d->arena, w->d->columns[i].name);
            sql = arena_printf(w->d->arena, "%s%s%s", sql, comma, name);
            comma = ", ";
        }
    }
    sql = arena_printf(w->d->arena, "select %s from %s", *sql != '\0' ? sql : "1", w->d->table);
    TRY(buf_printf(&w->out, "    query: %s\n", draft_quoted(w->d->arena, str_from(sql))));
    if (has_key_column(w, choice_is_primary)) {
        TRY(put_list(w, "order_by", choice_is_primary, false));
        TRY(buf_puts(&w->out, STR("\n")));
    }
    return RC_OK;
}

static enum rc put_key(struct writer *w)
{
    bool by_primary = has_key_column(w, choice_is_primary);
    TRY(buf_printf(&w->out, "    arrives:\n      every:  %s\n      grace: 10d\n",
                   tr("# 待定:day、term、event,或 month 再加 by: 几日前",
                      "# DECIDE: day, term, event, or month and by: DAY")));
    if (!by_primary && !has_key_column(w, choice_is_known_key)) {
        return buf_printf(&w->out, "    key:  %s\n",
                          tr("# 待定:哪几个字段认定一条记录,如 [record_no]",
                             "# DECIDE: the fields that identify a record, like [record_no]"));
    }
    TRY(put_list(w, "key", by_primary ? choice_is_primary : choice_is_known_key, true));
    return buf_printf(
        &w->out, "  %s\n",
        by_primary
            ? tr("# 待定:表的主键,请核对", "# DECIDE: the table's primary key; is it right?")
            : tr("# 待定:样本中没有重复,请核对", "# DECIDE: unique in the sample; is it right?"));
}

static enum rc put_identity(struct writer *w)
{
    const char *comma = "";
    TRY(buf_puts(&w->out, STR("    identity: {")));
    for (size_t i = 0; i < w->d->column_count; i++) {
        if (w->choices.of[i].identity != NULL) {
            TRY(buf_printf(&w->out, "%s%s: ", comma, w->choices.of[i].identity));
            TRY(put_name(w, w->d->columns[i].name));
            comma = ", ";
        }
    }
    return buf_printf(&w->out, "}%s\n",
                      *comma != '\0' ? ""
                                     : tr("  # 待定:哪一列说明记录属于谁",
                                          "  # DECIDE: which columns say whom a record speaks of"));
}

static enum rc put_field(struct writer *w, size_t i)
{
    const struct choice *c = &w->choices.of[i];
    const struct known_column *known = c->known;
    bool is_event =
        known != NULL && known->is_event && strcmp(c->type, "date") == 0 && !w->has_event;
    struct str folded = text_fold(w->d->arena, w->d->columns[i].name);
    bool is_ten_thousand =
        strcmp(c->type, "money") == 0 && strstr(arena_cstr(w->d->arena, folded), "万元") != NULL;
    TRY(buf_printf(&w->out, "      %s: {from: ", c->field));
    TRY(put_name(w, w->d->columns[i].name));
    TRY(buf_printf(&w->out, ", type: %s%s%s}", c->type, is_event ? ", role: event_date" : "",
                   is_ten_thousand ? ", unit: 万元" : ""));
    w->has_event = w->has_event || is_event;
    if (known != NULL && known->codes != NULL) {
        TRY(buf_printf(&w->out,
                       tr("  # 有代码表时写 type: code, codes: %s",
                          "  # with a code list: type: code, codes: %s"),
                       known->codes));
    }
    return buf_puts(&w->out, STR("\n"));
}

/* A column nobody knows is not read before a person says what it is for. */
static enum rc put_unknown(struct writer *w, size_t i)
{
    struct str name = w->d->columns[i].name;
    TRY(buf_puts(&w->out, STR("      # ")));
    TRY(buf_printf(&w->out, "field_%zu: {from: ", i + 1));
    TRY(put_name(w, name));
    return buf_printf(&w->out, ", type: %s}\n", w->choices.of[i].type);
}

static enum rc put_fields(struct writer *w)
{
    bool has_title = false;
    TRY(buf_puts(&w->out, STR("    fields:\n")));
    for (size_t i = 0; i < w->d->column_count; i++) {
        if (w->choices.of[i].field != NULL) {
            TRY(put_field(w, i));
        }
    }
    for (size_t i = 0; i < w->d->column_count; i++) {
        const struct choice *c = &w->choices.of[i];
        if (c->field != NULL || c->identity != NULL || c->is_private) {
            continue;
        }
        if (!has_title) {
            TRY(buf_printf(
                &w->out, "      %s\n",
                tr("# 不认识的列,需要时起个字段名再启用:",
                   "# columns not known by name; give those that are needed a field's name:")));
            has_title = true;
        }
        TRY(put_unknown(w, i));
    }
    return buf_puts(&w->out, STR("    quality: {max_reject_ratio: 5%, max_shrink: 30%, "
                                 "on_new_column: warn, on_missing_column: hold}\n"));
}

static enum rc put_all(struct writer *w)
{
    TRY(put_head(w));
    if (w->d->table != NULL) {
        TRY(put_query(w));
    }
    TRY(put_key(w));
    TRY(put_identity(w));
    return put_fields(w);
}

enum rc draft_write(const struct draft *d, FILE *out)
{
    struct writer w = {.d = d};
    w.choices = choices_make(d);
    buf_init(&w.out, FILE_BYTES);
    enum rc rc = put_all(&w);
    if (rc == RC_OK) {
        (void)fwrite(w.out.p, 1, w.out.n, out);
    }
    buf_done(&w.out);
    return rc;
}
