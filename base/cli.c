#include "base/cli.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/cli_print.h"

#define VERSION "0.1.0"
#define ARENA_CAP ((size_t)64 << 20)

struct given {
    const struct cli_option *option;
    const char *value; /* NULL for a switch */
};

struct cli_args {
    struct given *given;
    const char **operands;
    size_t given_count, operand_count;
};

/* One parse. argv[at] is the next word. */
struct parse {
    int argc, at;
    char **argv;
    const struct cli_command *commands, *command;
    const struct cli_option *common;
    struct arena *arena;
    struct cli_args args;
    bool wants_help, wants_version, only_operands;
    const char *nearest; /* what may have been meant by what was not understood */
};

static const struct given *find_given(const struct cli_args *a, const char *option)
{
    for (size_t i = 0; i < a->given_count; i++) {
        if (strcmp(a->given[i].option->name, option) == 0) {
            return &a->given[i];
        }
    }
    return NULL;
}

bool cli_has(const struct cli_args *a, const char *option)
{
    return find_given(a, option) != NULL;
}

const char *cli_value(const struct cli_args *a, const char *option)
{
    const struct given *g = find_given(a, option);
    return g == NULL ? NULL : g->value;
}

size_t cli_operand_count(const struct cli_args *a)
{
    return a->operand_count;
}

const char *cli_operand(const struct cli_args *a, size_t i)
{
    return i < a->operand_count ? a->operands[i] : NULL;
}

static const struct cli_option *find_option(const struct cli_option *options, struct str name)
{
    for (; options != NULL && options->name != NULL; options++) {
        if (str_is(name, options->name)) {
            return options;
        }
    }
    return NULL;
}

static size_t add_names(const char **names, size_t n, const struct cli_option *options)
{
    for (; options != NULL && options->name != NULL; options++) {
        names[n++] = options->name;
    }
    return n;
}

static size_t count_options(const struct cli_option *options)
{
    size_t n = 0;
    while (options != NULL && options[n].name != NULL) {
        n++;
    }
    return n;
}

static enum rc fail_unknown_option(struct parse *p, struct str name)
{
    const struct cli_option *own = p->command == NULL ? NULL : p->command->options;
    size_t most = count_options(own) + count_options(p->common) + 2;
    const char **names = arena_array(p->arena, most, sizeof *names);
    size_t n = add_names(names, add_names(names, 0, own), p->common);
    names[n++] = "help";
    names[n++] = "version";
    const char *nearest = str_nearest(name, names, n);
    p->nearest = nearest == NULL ? NULL : arena_printf(p->arena, "--%s", nearest);
    return err_fail(RC_USAGE, tr("没有选项 --%.*s", "no option --%.*s"), STR_ARGS(name));
}

/* `inline_value` is what followed '=', else NULL; then the next word is the value. */
static enum rc take_value(struct parse *p, const struct cli_option *o, const char *inline_value,
                          const char **ret)
{
    if (o->value == NULL) {
        *ret = NULL;
        return inline_value == NULL
                   ? RC_OK
                   : err_fail(RC_USAGE, tr("选项 --%s 不带值", "option --%s takes no value"),
                              o->name);
    }
    bool has_next = p->at < p->argc && strncmp(p->argv[p->at], "--", 2) != 0;
    if (inline_value == NULL && !has_next) {
        return err_fail(RC_USAGE, tr("选项 --%s 缺少值 %s", "option --%s lacks its value %s"),
                        o->name, o->value);
    }
    *ret = inline_value != NULL ? inline_value : p->argv[p->at++];
    return RC_OK;
}

static enum rc take_option(struct parse *p, const char *word)
{
    struct str name = str_from(word);
    const char *inline_value = strchr(word, '=');
    name = inline_value == NULL ? name : str_of(word, (size_t)(inline_value - word));
    const struct cli_option *o = p->command == NULL ? NULL : find_option(p->command->options, name);
    o = o != NULL ? o : find_option(p->common, name);
    if (o == NULL) {
        return fail_unknown_option(p, name);
    }
    if (cli_has(&p->args, o->name)) {
        return err_fail(RC_USAGE, tr("选项 --%s 重复", "option --%s is given twice"), o->name);
    }
    const char *value = NULL;
    TRY(take_value(p, o, inline_value == NULL ? NULL : inline_value + 1, &value));
    p->args.given[p->args.given_count++] = (struct given){o, value};
    return RC_OK;
}

/* Takes argv[at] if it is an option. "-" is an operand: standard input. */
static enum rc take_dashed(struct parse *p, bool *ret_was_option)
{
    const char *word = p->argv[p->at];
    *ret_was_option = !p->only_operands && word[0] == '-' && word[1] != '\0';
    if (!*ret_was_option) {
        return RC_OK;
    }
    p->at++;
    if (strcmp(word, "--") == 0) {
        p->only_operands = true;
    } else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        p->wants_help = true;
    } else if (strcmp(word, "--version") == 0) {
        p->wants_version = true;
    } else if (strncmp(word, "--", 2) != 0) {
        return err_fail(RC_USAGE, tr("没有选项 %s", "no option %s"), word);
    } else {
        return take_option(p, word + 2);
    }
    return RC_OK;
}

