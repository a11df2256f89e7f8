/* What the workers of one installation share for a night and nothing keeps longer: tokens, and how much a department
 * was asked already. One small file each in a private folder, 0600, held under an advisory lock that dies with its
 * holder; what a killed process left half written does not authenticate and counts as nothing.
 *
 * The folder: $BIDUI_RUNTIME, else $RUNTIME_DIRECTORY (systemd), else $XDG_RUNTIME_DIR/bidui, else /tmp/bidui-UID. */
#ifndef BIDUI_CONNECTORS_HTTP_SHARED_H
#define BIDUI_CONNECTORS_HTTP_SHARED_H

#include "base/crypto.h"

struct shared {
    int fd;                              /* -1: not held */
    const struct key *key;
    const char *name;
};

/* Waits for the lock. `name` is a keyed code; `key` seals the contents. RC_IO when the folder is not private. */
enum rc shared_lock(struct arena *a, const struct key *key, const char *name, struct shared *ret) MUST_CHECK;
/* What was written last; empty when there is nothing whole. */
enum rc shared_read(const struct shared *s, struct buf *out) MUST_CHECK;
enum rc shared_write(const struct shared *s, struct str bytes) MUST_CHECK;
void shared_unlock(struct shared *s);    /* again is fine */
/* An open file description of its own on the same place, for locks that live apart; -1 with the error recorded. */
enum rc shared_open(struct arena *a, const char *name, int *ret_fd) MUST_CHECK;

#endif
