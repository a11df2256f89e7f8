/* A format: what document.h promises, done by one decoder. All members are required. */
#ifndef BIDUI_CONNECTORS_DECODER_H
#define BIDUI_CONNECTORS_DECODER_H

#include "connectors/records.h"

struct decoder {
    const char *format;
    /* Puts what it finds into `records`, whose `plan` says what is wanted; all of it outlives the state. Sets *ret_state
     * at once: a failure is followed by close. */
    enum rc (*open)(const struct document_wants *wants, struct plan *plan, struct records *records, struct arena *a,
                    void **ret_state) MUST_CHECK;
    void (*begin)(void *state);
    enum rc (*read)(void *state, struct str window, bool last, size_t *ret_used, bool *ret_is_cut) MUST_CHECK;
    void (*close)(void *state);
};

extern const struct decoder decoder_json, decoder_ndjson, decoder_xml, decoder_csv;

#endif
