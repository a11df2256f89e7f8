/* FTPS: FTP whose both connections are TLS, asked for on the plain port (AUTH TLS). */
#include "connectors/file/place_curl.h"

struct listing {
    struct arena *arena;
    struct remote_file *files;
    size_t n, cap;
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
static long take_entry(const void *info, void *ctx, int remains)
{
    const struct curl_fileinfo *entry = info;
    struct listing *l = ctx;
    (void)remains;
    if (entry->filetype != CURLFILETYPE_FILE) {
        return CURL_CHUNK_BGN_FUNC_SKIP;
    }
    if (l->n == l->cap) {
        l->cap = l->cap * 2 + 64;
        struct remote_file *more = arena_array(l->arena, l->cap, sizeof *more);
        if (l->n > 0) {
            memcpy(more, l->files, l->n * sizeof *more);
        }
        l->files = more;
    }
    l->files[l->n++] = (struct remote_file){.name = arena_cstr(l->arena, str_from(entry->filename)),
                                            .size = (int64_t)entry->size,
                                            .time = -1,
                                            .tag = ""};
    return CURL_CHUNK_BGN_FUNC_SKIP; /* listed, not fetched */
}
#pragma GCC diagnostic pop

/* curl knows the listings of Unix and Windows servers; it reads them where names are asked for by a
 * pattern. */
static enum rc ftps_list(void *state, struct arena *a, struct remote_file **ret, size_t *ret_n)
{
    struct curl_place *c = state;
    struct listing l = {.arena = a};
    TRY(curl_place_aim(c, a, ""));
    char *folder = NULL;
    const char *url = NULL;
    if (curl_easy_getinfo(c->easy, CURLINFO_EFFECTIVE_URL, &folder) == CURLE_OK && folder != NULL) {
        url = arena_printf(a, "%s*", folder);
    }
    bool good = url != NULL && curl_easy_setopt(c->easy, CURLOPT_URL, url) == CURLE_OK &&
                curl_easy_setopt(c->easy, CURLOPT_WILDCARDMATCH, 1L) == CURLE_OK &&
                curl_easy_setopt(c->easy, CURLOPT_CHUNK_BGN_FUNCTION, take_entry) == CURLE_OK &&
                curl_easy_setopt(c->easy, CURLOPT_CHUNK_DATA, &l) == CURLE_OK;
    if (!good) {
        return err_fail(RC_BUG, "curl_easy_setopt");
    }
    enum rc rc = curl_place_run(c, c->options->path);
    if (rc == RC_NOT_FOUND && l.n == 0) { /* an empty folder: no name fits the pattern */
        err_clear();
        rc = RC_OK;
    }
    *ret = l.files;
    *ret_n = l.n;
    return rc;
}

static enum rc ftps_stat(void *state, struct arena *a, const char *name, struct remote_file *ret)
{
    struct curl_place *c = state;
    curl_off_t size = -1, time = -1;
    TRY(curl_place_aim(c, a, name));
    /* no change of folder: one that isn't there is not a refusal */
    if (curl_easy_setopt(c->easy, CURLOPT_NOBODY, 1L) != CURLE_OK ||
        curl_easy_setopt(c->easy, CURLOPT_FTP_FILEMETHOD, (long)CURLFTPMETHOD_NOCWD) != CURLE_OK) {
        return err_fail(RC_BUG, "curl_easy_setopt");
    }
    TRY(curl_place_run(c, name));
    (void)curl_easy_getinfo(c->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &size);
    (void)curl_easy_getinfo(c->easy, CURLINFO_FILETIME_T, &time);
    *ret = (struct remote_file){.name = arena_cstr(a, str_from(name)),
                                .size = (int64_t)size,
                                .time = (int64_t)time,
                                .tag = ""};
    return RC_OK;
}

static enum rc ftps_fetch(void *state, const struct remote_file *file, struct blob *into)
{
    struct curl_place *c = state;
    struct arena *a = arena_new((size_t)1 << 20);
    enum rc rc = curl_place_aim(c, a, file->name);
    c->into = into;
    if (rc == RC_OK && curl_easy_setopt(c->easy, CURLOPT_RESUME_FROM_LARGE,
                                        (curl_off_t)blob_size(into)) != CURLE_OK) {
        rc = err_fail(RC_BUG, "curl_easy_setopt");
    }
    if (rc == RC_OK && (file->size < 0 || blob_size(into) < file->size)) {
        rc = curl_place_run(c, file->name);
    }
    c->into = NULL;
    arena_free(a);
    return rc;
}

/* Commands without a transfer. They are told the whole path, as they run in the folder of the
 * login. */
static enum rc command(struct curl_place *c, const char *name, const char *first,
                       const char *second)
{
    struct arena *a = arena_new((size_t)1 << 20);
    struct curl_slist *list = curl_slist_append(NULL, first);
    if (second != NULL) {
        list = curl_slist_append(list, second);
    }
    enum rc rc = curl_place_aim(c, a, "");
    if (rc == RC_OK && (curl_easy_setopt(c->easy, CURLOPT_NOBODY, 1L) != CURLE_OK ||
                        curl_easy_setopt(c->easy, CURLOPT_QUOTE, list) != CURLE_OK)) {
        rc = err_fail(RC_BUG, "curl_easy_setopt");
    }
    if (rc == RC_OK) {
        rc = curl_place_run(c, name);
    }
    curl_slist_free_all(list);
    arena_free(a);
    return rc;
}

/* The URL's path is seen from the login's folder, and so are these. */
static const char *path_of(struct arena *a, const struct curl_place *c, const char *name)
{
    const char *folder = c->options->path[0] == '/' ? c->options->path + 1 : c->options->path;
    return *name == '/' ? name
                        : arena_printf(a, "%s%s%s", folder, *folder != '\0' ? "/" : "", name);
}

static enum rc ftps_remove(void *state, const char *name)
{
    struct curl_place *c = state;
    struct arena *a = arena_new((size_t)1 << 20);
    enum rc rc = command(c, name, arena_printf(a, "DELE %s", path_of(a, c, name)), NULL);
    arena_free(a);
    return rc;
}

static enum rc ftps_move(void *state, const char *name, const char *to)
{
    struct curl_place *c = state;
    struct arena *a = arena_new((size_t)1 << 20);
    const char *target = path_of(a, c, to);
    const char *folder = arena_cstr(a, str_of(target, (size_t)(strrchr(target, '/') - target)));
    if (command(c, name, arena_printf(a, "*MKD %s", folder), NULL) != RC_OK) {
        err_clear(); /* mostly there already: the rename will tell */
    }
    enum rc rc = command(c, name, arena_printf(a, "RNFR %s", path_of(a, c, name)),
                         arena_printf(a, "RNTO %s", target));
    arena_free(a);
    return rc;
}

const struct place_driver place_ftps = {.open = curl_place_open,
                                        .list = ftps_list,
                                        .stat = ftps_stat,
                                        .fetch = ftps_fetch,
                                        .remove = ftps_remove,
                                        .move = ftps_move,
                                        .close = curl_place_close};
