/* Screened lists: who is on one and not on the roster becomes an entry of bidui.off_roster, which the alert stage turns
 * into a lead. An entry ends when the department takes the person off its list, or when the person joins the roster. */
#ifndef BIDUI_PIPELINE_PULL_OFF_ROSTER_H
#define BIDUI_PIPELINE_PULL_OFF_ROSTER_H

#include "pipeline/pull/delivery.h"
#include "pipeline/pull/index.h"

/* What a delivery landed becomes entries, once its facts are merged. In the caller's transaction. */
enum rc off_roster_admit(const struct job *job, int edition) MUST_CHECK;
/* Entries of people who are on the roster now end, whether or not their list comes again. A transaction of its own. */
enum rc off_roster_join(struct stage *s, const struct index *ix) MUST_CHECK;
/* Identities of what ended or was answered `days` before the day or earlier go. In the caller's transaction. */
enum rc off_roster_empty(struct stage *s) MUST_CHECK;

/* Number and name of an entry. */
enum rc off_roster_open(const struct config *config, struct arena *a, const char *dataset, struct str sealed_hex,
                        struct str *ret_number, struct str *ret_name) MUST_CHECK;

#endif
