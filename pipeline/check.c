#include "pipeline/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "pipeline/config_parts.h"

struct place {
    const struct problem *problem;
    size_t order; /* as found: keeps the sort stable */
};

static int compare_places(const void *a, const void *b)
{
    struct place x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    int by_file = strcmp(x.problem->file, y.problem->file);
    if (by_file != 0) {
        return by_file;
    }
    if (x.problem->line != y.problem->line) {
        return x.problem->line < y.problem->line ? -1 : 1;
    }
    return (x.order > y.order) - (x.order < y.order);
}

const struct problem **check_sorted_problems(const struct config *c, size_t *ret_count)
{
    size_t n = 0, total = c->problems.errors + c->problems.warnings;
    struct place *places = arena_array(c->arena, total + 1, sizeof *places);
    const struct problem **sorted = arena_array(c->arena, total + 1, sizeof *sorted);
    for (const struct problem *p = c->problems.first; p != NULL && n < total; p = p->next, n++) {
        places[n] = (struct place){p, n};
    }
    qsort(places, n, sizeof *places, compare_places);
    for (size_t i = 0; i < n; i++) {
        sorted[i] = places[i].problem;
    }
    *ret_count = n;
    return sorted;
}

/* What stops everything, else what stops a department. */
static void print_consequence(const struct config *c)
{
    for (const struct problem *p = c->problems.first; p != NULL; p = p->next) {
        if (!p->warning && p->department == NULL) {
            fprintf(stderr, "%s\n",
                    tr("公共配置有误,夜间运行不会开始。",
                       "Shared configuration is wrong: no night can start."));
            return;
        }
    }
    for (size_t i = 0; i < c->department_count; i++) {
        const struct department *d = &c->departments[i];
        if (d->is_broken) {
            fprintf(stderr,
                    tr("部门 %s(%s)停用,其余部门照常运行。\n",
                       "Department %s (%s) is left out; the other departments' night goes on.\n"),
                    d->name, d->file);
        }
    }
}

static void print_summary(const struct config *c)
{
    size_t datasets = 0;
    for (size_t i = 0; i < c->department_count; i++) {
        datasets += c->departments[i].dataset_count;
    }
    fprintf(
        stderr,
        tr("%zu 个部门,%zu 个数据集,%zu 条规则,%zu 个参数:%zu 处错误,%zu 处警告\n",
           "%zu departments, %zu datasets, %zu rules, %zu parameters: %zu errors, %zu warnings\n"),
        c->department_count, datasets, c->rule_count, c->parameter_count, c->problems.errors,
        c->problems.warnings);
    print_consequence(c);
}

int check_report(const char *config_dir, bool json)
{
    size_t core_errors = 0;
    struct config *c = config_read(config_dir, false, &core_errors);
    if (json) {
        check_print_json(c);
    } else {
        check_print_text(c);
    }
    (void)fflush(stdout);
    print_summary(c);
    int code = c->problems.errors > 0 ? 2 : 0;
    config_free(c);
    return code;
}
