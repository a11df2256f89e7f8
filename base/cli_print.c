#include "base/cli_print.h"

#define NAME_MAX_WIDTH 26 /* longer names push their description to the next line */

static const struct cli_option always[] = {
    {"help", NULL, "显示说明", "show this help"},
    {"version", NULL, "显示版本", "show the version"},
    {NULL, NULL, NULL, NULL},
};

struct str cli_first_word(const struct cli_command *command)
{
    struct str name = str_from(command->name);
    return str_cut(&name, ' ');
}

/* Names are ASCII; descriptions, whose width on screen varies, come last. */
static void print_row(FILE *out, int width, const char *name, const char *text)
{
    if (strlen(name) > NAME_MAX_WIDTH) {
        fprintf(out, "  %s\n  %*s  %s\n", name, width, "", text);
    } else {
        fprintf(out, "  %-*s  %s\n", width, name, text);
    }
}

static const char *option_name(char *name, size_t size, const struct cli_option *o)
{
    snprintf(name, size, "--%s%s%s", o->name, o->value != NULL ? " " : "",
             o->value != NULL ? o->value : "");
    return name;
}

static int widest_option(const struct cli_option *options, int width)
{
    char name[80];
    for (const struct cli_option *o = options; o != NULL && o->name != NULL; o++) {
        int n = (int)strlen(option_name(name, sizeof name, o));
        width = n > width && n <= NAME_MAX_WIDTH ? n : width;
    }
    return width;
}

static void print_options(FILE *out, int width, const struct cli_option *options)
{
    char name[80];
    for (const struct cli_option *o = options; o != NULL && o->name != NULL; o++) {
        print_row(out, width, option_name(name, sizeof name, o), tr(o->zh, o->en));
    }
}

static int widest_command(const struct cli_command *commands)
{
    int width = 0;
    for (const struct cli_command *c = commands; c->name != NULL; c++) {
        int n = (int)strlen(c->name);
        width = n > width && n <= NAME_MAX_WIDTH ? n : width;
    }
    return width;
}

void cli_print_overview(FILE *out, const struct cli_command *commands,
                        const struct cli_option *common)
{
    int width = widest_option(common, widest_option(always, widest_command(commands)));
    fprintf(out, "%s\n\n%s\n",
            tr("用法: bidui 命令 [选项] [参数]", "usage: bidui COMMAND [OPTIONS] [OPERANDS]"),
            tr("命令:", "Commands:"));
    for (const struct cli_command *c = commands; c->name != NULL; c++) {
        print_row(out, width, c->name, tr(c->zh, c->en));
    }
    fprintf(out, "\n%s\n", tr("公共选项:", "Common options:"));
    print_options(out, width, common);
    print_options(out, width, always);
    fprintf(out, "\n%s\n",
            tr("bidui help 命令: 一个命令的说明。", "bidui help COMMAND explains one command."));
}

void cli_print_command(FILE *out, const struct cli_command *command,
                       const struct cli_option *common)
{
    int width = widest_option(common, widest_option(always, widest_option(command->options, 0)));
    const char *space = *command->operands == '\0' ? "" : " ";
    fprintf(out, "%s bidui %s %s%s%s\n\n  %s\n", tr("用法:", "usage:"), command->name,
            tr("[选项]", "[OPTIONS]"), space, command->operands, tr(command->zh, command->en));
    if (command->options != NULL && command->options->name != NULL) {
        fprintf(out, "\n%s\n", tr("选项:", "Options:"));
        print_options(out, width, command->options);
    }
    fprintf(out, "\n%s\n", tr("公共选项:", "Common options:"));
    print_options(out, width, common);
    print_options(out, width, always);
}

static void print_option_words(const struct cli_option *options)
{
    for (const struct cli_option *o = options; o != NULL && o->name != NULL; o++) {
        printf(" --%s", o->name);
    }
}