/* How many words of argv from `at` spell the command's name; 0 if they do not. */
static int words_matched(const struct parse *p, const struct cli_command *c)
{
    struct str rest = str_from(c->name);
    int n = 0;
    while (rest.n > 0) {
        struct str word = str_cut(&rest, ' ');
        if (p->at + n >= p->argc || !str_is(word, p->argv[p->at + n])) {
            return 0;
        }
        n++;
    }
    return n;
}

static const char *second_words(const struct parse *p, struct str first)
{
    const char *all = "";
    for (const struct cli_command *c = p->commands; c->name != NULL; c++) {
        if (str_eq(cli_first_word(c), first) && c->name[first.n] == ' ') {
            all = arena_printf(p->arena, "%s%s%s", all, *all == '\0' ? "" : tr("、", ", "),
                               c->name + first.n + 1);
        }
    }
    return all;
}

/* Tries "rostr load" whole, then its first word alone. */
static const char *nearest_command(const struct parse *p)
{
    size_t n = 0;
    while (p->commands[n].name != NULL) {
        n++;
    }
    const char **names = arena_array(p->arena, n + 1, sizeof *names);
    for (size_t i = 0; i < n; i++) {
        names[i] = p->commands[i].name;
    }
    names[n] = "help";
    const char *nearest = NULL;
    if (p->at + 1 < p->argc) {
        const char *pair = arena_printf(p->arena, "%s %s", p->argv[p->at], p->argv[p->at + 1]);
        nearest = str_nearest(str_from(pair), names, n);
    }
    return nearest != NULL ? nearest : str_nearest(str_from(p->argv[p->at]), names, n + 1);
}

static enum rc fail_unknown_command(struct parse *p)
{
    struct str word = str_from(p->argv[p->at]);
    const char *seconds = second_words(p, word);
    p->nearest = nearest_command(p);
    if (*seconds != '\0') {
        return err_fail(RC_USAGE, tr("%.*s 后面应为: %s", "after %.*s comes one of: %s"),
                        STR_ARGS(word), seconds);
    }
    return err_fail(RC_USAGE, tr("没有命令 %.*s", "no command %.*s"), STR_ARGS(word));
}

static enum rc take_command(struct parse *p)
{
    int most = 0;
    for (const struct cli_command *c = p->commands; c->name != NULL; c++) {
        int n = words_matched(p, c);
        if (n > most) {
            most = n;
            p->command = c;
        }
    }
    if (most == 0) {
        return fail_unknown_command(p);
    }
    p->at += most;
    return RC_OK;
}

static enum rc check_operands(const struct parse *p)
{
    const struct cli_command *c = p->command;
    size_t n = p->args.operand_count;
    if (n < (size_t)c->least_operands) {
        return err_fail(RC_USAGE, tr("缺少参数: %s", "operands missing: %s"), c->operands);
    }
    if (c->most_operands >= 0 && n > (size_t)c->most_operands) {
        return err_fail(RC_USAGE, tr("参数过多,最多 %d 个", "too many operands, %d at most"),
                        c->most_operands);
    }
    return RC_OK;
}

static enum rc take_leading_options(struct parse *p)
{
    bool was_option = true;
    while (p->at < p->argc && was_option) {
        TRY(take_dashed(p, &was_option));
    }
    return RC_OK;
}

static enum rc take_rest(struct parse *p)
{
    while (p->at < p->argc) {
        bool was_option = false;
        TRY(take_dashed(p, &was_option));
        if (!was_option) {
            p->args.operands[p->args.operand_count++] = p->argv[p->at++];
        }
    }
    return RC_OK;
}

static enum rc parse(struct parse *p)
{
    TRY(take_leading_options(p));
    if (p->wants_version || (p->at == p->argc && p->wants_help)) {
        return RC_OK;
    }
    if (p->at == p->argc) {
        return err_fail(RC_USAGE, "%s", tr("没有写命令", "no command given"));
    }
    if (strcmp(p->argv[p->at], "help") == 0) {
        p->wants_help = true;
        return ++p->at == p->argc ? RC_OK : take_command(p);
    }
    TRY(take_command(p));
    TRY(take_rest(p));
    return p->wants_help || p->wants_version ? RC_OK : check_operands(p);
}

static int answer(struct parse *p)
{
    if (p->wants_version) {
        puts("bidui " VERSION);
        return 0;
    }
    if (!p->wants_help) {
        return p->command->run(&p->args);
    }
    if (p->command == NULL) {
        cli_print_overview(stdout, p->commands, p->common);
    } else {
        cli_print_command(stdout, p->command, p->common);
    }
    return 0;
}

static int refuse(const struct parse *p)
{
    const char *command = p->command == NULL ? "" : p->command->name;
    if (p->nearest != NULL) {
        err_hint(tr("是不是想写 %s?", "Did you mean %s?"), p->nearest);
    } else if (*command != '\0') {
        err_hint(tr("用法见 bidui help %s。", "See bidui help %s."), command);
    }
    err_print(command);
    return 2;
}

int cli_main(int argc, char **argv, const struct cli_command *commands,
             const struct cli_option *common)
{
    struct parse p = {.argc = argc, .at = 1, .argv = argv, .commands = commands, .common = common};
    p.arena = arena_new(ARENA_CAP);
    p.args.given = arena_array(p.arena, (size_t)argc + 1, sizeof *p.args.given);
    p.args.operands = arena_array(p.arena, (size_t)argc + 1, sizeof *p.args.operands);
    int code = parse(&p) == RC_OK ? answer(&p) : refuse(&p);
    arena_free(p.arena);
    return code;
}
