/* The command tree as data: parser, help, completion and manual are printed from it. */
#ifndef BIDUI_BASE_CLI_H
#define BIDUI_BASE_CLI_H

#include "base/err.h"
#include "base/str.h"

struct cli_option {
    const char *name;                    /* "date" for --date; NULL ends the table */
    const char *value;                   /* NULL: a switch; else the word shown for its value, "YYYY-MM-DD" */
    const char *zh, *en;
};
struct cli_args;                         /* parsed */
struct cli_command {
    const char *name;                    /* "run", "roster load"; NULL ends the table */
    const char *operands;                /* "[DATASET...]"; "" for none */
    int least_operands, most_operands;   /* -1: no limit */
    const struct cli_option *options;
    const char *zh, *en;                 /* one line */
    int (*run)(struct cli_args *args);   /* exit code */
};

bool cli_has(const struct cli_args *a, const char *option);
const char *cli_value(const struct cli_args *a, const char *option);  /* NULL if not given */
size_t cli_operand_count(const struct cli_args *a);
const char *cli_operand(const struct cli_args *a, size_t i);

/* Parses argv against the commands (longest name first) plus `common` options, and runs. Usage errors: exit 2,
 * naming the nearest command or option. --help and help COMMAND write to stdout and exit 0. */
int cli_main(int argc, char **argv, const struct cli_command *commands, const struct cli_option *common);
void cli_print_completion(const struct cli_command *commands, const struct cli_option *common); /* bash */

#endif
