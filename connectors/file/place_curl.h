/* What FTPS and HTTP share: one libcurl handle, its limits and its verified certificates. */
#ifndef BIDUI_CONNECTORS_FILE_PLACE_CURL_H
#define BIDUI_CONNECTORS_FILE_PLACE_CURL_H

#include <curl/curl.h>

#include "connectors/file/place.h"

struct curl_place {
    const struct place_options *options;
    CURL *easy;
    struct blob *into; /* of the running transfer; NULL: the body is dropped */
    enum rc into_rc;
    char error[CURL_ERROR_SIZE];
    char tag[256];       /* ETag of the last answer; "" if none */
    int64_t since_point; /* bytes since the last kill point */
};

enum rc curl_place_open(const struct place_options *options, void **ret_state) MUST_CHECK;
void curl_place_close(void *state);
/* Back to the defaults above, at the URL of `name` ("" for the folder). */
enum rc curl_place_aim(struct curl_place *c, struct arena *a, const char *name) MUST_CHECK;
enum rc curl_place_run(struct curl_place *c, const char *name) MUST_CHECK;
/* What CURLcode was as an error of ours. */
enum rc curl_place_fail(const struct curl_place *c, CURLcode code, const char *name) MUST_CHECK;

#endif
