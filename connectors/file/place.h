/* Where files lie that are not in a folder of this machine: a contract for SFTP, FTPS and HTTP.
 * Names are those of one folder. A failed call leaves a place that may be closed and opened anew;
 * whoever calls does so. */
#ifndef BIDUI_CONNECTORS_FILE_PLACE_H
#define BIDUI_CONNECTORS_FILE_PLACE_H

#include "base/arena.h"
#include "base/blob.h"
#include "base/err.h"
#include "connectors/file/pattern.h"

struct place_options {
    const char *scheme, *host, *path; /* sftp, ftps, http or https; path as the server wants it */
    int port;
    const char *user, *password;    /* NULL: none */
    const char *key, *key_password; /* SFTP: a private key's path */
    const char *const *host_keys; /* SFTP: SHA256:..., or "ssh-ed25519 AAAA..." as in known_hosts */
    size_t host_key_count;
    const char *ca; /* FTPS, HTTPS: a file of certificates; NULL: the system's */
    int64_t timeout_ms;
    const struct pattern
        *pattern; /* HTTP has no folders: the names it can have are asked for one by one */
    date_t today;
};

struct remote_file {
    const char *name;
    int64_t size, time; /* seconds since 1970; -1 unknown */
    const char *tag;    /* HTTP: ETag; "" elsewhere */
};

struct place_driver {
    enum rc (*open)(const struct place_options *options, void **ret_state);
    /* All names that may be of interest; sizes and times as far as the listing says them. */
    enum rc (*list)(void *state, struct arena *a, struct remote_file **ret, size_t *ret_n);
    /* Size and time for sure; RC_NOT_FOUND if it is gone. */
    enum rc (*stat)(void *state, struct arena *a, const char *name, struct remote_file *ret);
    /* Goes on behind what `into` holds. */
    enum rc (*fetch)(void *state, const struct remote_file *file, struct blob *into);
    /* Optional: readable by its owner alone; `name` may be FOLDER/NAME, as in move. Replaces what is there. */
    enum rc (*put)(void *state, const char *name, struct str bytes);
    /* Optional (HTTP has neither). */
    enum rc (*remove)(void *state, const char *name);
    /* `to` is FOLDER/NAME, relative to the place's own folder or absolute; FOLDER is made if it
     * isn't there. */
    enum rc (*move)(void *state, const char *name, const char *to);
    void (*close)(void *state);
};

/* A place with patience: connects when first asked, and anew after a cut connection. */
struct place;
const struct place_driver *place_find(const char *scheme, int *ret_port); /* NULL if unknown */
struct place *place_new(const struct place_driver *driver, const struct place_options *options);
void place_free(struct place *p); /* NULL is fine */
enum rc place_list(struct place *p, struct arena *a, struct remote_file **ret,
                   size_t *ret_n) MUST_CHECK;
enum rc place_stat(struct place *p, struct arena *a, const char *name,
                   struct remote_file *ret) MUST_CHECK;
enum rc place_put(struct place *p, const char *name, struct str bytes) MUST_CHECK;
enum rc place_remove(struct place *p, const char *name) MUST_CHECK;
enum rc place_move(struct place *p, const char *name, const char *to) MUST_CHECK;
/* The whole file as `file` describes it, going on where a cut connection left off; RC_INCOMPLETE if
 * it is another one by now. */
enum rc place_fetch(struct place *p, const struct remote_file *file, struct blob *into) MUST_CHECK;
bool remote_is_same(const struct remote_file *a, const struct remote_file *b);

extern const struct place_driver place_sftp, place_ftps, place_http;

#endif
