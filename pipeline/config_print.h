/* What the tables of keys say, printed: the guide's reference, and a JSON Schema for editors. */
#ifndef BIDUI_PIPELINE_CONFIG_PRINT_H
#define BIDUI_PIPELINE_CONFIG_PRINT_H

#include <stdio.h>

#include "base/err.h"

void config_print_docs(FILE *out);
/* Draft 2020-12, of one department's file. */
enum rc config_print_schema(FILE *out) MUST_CHECK;

#endif
