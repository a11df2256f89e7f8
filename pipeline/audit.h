/* The audit: who decided what, and why. Written within the transaction of what it tells of, so that neither is ever
 * there without the other. */
#ifndef BIDUI_PIPELINE_AUDIT_H
#define BIDUI_PIPELINE_AUDIT_H

#include "pipeline/stage.h"

/* edition 0: none. */
enum rc audit_write(const struct stage *s, int edition, const char *actor, const char *action, const char *object,
                    const char *reason) MUST_CHECK;

#endif
