/* The verdict on a delivery from what was counted, and nothing else: no database, no clock, no log.
 * A silent or broken department must never pass for good news, so every doubt has a word and a
 * worse verdict wins. */
#ifndef BIDUI_PIPELINE_PULL_PROOF_H
#define BIDUI_PIPELINE_PULL_PROOF_H

#include "pipeline/pull/drift.h"
#include "pipeline/pull/profile.h"

enum verdict {
    VERDICT_NONE,
    VERDICT_COMPLETE,
    VERDICT_UNCHANGED,
    VERDICT_INCOMPLETE,
    VERDICT_HELD,
    VERDICT_FAILED,
    VERDICT_LATE,
    VERDICT_NOT_DUE
};
const char *verdict_word(enum verdict v);

enum ending {
    ENDED,             /* the source said so */
    ENDED_NOTHING,     /* nothing arrived since last time */
    ENDED_SAME,        /* what arrived had been taken before */
    ENDED_UNREACHABLE, /* retries used up */
    ENDED_REFUSED,     /* the source stopped for good: auth, format, query */
    ENDED_REPEATED_PAGE,
    ENDED_REPEATED_TOKEN,
    ENDED_TOTAL_CHANGED,
    ENDED_TOO_MANY_PAGES,
    ENDED_UNSTORABLE, /* PostgreSQL refused what one of its pages holds */
    ENDED_CRASHED /* its worker died again and again */
};

struct proof {
    enum ending ending;
    const char *error; /* symbol for UNREACHABLE and REFUSED, SQLSTATE and page for UNSTORABLE; "" if none */
    bool is_full;      /* a full snapshot */
    enum arrival arrives;
    int64_t advertised, received, rejected;
    int pages;
    int64_t last_received;      /* of the last admitted delivery; -1: there was none */
    bool same_as_last;          /* equal digest */
    bool brought_news;          /* incremental: something newer than what was admitted */
    bool is_cut;                /* one of its files ends in mid-record */
    struct column_drifts drifts;
    int64_t usual_rows;                 /* -1: not known */
    const struct field_profile *fields; /* those with limits */
    size_t field_count;
    int64_t counted; /* rows they were counted over */
    date_t newest, today;
    const struct quality *quality;
};

#define PROOF_REASONS 16
struct judgement {
    enum verdict verdict;
    const char *reasons[PROOF_REASONS]; /* stable words with counts, never a record's values */
    size_t reason_count;
};

/* Reasons live in `a`. */
void proof_judge(const struct proof *p, struct arena *a, struct judgement *ret);

#endif
