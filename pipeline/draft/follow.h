/* Reads on with a guessed paging as a pull would, to see whether it turns the pages and comes to an end. */
#ifndef BIDUI_PIPELINE_DRAFT_FOLLOW_H
#define BIDUI_PIPELINE_DRAFT_FOLLOW_H

#include "connectors/connector.h"

struct followed {
    int pages;
    int64_t rows;
    bool turns;    /* no page is the one before it again */
    bool is_ended; /* the source said so, within the pages asked for */
};

/* A guess that fails on its way just doesn't end. What is read is forgotten. */
enum rc follow_pages(const struct source *source, int most, struct followed *ret) MUST_CHECK;

#endif
