/* One dataset being pulled in one process: what the parts of pull/ hand to each other. */
#ifndef BIDUI_PIPELINE_PULL_JOB_H
#define BIDUI_PIPELINE_PULL_JOB_H

#include "pipeline/stage.h"

struct index;
struct likely;

struct job {
    const struct config *config;
    const struct dataset *dataset;
    struct db *db; /* its own connection; commits verify the edition's fence */
    struct edition edition;
    date_t today;              /* judges "future"; edition_today */
    const struct index *index; /* the roster in memory; NULL while pulling the roster itself */
    const struct likely *likely; /* where the dataset links probably; else NULL */
    bool full;                 /* as if nothing had been pulled before */
    bool is_preview;           /* lands under no edition, to be looked at and thrown away */
    const char *const *files;  /* instead of the drop folder */
    size_t file_count;
    struct arena *arena; /* lives as long as the job */
};

#endif
