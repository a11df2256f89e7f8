/* What commands share: opening a session, printing a failure once, exit codes. One command per cmd_*.c file. */
#ifndef BIDUI_PIPELINE_CMD_H
#define BIDUI_PIPELINE_CMD_H

#include "base/cli.h"
#include "pipeline/stage.h"

/* Exit codes, part of what programs may rely on. */
enum {
    EXIT_PUBLISHED = 0,                  /* or: done, all well */
    EXIT_FAILED = 1,                     /* nothing published, safe to run again */
    EXIT_USAGE = 2,                      /* usage, or configuration that stops everything */
    EXIT_FEED = 3,                       /* published, but a feed is incomplete, held, failed or late */
    EXIT_SENDING = 4,                    /* published, a sending is pending */
    EXIT_LOCKED = 5
};

struct session {
    struct config *config;
    struct db *db;
    struct arena *arena;
};

/* Reads the configuration (--config, else $BIDUI_CONFIG) and opens the database as "bidui NAME COUNTY".
 * Problems of bidui.yaml or of shared files are RC_CONFIG; a broken department is only logged. The schema is
 * verified. Close it whatever the answer. */
enum rc cmd_open(const struct cli_args *args, const char *name, struct session *ret) MUST_CHECK;
void cmd_close(struct session *s);
struct stage cmd_stage(const struct session *s, struct edition e);

const char *cmd_config_dir(const struct cli_args *args); /* NULL if neither is given */
/* Prints the recorded error and gives the exit code for it. */
int cmd_fail(const char *who);
const char *cmd_actor(void);              /* who types it, for the audit */
/* --date, or today at UTC+08:00. RC_USAGE if malformed. */
enum rc cmd_date(const struct cli_args *args, date_t *ret) MUST_CHECK;

/* cmd_dataset.c: a dataset by the name that was typed. RC_USAGE with a hint: its department is set aside, or what may be
 * meant. */
enum rc cmd_find_dataset(const struct config *c, const char *id, const struct dataset **ret) MUST_CHECK;
/* cmd_dataset.c: status of one dataset. */
enum rc status_dataset(struct session *s, const struct cli_args *args) MUST_CHECK;
/* run_tell.c: what a run says on stdout. */
enum rc run_tell(struct session *s, struct edition e, bool json) MUST_CHECK;

int cmd_init(struct cli_args *args);
int cmd_check(struct cli_args *args);
int cmd_probe(struct cli_args *args);
int cmd_roster_load(struct cli_args *args);
int cmd_run(struct cli_args *args);
int cmd_pull(struct cli_args *args);
int cmd_assess(struct cli_args *args);
int cmd_alert(struct cli_args *args);
int cmd_deliver(struct cli_args *args);
int cmd_accept(struct cli_args *args);
int cmd_reset(struct cli_args *args);
int cmd_quarantine_export(struct cli_args *args);
int cmd_review_list(struct cli_args *args);
int cmd_review_accept(struct cli_args *args);
int cmd_review_reject(struct cli_args *args);
int cmd_consent_load(struct cli_args *args);
int cmd_link_train(struct cli_args *args);
int cmd_compare(struct cli_args *args);
int cmd_rules_show(struct cli_args *args);
int cmd_feedback(struct cli_args *args);
int cmd_withdraw(struct cli_args *args);
int cmd_dispatch(struct cli_args *args);
int cmd_cases_list(struct cli_args *args);
int cmd_cases_take(struct cli_args *args);
int cmd_cases_diagram(struct cli_args *args);
int cmd_returns(struct cli_args *args);
int cmd_report(struct cli_args *args);
int cmd_explain(struct cli_args *args);
int cmd_status(struct cli_args *args);
int cmd_watch(struct cli_args *args);
int cmd_rules_list(struct cli_args *args);
int cmd_connector_new(struct cli_args *args);
int cmd_connector_docs(struct cli_args *args);
int cmd_connector_schema(struct cli_args *args);
int cmd_completion(struct cli_args *args);

extern const struct cli_command command_table[];
extern const struct cli_option common_options[];

#endif
