/* bidui link train: what agreements are worth in this county. */
#include <stdio.h>

#include "pipeline/cmd.h"
#include "pipeline/pull/likely_store.h"

#define COST_MOST 1000000

static enum rc cost(const struct cli_args *args, const char *option, int64_t otherwise, int64_t *ret)
{
    const char *text = cli_value(args, option);
    *ret = otherwise;
    if (text != NULL && (!str_to_i64(str_from(text), ret) || *ret < 2 || *ret > COST_MOST)) {
        return err_fail(RC_USAGE, tr("--%s: 应为 2 至 %d 的整数", "--%s: a whole number from 2 to %d"), option, COST_MOST);
    }
    return RC_OK;
}

static void print_level(const struct likely_weights *w, enum likely_field f, unsigned k)
{
    const struct likely_share *s = &w->shares[f][k];
    const struct link_level *level = &link_kinds[likely_fields[f].kind].levels[k];
    if (likely_is_counted(f, k)) {
        printf("    %s  m %.4f%%  %s\n", tr(level->zh, level->en), s->m / 1e4, tr("按底册中的常见程度", "by how common the value is"));
    } else {
        printf("    %s  m %.4f%%  u %.4f%%  %+.1f\n", tr(level->zh, level->en), s->m / 1e4, s->u / 1e4,
               (double)w->strangers[f][k] / 1000);
    }
}

static void print_training(const struct likely_training *t)
{
    const struct likely_weights *w = &t->weights;
    printf(tr("权重第 %d 版:%lld 条按号码认定的记录;%.1f 比特起自动认定,%.1f 比特起人工判定\n",
              "weights, version %d: %lld records linked by their number; links from %.1f bits on, questions from %.1f\n"),
           w->version, (long long)t->records, (double)w->accept / 1000, (double)w->review / 1000);
    for (int f = 0; f < LIKELY_FIELDS; f++) {
        printf("  %s%s\n", likely_fields[f].name, t->is_learned[f] ? "" : tr("(数据不足,沿用内置值)", " (too few data: as built in)"));
        for (unsigned k = LINK_SAME; k < LINK_LEVELS; k++) {
            if (w->shares[f][k].m > 0) {
                print_level(w, (enum likely_field)f, k);
            }
        }
    }
}

static void print_json(const struct likely_training *t)
{
    const struct likely_weights *w = &t->weights;
    printf("{\"version\":%d,\"records\":%lld,\"accept\":%d,\"review\":%d,\"fields\":[", w->version, (long long)t->records,
           w->accept, w->review);
    for (int f = 0; f < LIKELY_FIELDS; f++) {
        bool is_first = true;
        printf("%s{\"field\":\"%s\",\"learned\":%s,\"levels\":[", f > 0 ? "," : "", likely_fields[f].name,
               t->is_learned[f] ? "true" : "false");
        for (unsigned k = LINK_SAME; k < LINK_LEVELS; k++) {
            const struct likely_share *s = &w->shares[f][k];
            if (s->m > 0) {
                printf("%s{\"level\":%u,\"m\":%d,\"u\":%d,\"r\":%d}", is_first ? "" : ",", k, s->m, s->u, s->r);
                is_first = false;
            }
        }
        printf("]}");
    }
    printf("]}\n");
}

static enum rc train(struct session *s, const struct cli_args *args)
{
    struct edition e;
    struct likely_training t;
    int64_t false_cost = 0, missed_cost = 0;
    TRY(cost(args, "false-cost", likely_built_in.false_cost, &false_cost));
    TRY(cost(args, "missed-cost", likely_built_in.missed_cost, &missed_cost));
    TRY(edition_take(s->config, s->db, &e));
    struct stage stage = cmd_stage(s, e);
    TRY(likely_train(&stage, false_cost, missed_cost, cmd_actor(), &t));
    if (cli_has(args, "json")) {
        print_json(&t);
    } else {
        print_training(&t);
    }
    return RC_OK;
}

int cmd_link_train(struct cli_args *args)
{
    struct session s;
    enum rc rc = cmd_open(args, "run", &s);
    if (rc == RC_OK) {
        rc = train(&s, args);
    }
    int code = rc == RC_OK ? EXIT_PUBLISHED : cmd_fail("link train");
    cmd_close(&s);
    return code;
}