static bool is_first_of_its_word(const struct cli_command *commands, const struct cli_command *c)
{
    for (const struct cli_command *d = commands; d != c; d++) {
        if (str_eq(cli_first_word(d), cli_first_word(c))) {
            return false;
        }
    }
    return true;
}

static void print_first_words(const struct cli_command *commands)
{
    for (const struct cli_command *c = commands; c->name != NULL; c++) {
        if (is_first_of_its_word(commands, c)) {
            printf(" %.*s", STR_ARGS(cli_first_word(c)));
        }
    }
}

/* What may follow "roster": the second words of "roster load" and its kin. */
static void print_second_words(const struct cli_command *commands, struct str first)
{
    for (const struct cli_command *c = commands; c->name != NULL; c++) {
        if (str_eq(cli_first_word(c), first) && c->name[first.n] == ' ') {
            printf(" %s", c->name + first.n + 1);
        }
    }
}

static void print_valued(const struct cli_option *options, const char *before)
{
    for (const struct cli_option *o = options; o != NULL && o->name != NULL; o++) {
        if (o->value != NULL) {
            printf("%s--%s", before, o->name);
            before = "|";
        }
    }
}

static void print_command_case(const struct cli_command *commands, const struct cli_command *c,
                               const struct cli_option *common)
{
    printf("    '%s' | '%s '*) words=\"", c->name, c->name);
    print_second_words(commands, str_from(c->name));
    print_option_words(c->options);
    print_option_words(common);
    printf(" --help\" ;;\n");
}

/* "review list" before "review", whose pattern takes whatever follows it. */
static void print_command_cases(const struct cli_command *commands, const struct cli_option *common,
                                bool of_two_words)
{
    for (const struct cli_command *c = commands; c->name != NULL; c++) {
        if ((strchr(c->name, ' ') != NULL) == of_two_words) {
            print_command_case(commands, c, common);
        }
    }
}

static void print_cases(const struct cli_command *commands, const struct cli_option *common)
{
    printf("    '') words=\"");
    print_first_words(commands);
    printf(" help");
    print_option_words(common);
    printf(" --help --version\" ;;\n    help) words=\"");
    print_first_words(commands);
    printf("\" ;;\n");
    print_command_cases(commands, common, true);
    print_command_cases(commands, common, false);
    for (const struct cli_command *c = commands; c->name != NULL; c++) {
        if (is_first_of_its_word(commands,
                                 c)) { /* after the whole commands: one word may be both */
            printf("    '%.*s') words=\"", STR_ARGS(cli_first_word(c)));
            print_second_words(commands, cli_first_word(c));
            printf("\" ;;\n");
        }
    }
}

/* The words before the cursor, less options and their values, name the command. */
static void print_skip_options(const struct cli_command *commands, const struct cli_option *common)
{
    printf("    for ((i = 1; i < COMP_CWORD; i++)); do\n"
           "        case ${COMP_WORDS[i]} in\n"
           "        --value-of-nothing");
    print_valued(common, "|");
    for (const struct cli_command *c = commands; c->name != NULL; c++) {
        print_valued(c->options, "|");
    }
    printf(")\n"
           "            i=$((i + 1))\n"
           "            [ \"$i\" -ge \"$COMP_CWORD\" ] && return\n"
           "            ;;\n"
           "        -*) ;;\n"
           "        *) command=\"${command:+$command }${COMP_WORDS[i]}\" ;;\n"
           "        esac\n"
           "    done\n");
}

void cli_print_completion(const struct cli_command *commands, const struct cli_option *common)
{
    printf("# bash completion for bidui; made by the program itself\n"
           "_bidui()\n"
           "{\n"
           "    local command='' words='' i\n"
           "    COMPREPLY=()\n");
    print_skip_options(commands, common);
    printf("    case $command in\n");
    print_cases(commands, common);
    printf("    esac\n"
           "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\")\n"
           "}\n"
           "complete -o default -F _bidui bidui\n");
}
