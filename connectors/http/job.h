/* An export: the department prepares a delivery when asked. The request submits the job, then its state is asked for
 * until it is done, then the file is fetched as a page. The job's name is part of the place, so that a reading that was
 * killed goes on asking after the same job. */
#ifndef BIDUI_CONNECTORS_HTTP_JOB_H
#define BIDUI_CONNECTORS_HTTP_JOB_H

#include "connectors/http/body.h"
#include "connectors/http/outcome.h"

struct job {
    const struct source *source;
    const struct http_settings *settings;
    struct body answers;                 /* to submitting and asking; its document is NULL without an export */
    int64_t waited_ms;
};

enum rc job_open(struct job *j, const struct source *s, const struct http_settings *settings) MUST_CHECK;
void job_close(struct job *j);
/* Is this place before the file? */
bool job_is_open(const struct http_settings *s, const struct place *at);
/* Takes the answer to submitting or asking and moves the place on; waits before the state is asked for again. The page
 * is one without rows, for the sake of its position. */
enum answer job_take(struct job *j, const struct transfer *t, const char *where, struct place *at, struct page *page);
/* `answer` to a failure: a job the department knows no more is one to begin anew. */
enum answer job_lost(const struct transfer *t, const char *where, const struct place *at, enum answer answer);

#endif
