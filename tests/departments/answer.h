/* What a department answers to a request: the envelope of its interface around one page of records. */
#ifndef BIDUI_TESTS_DEPARTMENTS_ANSWER_H
#define BIDUI_TESTS_DEPARTMENTS_ANSWER_H

#include "base/buf.h"

struct route;

struct request {
    const struct route *route;
    const char *(*parameter)(void *ctx, const char *name);   /* NULL if absent */
    void *ctx;
    struct str body;                     /* of a POST that is no form */
    const char *rest;                    /* of the path, behind the route's: "/7" */
};

enum damage { DAMAGE_NONE, DAMAGE_CUT, DAMAGE_LENGTH, DAMAGE_DOWN, DAMAGE_BOMB };
struct answer {
    unsigned status;
    struct buf body;
    int retry_after_s;                   /* 0: not said */
    int delay_ms;
    enum damage damage;
    const char *content_type;            /* NULL: JSON */
    char link[256];                      /* header, or "" */
    char etag[24], modified[32];         /* headers that the answer is known by later, or "" */
    bool is_packed;                      /* the document itself is gzip, whatever is accepted */
};

/* `dir` holds a folder for each department, `day` and `misbehave`. Both strings must live on. */
void answer_setup(const char *dir);
const struct route *answer_route(const char *path, const char **ret_rest);      /* NULL: nothing there */
const char *answer_credential(const struct route *route); /* "education" wants a key, "health_insurance" a bearer token */
/* Not for several threads at once. The caller frees the body. */
void answer_make(const struct request *request, struct answer *ret);

#endif
