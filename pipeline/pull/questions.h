/* Questions of admitted deliveries get their number and move to bidui.review. */
#ifndef BIDUI_PIPELINE_PULL_QUESTIONS_H
#define BIDUI_PIPELINE_PULL_QUESTIONS_H

#include "pipeline/stage.h"

/* Once all datasets of an edition were pulled: numbers must not depend on which worker came first.
 */
enum rc questions_number(struct stage *s) MUST_CHECK;

#endif
