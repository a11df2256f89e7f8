/* Byte filters: what stands between the bytes of a source and the document in them (gzip, a ZIP archive, a cipher).
 * They stack in the order the configuration lists them; each turns one run of bytes into one or, an archive, several.
 * What comes out is capped, whatever went in. */
#ifndef BIDUI_CONNECTORS_FILTER_H
#define BIDUI_CONNECTORS_FILTER_H

#include "connectors/connector.h"

#define FILTERS_MOST 4

/* Who takes what comes out of a filter. `bytes` are only lent. */
struct filter_sink {
    enum rc (*take)(void *ctx, struct str bytes) MUST_CHECK;
    void *ctx;
};

struct filter {
    const char *kind;
    /* Optional. Reads its settings; the state lives in s->arena and holds nothing that must be closed. */
    enum rc (*open)(const struct source *s, const struct yaml *settings, void **ret_state) MUST_CHECK;
    /* At most `max` bytes in all, else RC_LIMIT. *ret_is_cut: right as far as it goes, but it ends early. */
    enum rc (*run)(void *state, struct str in, size_t max, const struct filter_sink *out,
                   bool *ret_is_cut) MUST_CHECK;
};

extern const struct filter filter_gzip, filter_zip, filter_decrypt;

struct filters {
    size_t n, max;
    struct {
        const struct filter *filter;
        void *state;
    } steps[FILTERS_MOST];
};

/* `list`: the dataset's `filters:`, or NULL for none. `max`: bytes that may come out of any one of them. */
enum rc filters_open(const struct source *s, const struct yaml *list, size_t max, struct filters *ret) MUST_CHECK;
enum rc filters_run(const struct filters *f, struct str in, const struct filter_sink *out,
                    bool *ret_is_cut) MUST_CHECK;

extern const struct key_spec filter_keys[];          /* of one item of the list */
void filters_check(const struct yaml *list, struct problems *problems);

#endif
