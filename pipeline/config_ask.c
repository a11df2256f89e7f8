/* `access: lookup`: about whom a department is asked, by what right and how often. */
#include "pipeline/config_parts.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define DAYS_MOST 3660
#define PERSONS_A_LIST 500

static const char *const consents[] = {"required", "none", NULL};
static const struct {
    const char *name;
    unsigned bit;
} classes[] = {{"lifted", ASK_LIFTED}, {"monitored", ASK_MONITORED}, {"cleared", ASK_CLEARED}, {"general", ASK_GENERAL}};

const struct key_spec config_ask_keys[] = {
    {"of", KEY_LIST_TEXT, KEY_UNIQUE, NULL, NULL, "问哪几类户的人:lifted monitored cleared general",
     "of which households: lifted monitored cleared general", 0, 0},
    {"open_lead", KEY_BOOL, 0, NULL, NULL, "另问有在办线索的户", "and of households with an open lead", 0, 0},
    {"consent", KEY_CHOICE, KEY_REQUIRED, consents, NULL, "required:有授权书才问;none:不需要",
     "required: nobody without a recorded consent; none: not needed", 0, 0},
    {"batch", KEY_INT, 0, NULL, NULL, "一次请求(一份名单)几人,默认 1(名单 500)", "persons a request or name list, 1 unless set (a list: 500)", 1, 1000},
    {"per_night", KEY_INT, KEY_REQUIRED, NULL, NULL, "一天最多问几人", "persons a day at most", 1, 1000000},
    {"every", KEY_DURATION, KEY_REQUIRED, NULL, NULL, "多久再问一次,如 90d", "asked again after, like 90d", 0, 0},
    {"valid", KEY_DURATION, 0, NULL, NULL, "答复多久有效,默认 every 的两倍", "how long an answer counts, twice `every` unless set",
     0, 0},
    {"list", KEY_MAP, 0, NULL, config_list_keys, "文件比对:送出名单,收回填好的工作簿",
     "by files: a name list goes out, and comes back filled in", 0, 0},
    {0},
};

static void load_classes(struct loader *l, struct dataset *d, const struct yaml *ask)
{
    const struct yaml *of = node_list(ask, "of");
    for (const struct yaml *n = of == NULL ? NULL : of->first; n != NULL; n = n->next) {
        size_t i = 0, count = sizeof classes / sizeof *classes;
        while (i < count && !str_is(n->text, classes[i].name)) {
            i++;
        }
        if (i == count) {
            problem_add(l->problems, n, "lifted, monitored, cleared, general", "%s",
                        tr("没有这一类户", "no such class of households"));
        } else {
            d->ask.classes |= classes[i].bit;
        }
    }
    d->ask.open_lead = node_bool(ask, "open_lead");
    if (d->ask.classes == 0 && !d->ask.open_lead) {
        problem_add(l->problems, ask, "of: [monitored]", "%s",
                    tr("没有说问谁(of 或 open_lead)", "it does not say whom to ask about (of or open_lead)"));
    }
}

static int load_days(struct loader *l, const struct yaml *ask, const char *key, int otherwise)
{
    int64_t ms = 0;
    if (yaml_get(ask, key) == NULL || !keys_duration_ms(node_text(ask, key), &ms)) {
        return otherwise;
    }
    if (ms % DAY_MS != 0 || ms < DAY_MS || ms / DAY_MS > DAYS_MOST) {
        problem_add(l->problems, yaml_get(ask, key), "90d", tr("应为 1 至 %d 个整天", "must be 1 to %d whole days"),
                    DAYS_MOST);
        return otherwise;
    }
    return (int)(ms / DAY_MS);
}

static int load_number(const struct yaml *ask, const char *key, int otherwise)
{
    int64_t n = 0;
    return str_to_i64(node_text(ask, key), &n) && n > 0 && n <= 1000000 ? (int)n : otherwise;
}

static void refuse(struct loader *l, const struct dataset *d, const char *key, const char *why)
{
    if (yaml_get(d->node, key) != NULL) {
        problem_add(l->problems, yaml_get(d->node, key), "", "%s", why);
    }
}

/* Answers belong to the persons asked: a record is theirs by its number, and nothing vanishes by not being there. */
static void check_lookup(struct loader *l, const struct dataset *d)
{
    const struct yaml *access = yaml_get(d->node, "access");
    const struct connector *c = d->department->connector;
    const struct yaml *list = yaml_get(node_map(d->node, "ask"), "list");
    if (c != NULL && !c->may_ask && c->hand_out == NULL) {
        problem_add(l->problems, access, "kind: http", "%s",
                    tr("这种连接方式不能按人查询", "this kind of connection cannot ask about persons"));
    } else if (c != NULL && (c->hand_out != NULL) != (list != NULL)) {
        problem_add(l->problems, list != NULL ? list : yaml_get(d->node, "ask"),
                    list != NULL ? "" : "list: {to: FOLDER, name: \"{list}.xlsx\", columns: {...}, none: [无]}", "%s",
                    list != NULL ? tr("只有文件连接用名单(list)", "only files have a name list")
                                 : tr("文件比对要写 list:名单怎样送出", "by files it needs a list: what goes out, and where to"));
    }
    if (d->grain != GRAIN_PERSON || d->is_roster || d->identity.id_number < 0) {
        problem_add(l->problems, access, "grain: person, identity: {id_number: ...}", "%s",
                    tr("按人查询的记录以人为单位,并带身份号码", "a lookup's records speak of persons and carry their number"));
    }
    refuse(l, d, "incremental", tr("按人查询没有增量", "a lookup has no increments"));
    refuse(l, d, "newcomers", tr("按人查询自会问到新入册人员", "a lookup asks about newcomers by itself"));
    refuse(l, d, "slices", tr("按人查询不分时段", "a lookup has no slices"));
}

void config_load_ask(struct loader *l, struct dataset *d)
{
    const struct yaml *ask = node_map(d->node, "ask");
    d->is_lookup = str_is(node_text(d->node, "access"), "lookup");
    if (d->is_lookup != (ask != NULL)) {
        problem_add(l->problems, ask != NULL ? ask : yaml_get(d->node, "access"),
                    "ask: {of: [monitored], consent: required, per_night: 500, every: 90d}", "%s",
                    tr("access: lookup 和 ask 要一起写", "access: lookup and ask belong together"));
        return;
    }
    if (!d->is_lookup) {
        return;
    }
    check_lookup(l, d);
    load_classes(l, d, ask);
    d->ask.needs_consent = !str_is(node_text(ask, "consent"), "none");
    d->ask.batch = load_number(ask, "batch", yaml_get(ask, "list") != NULL ? PERSONS_A_LIST : 1);
    d->ask.per_night = load_number(ask, "per_night", 1);
    d->ask.every_days = load_days(l, ask, "every", 90);
    d->ask.valid_days = load_days(l, ask, "valid", 2 * d->ask.every_days);
    config_load_list(l, d, ask);
    if (d->ask.valid_days < d->ask.every_days) {
        problem_add(l->problems, yaml_get(ask, "valid"), "", "%s",
                    tr("不能短于 every:还没轮到再问就已失效", "may not be shorter than every: it would end before they are asked again"));
    }
}
