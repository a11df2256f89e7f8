/* One record of a JSON document, from its first byte to its last: recursive, bounded by the depth. */
#ifndef BIDUI_CONNECTORS_JSON_VALUE_H
#define BIDUI_CONNECTORS_JSON_VALUE_H

#include "connectors/decoder.h"
#include "connectors/json_scan.h"

struct json_reader {
    struct scan scan;
    struct records *records;
    struct buf spill;                /* texts that differ from their source; reserved at once, so it never moves */
    enum rc rc;                      /* of SCAN_STOPPED */
};

/* `depth`: of what the value at p stands in. The record is begun and ended here, unless the window ends before it:
 * then it was never there. */
const char *json_read_record(struct json_reader *j, const char *p, size_t depth);
/* A record that is none, whatever it holds: rejected. */
const char *json_skip_record(struct json_reader *j, const char *p, size_t depth, const char *reason);
/* What stands between two quotes, which may hold escapes; lives until the spill is reset. */
bool json_text(struct json_reader *j, struct str source, bool has_escape, struct str *ret, const char **ret_flaw);
const char *json_stop(struct json_reader *j, enum rc rc, const char *at);

#endif
