/* Help and completion, printed from the command tables. For cli.c alone. */
#ifndef BIDUI_BASE_CLI_PRINT_H
#define BIDUI_BASE_CLI_PRINT_H

#include <stdio.h>

#include "base/cli.h"

void cli_print_overview(FILE *out, const struct cli_command *commands, const struct cli_option *common);
void cli_print_command(FILE *out, const struct cli_command *command, const struct cli_option *common);
struct str cli_first_word(const struct cli_command *command);

#endif
