/* Work that several processes share: each takes the next piece until none is left. This process is one of them, so
 * that a crew of one forks nothing. The others die with it; what a piece did must be safe to do again. */
#ifndef BIDUI_PIPELINE_CREW_H
#define BIDUI_PIPELINE_CREW_H

#include <stddef.h>

#include "base/err.h"

struct crew;
/* *ret_piece is the next one, from 0; false when all are taken. */
bool crew_next(struct crew *crew, size_t *ret_piece);
/* Runs `member` in up to `members` processes. It takes pieces with crew_next; `forked` is false in this process:
 * a forked member opens its own connections. The first failure ends all. */
enum rc crew_run(size_t pieces, int members, enum rc (*member)(void *ctx, struct crew *crew, bool forked),
                 void *ctx) MUST_CHECK;

#endif
