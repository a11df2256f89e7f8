#include "pipeline/check.h"

#include <stdio.h>

#include "pipeline/config_parts.h"

#define JSON_MAX ((size_t)64 << 20)

static bool applies_to_general(const struct rule_text *r, bool *ret_alone)
{
    bool general = false;
    for (size_t i = 0; i < r->applies_count; i++) {
        general = general || strcmp(r->applies_to[i], "general") == 0;
    }
    *ret_alone = general && r->applies_count == 1;
    return general;
}

static const char *shown(const char *text)
{
    return text != NULL ? text : "?";
}

/* ---- Text ---- */

/* file:line:key: message, as compilers do, so that editors can jump there; a file's own problem has
 * no key. */
static void print_problem(const struct problem *p)
{
    printf("%s:%d:%s%s %s%s\n", p->file, p->line, p->key, *p->key != '\0' ? ":" : "",
           p->warning ? tr("警告: ", "warning: ") : "", p->message);
    if (*p->hint != '\0') {
        printf("%s%s\n", tr("    提示: ", "    hint: "), p->hint);
    }
}

static void print_waiting(const struct config *c)
{
    bool is_first = true;
    for (size_t i = 0; i < c->rule_count; i++) {
        const struct yaml *list = c->rules[i].waiting;
        for (const struct yaml *w = list != NULL ? list->first : NULL; w != NULL; w = w->next) {
            if (is_first) {
                printf("\n%s\n",
                       tr("等待数据的例外(规则: 例外 <- 所需数据集):",
                          "Exceptions waiting for data (rule: exception <- dataset needed):"));
                is_first = false;
            }
            printf("  %s: %s <- %s\n", shown(c->rules[i].id), shown(node_cstr(w, "exception")),
                   shown(node_cstr(w, "needs")));
        }
    }
}

static void print_blind(const struct config *c)
{
    bool is_first = true;
    for (size_t i = 0; i < c->rule_count; i++) {
        const struct rule_text *r = &c->rules[i];
        bool alone = false;
        if (!applies_to_general(r, &alone)) {
            continue;
        }
        if (is_first) {
            printf("\n%s\n", tr("若底册只含脱贫户和监测对象,以下规则看不到一般农户:",
                                "If the roster holds registered households only, these rules "
                                "cannot see general households:"));
            is_first = false;
        }
        printf("  %s %s%s\n", shown(r->id), shown(r->title),
               alone ? tr(" (完全失效)", " (wholly blind)") : "");
    }
}

void check_print_text(const struct config *c)
{
    size_t n = 0;
    const struct problem **problems = check_sorted_problems(c, &n);
    for (size_t i = 0; i < n; i++) {
        print_problem(problems[i]);
    }
    print_waiting(c);
    print_blind(c);
}

/* ---- JSON ---- */

/* A buffer that remembers whether it overflowed: one check at the end instead of one at every word.
 */
struct json {
    struct buf out;
    bool failed;
};

static void put(struct json *j, const char *text)
{
    j->failed = j->failed || buf_puts(&j->out, str_from(text)) != RC_OK;
}

static void put_text(struct json *j, const char *name, const char *value)
{
    put(j, "\"");
    put(j, name);
    put(j, "\": ");
    j->failed = j->failed || buf_put_json(&j->out, str_from(value)) != RC_OK;
}

static void put_number(struct json *j, const char *name, size_t value)
{
    j->failed = j->failed || buf_printf(&j->out, "\"%s\": %zu", name, value) != RC_OK;
}

static void begin_item(struct json *j, bool *is_first)
{
    put(j, *is_first ? "\n    {" : ",\n    {");
    *is_first = false;
}

static void put_problems(struct json *j, const struct config *c)
{
    size_t n = 0;
    bool is_first = true;
    const struct problem **problems = check_sorted_problems(c, &n);
    put(j, ",\n  \"problems\": [");
    for (size_t i = 0; i < n; i++) {
        begin_item(j, &is_first);
        put_text(j, "severity", problems[i]->warning ? "warning" : "error");
        put(j, ", ");
        put_text(j, "file", problems[i]->file);
        put(j, ", ");
        put_number(j, "line", (size_t)problems[i]->line);
        put(j, ", ");
        put_number(j, "column", (size_t)problems[i]->column);
        put(j, ", ");
        put_text(j, "key", problems[i]->key);
        put(j, ", ");
        put_text(j, "message", problems[i]->message);
        put(j, ", ");
        put_text(j, "hint", problems[i]->hint);
        put(j, ", ");
        put_text(j, "department", problems[i]->department);
        put(j, "}");
    }
    put(j, "]");
}

static void put_waiting(struct json *j, const struct config *c)
{
    bool is_first = true;
    put(j, ",\n  \"waiting\": [");
    for (size_t i = 0; i < c->rule_count; i++) {
        const struct yaml *list = c->rules[i].waiting;
        for (const struct yaml *w = list != NULL ? list->first : NULL; w != NULL; w = w->next) {
            begin_item(j, &is_first);
            put_text(j, "rule", c->rules[i].id);
            put(j, ", ");
            put_text(j, "exception", node_cstr(w, "exception"));
            put(j, ", ");
            put_text(j, "needs", node_cstr(w, "needs"));
            put(j, "}");
        }
    }
    put(j, "]");
}

static void put_blind(struct json *j, const struct config *c)
{
    bool is_first = true;
    put(j, ",\n  \"blind_without_general\": [");
    for (size_t i = 0; i < c->rule_count; i++) {
        bool alone = false;
        if (applies_to_general(&c->rules[i], &alone)) {
            begin_item(j, &is_first);
            put_text(j, "rule", c->rules[i].id);
            put(j, alone ? ", \"wholly\": true}" : ", \"wholly\": false}");
        }
    }
    put(j, "]");
}

static void put_broken(struct json *j, const struct config *c)
{
    bool is_first = true;
    put(j, ",\n  \"broken_departments\": [");
    for (size_t i = 0; i < c->department_count; i++) {
        if (c->departments[i].is_broken) {
            begin_item(j, &is_first);
            put_text(j, "department", c->departments[i].name);
            put(j, ", ");
            put_text(j, "file", c->departments[i].file);
            put(j, "}");
        }
    }
    put(j, "]");
}

void check_print_json(const struct config *c)
{
    struct json j = {.failed = false};
    buf_init(&j.out, JSON_MAX);
    put(&j, "{\"format\": 1,\n  ");
    put_number(&j, "errors", c->problems.errors);
    put(&j, ", ");
    put_number(&j, "warnings", c->problems.warnings);
    put(&j, ", ");
    put_text(&j, "digest", c->digest);
    put_problems(&j, c);
    put_broken(&j, c);
    put_waiting(&j, c);
    put_blind(&j, c);
    put(&j, "}\n");
    if (j.failed) {
        err_print("check");
    } else {
        (void)fwrite(j.out.p, 1, j.out.n, stdout);
    }
    buf_done(&j.out);
}
