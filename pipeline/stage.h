/* The stages of a night and what they share. A stage never calls another; cmd_run calls them in order.
 * Each takes an open edition and leaves the database in a state from which it can be run again. */
#ifndef BIDUI_PIPELINE_STAGE_H
#define BIDUI_PIPELINE_STAGE_H

#include "pipeline/config.h"
#include "pipeline/db.h"

struct edition {
    int number;
    date_t as_of;                        /* DATE_NONE: not dated yet (pull and roster load outside a run) */
    int64_t fence;
    bool baseline;
    bool is_again;                       /* a published one, given again */
};

/* What every stage needs. `db` carries the edition's fence: its commits verify it. */
struct stage {
    const struct config *config;
    struct db *db;
    struct edition edition;
    struct arena *arena;                 /* stage's own; reset by the caller between stages */
};

/* edition.c: taking, resuming, dating and publishing editions; the run lock. */
/* The county's run lock alone, for the session: RC_LOCKED when a living run holds it; a dead one's sessions end. */
enum rc edition_lock(const struct config *config, struct db *db) MUST_CHECK;
enum rc edition_take(const struct config *config, struct db *db, struct edition *ret) MUST_CHECK;
/* The open edition without taking it over; number 0 if there is none. */
enum rc edition_open(struct db *db, const char *county, struct edition *ret) MUST_CHECK;
enum rc edition_date(struct stage *s, date_t as_of) MUST_CHECK;
/* May it yet be given another date? Files taken in it stay where they are, to be read again. */
bool edition_is_provisional(const struct edition *e);
/* Its input is about to change: what was assessed and alerted counts no longer. */
enum rc edition_reopen(struct stage *s) MUST_CHECK;
/* The latest published edition, number 0 if none. */
enum rc edition_latest_published(struct db *db, const char *county, struct edition *ret) MUST_CHECK;
/* The date judging "future" in pulls: the edition's, or today where it has none. */
date_t edition_today(const struct edition *e);

/* pull/: pulls datasets (NULL, 0: every healthy one), roster first, workers for the rest. Never fails for a
 * department's sake: its verdict says so. */
struct pull_options {
    const struct dataset *const *datasets;
    size_t dataset_count;
    bool full;                           /* as if nothing had been pulled before */
    const char *const *roster_files;     /* roster load FILE... */
    size_t roster_file_count;
    bool roster_only;
};
enum rc stage_pull(struct stage *s, const struct pull_options *options) MUST_CHECK;
/* again.c: what the open edition pulled under another date than this one counts for nothing; in a transaction. */
enum rc pull_ask_again(struct stage *s, date_t as_of) MUST_CHECK;
/* again.c: a person wants this dataset read once more in the open edition. Not what can't be had again: files, answers to
 * questions, what was accepted; in a transaction. */
enum rc pull_ask_dataset_again(struct stage *s, const struct dataset *d) MUST_CHECK;

/* rules/ and alert/: */
enum rc stage_assess(struct stage *s) MUST_CHECK;   /* writes bidui.finding, rule_version, rule_cover, parameter */
enum rc stage_alert(struct stage *s) MUST_CHECK;    /* findings against open episodes: alert, lead and their states */
/* deliver/: writes out/.DATE.tmp, publishes, renames. */
enum rc stage_deliver(struct stage *s) MUST_CHECK;

/* A dataset's state in an edition, for assess, deliver and status alike: read from bidui.delivery. */
struct feed {
    const struct dataset *dataset;
    const char *verdict;                 /* this edition's verdict; "failed" if there is no delivery row */
    bool is_healthy;                     /* complete, unchanged, not_due, and something was admitted once */
    bool ever_admitted;
    bool was_pulled;                     /* there is a delivery row in this edition */
    int last_complete;                   /* edition of the last admitted delivery, 0 if none */
    date_t as_of;                        /* of that delivery */
    int64_t received, landed, rejected, in_review, strangers, advertised;
    const char **reasons;
    size_t reason_count;
    const char *source_format;           /* what it was read as, where that is found out; "" elsewhere */
};
/* feeds.c: one per dataset of the configuration, in its order; in s->arena. */
enum rc feeds_load(struct stage *s, struct feed **ret, size_t *ret_n) MUST_CHECK;
/* exported.c: when the roster in force at the stage's edition was exported. */
struct roster_export {
    date_t on;                           /* DATE_NONE: nothing says */
    bool is_old;                         /* on `day` more than max_age ago */
};
enum rc roster_export_load(struct stage *s, date_t day, struct roster_export *ret) MUST_CHECK;
const struct feed *feeds_find(const struct feed *feeds, size_t n, struct str dataset);

#endif
