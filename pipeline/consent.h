/* Written consents (授权书) from a list the bureau keeps: without one in force a lookup that requires it asks nobody. */
#ifndef BIDUI_PIPELINE_CONSENT_H
#define BIDUI_PIPELINE_CONSENT_H

#include <stdio.h>

#include "pipeline/stage.h"

/* Reads a CSV (UTF-8 or GB18030) with the columns 户编号 or 人编号, 授权书编号, 签署日期 and, where they end, 有效期至. All of it
 * or nothing: every mistake is told on `out`, by line and column, without what stands there. A consent that is known
 * already takes the new dates. */
enum rc consent_load(struct stage *s, const char *file, const char *by, FILE *out, int64_t *ret_loaded) MUST_CHECK;

#endif
