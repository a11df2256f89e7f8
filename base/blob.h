/* Bytes that can be read from any place: a file as it lies there, or a spool. A spool is what must
 * lie on disk for a while: a file without a name, each byte encrypted (AES-256-CTR) with a key of
 * its own that is never written and dies with the process. */
#ifndef BIDUI_BASE_BLOB_H
#define BIDUI_BASE_BLOB_H

#include "base/err.h"
#include "base/str.h"

struct blob;

/* Of an open regular file, which it takes over; `name` for messages. */
enum rc blob_of_file(int fd, const char *name, struct blob **ret) MUST_CHECK;
/* Empty, in `folder` (NULL: $TMPDIR, else /var/tmp). */
enum rc blob_spool(const char *folder, struct blob **ret) MUST_CHECK;
enum rc blob_append(struct blob *b, struct str bytes) MUST_CHECK; /* spools only */
enum rc blob_clear(struct blob *b) MUST_CHECK; /* spools only: nothing in it again */
/* Up to n bytes from `at`; fewer only at the end. */
enum rc blob_read(const struct blob *b, int64_t at, char *p, size_t n, size_t *ret_n) MUST_CHECK;
int64_t blob_size(const struct blob *b); /* of a file: when it was opened */
int blob_fd(const struct blob *b);       /* of a file; -1 for a spool */
void blob_close(struct blob *b);         /* NULL is fine */

#endif
