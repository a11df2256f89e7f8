/* Remarks: what people wrote in their own words of people (who went, what was found, why the county decides or takes back).
 * Kept sealed under the configured key, bound to what they are about, and emptied `remark_days` after that is over. Numbers
 * of people have no business there and are starred before. */
#ifndef BIDUI_PIPELINE_REMARKS_H
#define BIDUI_PIPELINE_REMARKS_H

#include "pipeline/stage.h"

/* Folded; starred are eight digits and more in a row, and eleven and more that blanks and hyphens part, with the X that ends
 * an identity number. Lead numbers and days stay. */
struct str remark_clean(struct arena *a, struct str text);
/* What a remark is about; `id` is a lead's number or a number of its own. */
#define REMARK_OF_RESULT "result"
#define REMARK_OF_DECISION "decision"
#define REMARK_OF_WITHDRAWAL "withdrawal"
enum rc remark_seal(const struct config *config, const char *about, struct str id, struct str text, struct buf *out) MUST_CHECK; /* appends */
enum rc remark_seal_hex(const struct config *config, struct arena *a, const char *about, struct str id, struct str text,
                        struct str *ret) MUST_CHECK;
/* `hex` null: it was emptied, and so is what is answered. */
enum rc remark_open(const struct config *config, struct arena *a, const char *about, struct str id, struct str hex,
                    struct str *ret) MUST_CHECK;
/* Those whose days are over. In the caller's transaction. */
enum rc remarks_empty(struct stage *s) MUST_CHECK;

#endif
