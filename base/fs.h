/* Files. Every durable step goes through here, so that the kill walk can count it. */
#ifndef BIDUI_BASE_FS_H
#define BIDUI_BASE_FS_H

#include "base/arena.h"
#include "base/buf.h"

enum rc fs_read(const char *path, size_t max, struct buf *out) MUST_CHECK;
enum rc fs_write_synced(const char *path, struct str bytes) MUST_CHECK; /* mode 0600, write, fsync, close */
enum rc fs_sync(const char *path) MUST_CHECK;                          /* fsync a file or folder */
enum rc fs_mkdirs(const char *path) MUST_CHECK;                        /* mode 0700 */
enum rc fs_rename(const char *from, const char *to) MUST_CHECK;        /* and fsync of the folder */
enum rc fs_remove_tree(const char *path) MUST_CHECK;                   /* fine if absent */
const char *fs_reason(int error);                                     /* an errno as operators read it */
bool fs_exists(const char *path);
bool fs_is_same(const char *a, const char *b);                         /* both are there, and are one file or folder */
/* Without empty parts, `.`, and `..` as far as words go: a/./b/../c/ is a/c. "" becomes "."; links are not looked at. */
struct str fs_tidy(struct arena *a, struct str path);
/* Names in a folder, sorted bytewise, matching a shell pattern (NULL: all), without . and .. */
enum rc fs_list(struct arena *a, const char *folder, const char *pattern, char ***ret_names, size_t *ret_n) MUST_CHECK;

#endif
