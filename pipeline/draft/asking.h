/* A POST's body as somebody gave it: which of its members turn the pages, and which are secrets. JSON and XML alike are only
 * looked through for names with a plain value, and stay as they are written everywhere else. */
#ifndef BIDUI_PIPELINE_DRAFT_ASKING_H
#define BIDUI_PIPELINE_DRAFT_ASKING_H

#include "pipeline/draft/draft.h"

#define ASKING_PARTS 64

struct asking_part {
    struct str name;
    size_t at, n;                        /* its value in the text: without quotes */
    const char *instead;                 /* what is written in its place; NULL: it stays */
};
struct asking_body {
    struct str text;
    struct asking_part parts[ASKING_PARTS];
    size_t n;
    int page, size;                      /* places among parts, or -1 */
    bool is_offset;
};

/* Of a text that is JSON or XML by its first character. */
bool asking_is_document(struct str text);
bool asking_is_xml(struct str text);
void asking_read(struct str text, struct asking_body *ret);
/* The text with what stands instead; NULL elsewhere keeps a part. */
const char *asking_written(struct arena *a, const struct asking_body *b);

/* Names that departments commonly give them; NULL ends each. */
extern const char *const asking_page_names[], *const asking_size_names[], *const asking_offset_names[];
bool asking_is_secret(const char *name);

#endif
