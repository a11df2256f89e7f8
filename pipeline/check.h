/* bidui check: everything that is wrong with a configuration, told at once and offline. Results on
 * stdout, the summary on stderr. Never shows a value that could be a secret. */
#ifndef BIDUI_PIPELINE_CHECK_H
#define BIDUI_PIPELINE_CHECK_H

#include "pipeline/config.h"

/* Exit code: 2 on any error, else 0. */
int check_report(const char *config_dir, bool json);

/* Problems by file, then line, then as found. Array in the config's arena. */
const struct problem **check_sorted_problems(const struct config *c, size_t *ret_count);
void check_print_text(const struct config *c);
void check_print_json(const struct config *c);

#endif
