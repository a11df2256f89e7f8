/* bidui connector: help for whoever writes a department's file. */
#include <stdio.h>

#include "pipeline/cmd.h"
#include "pipeline/config_print.h"

int cmd_connector_docs(struct cli_args *args)
{
    (void)args;
    config_print_docs(stdout);
    return EXIT_PUBLISHED;
}

int cmd_connector_schema(struct cli_args *args)
{
    (void)args;
    return config_print_schema(stdout) == RC_OK ? EXIT_PUBLISHED : cmd_fail("connector schema");
}
