#include "connectors/filter.h"

#include "connectors/decrypt.h"

/* A new filter is one C file, one line here and, if it has settings, its keys below. */
static const struct filter *const all[] = {&filter_gzip, &filter_zip, &filter_decrypt};
static const char *const kinds[] = {"gzip", "zip", "decrypt", NULL};

const struct key_spec filter_keys[] = {
    {.name = "kind",
     .type = KEY_CHOICE,
     .flags = KEY_REQUIRED,
     .choices = kinds,
     .zh = "怎样的包装",
     .en = "what the bytes are wrapped in"},
    {.name = "member",
     .type = KEY_TEXT,
     .zh = "zip 中文件名的模式,如 *.json;默认全部",
     .en = "of zip: pattern of the members to take, like *.json; all unless set"},
    {.name = "password",
     .type = KEY_SECRET,
     .zh = "zip 的密码",
     .en = "of zip: its password"},
    DECRYPT_KEYS,
    {0},
};

static bool is_of_decrypt(struct str key)
{
    const struct key_spec *spec = decrypt_keys;
    while (spec->name != NULL && !str_is(key, spec->name)) {
        spec++;
    }
    return spec->name != NULL;
}

/* Keys of another kind than the item's. */
static void refuse_others(struct problems *problems, const struct yaml *item)
{
    struct str kind = yaml_text(item, "kind");
    for (const struct yaml *key = item->first; key != NULL; key = key->next) {
        bool is_zip = str_is(key->key, "member") || str_is(key->key, "password");
        const char *of = is_zip ? "zip" : is_of_decrypt(key->key) ? "decrypt" : NULL;
        if (of != NULL && !str_is(kind, of)) {
            problem_add(problems, key, tr("删去它,或改正 kind。", "Remove it, or mend kind."),
                        tr("只用于 kind: %s", "is for kind: %s alone"), of);
        }
    }
}

void filters_check(const struct yaml *list, struct problems *problems)
{
    if (list == NULL || list->kind != YAML_LIST) {
        return;
    }
    if (list->n > FILTERS_MOST) {
        problem_add(problems, list, "", tr("最多 %d 层", "at most %d of them"), FILTERS_MOST);
    }
    for (const struct yaml *item = list->first; item != NULL; item = item->next) {
        if (str_is(yaml_text(item, "kind"), "decrypt")) {
            decrypt_check(problems, item);
        }
        refuse_others(problems, item);
    }
}

static enum rc add(const struct source *s, const struct yaml *item, struct filters *f)
{
    struct str kind = yaml_text(item, "kind");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (str_is(kind, all[i]->kind) && f->n < FILTERS_MOST) {
            size_t n = f->n++;
            f->steps[n].filter = all[i];
            return all[i]->open == NULL ? RC_OK : all[i]->open(s, item, &f->steps[n].state);
        }
    }
    return err_fail(RC_CONFIG, tr("%s: 未知的包装 %.*s", "%s: unknown filter %.*s"), s->dataset,
                    STR_ARGS(kind));
}

enum rc filters_open(const struct source *s, const struct yaml *list, size_t max,
                     struct filters *ret)
{
    struct filters f = {.max = max};
    for (const struct yaml *item = list == NULL ? NULL : list->first; item != NULL;
         item = item->next) {
        TRY(add(s, item, &f));
    }
    *ret = f;
    return RC_OK;
}

/* One filter's output is the next one's input. */
struct stage {
    const struct filters *filters;
    size_t next;
    const struct filter_sink *out;
    bool *is_cut;
};

static enum rc pass(void *ctx, struct str bytes)
{
    const struct stage *stage = ctx;
    const struct filters *f = stage->filters;
    if (stage->next == f->n) {
        return stage->out->take(stage->out->ctx, bytes);
    }
    struct stage behind = {f, stage->next + 1, stage->out, stage->is_cut};
    struct filter_sink sink = {pass, &behind};
    const struct filter *filter = f->steps[stage->next].filter;
    return filter->run(f->steps[stage->next].state, bytes, f->max, &sink, stage->is_cut);
}

enum rc filters_run(const struct filters *f, struct str in, const struct filter_sink *out,
                    bool *ret_is_cut)
{
    struct stage first = {f, 0, out, ret_is_cut};
    return pass(&first, in);
}
