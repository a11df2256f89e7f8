/* A request as it is sent, for `bidui probe`: secrets hidden, and the very text that was signed; and the answer that
 * refused it. */
#ifndef BIDUI_CONNECTORS_HTTP_SHOW_H
#define BIDUI_CONNECTORS_HTTP_SHOW_H

#include "connectors/connector.h"
#include "connectors/http/message.h"

#define HTTP_MOST_SECRETS 128

struct http_secrets {
    struct str *p;                       /* never to be shown */
    size_t n;
};

/* What the references below `tree` lead to. */
enum rc http_secrets_gather(const struct source *s, const struct yaml *tree, struct http_secrets *ret) MUST_CHECK;
/* `text` with every secret, escaped as in a URL or not, as ***. */
struct str http_hide(struct arena *a, const struct http_secrets *secrets, struct str text);
/* NULL-terminated, in the message's arena. `signed_text`: null without a signature. */
const char *http_show(const struct http_message *m, struct str url, struct str body, struct str signed_text,
                      const struct http_secrets *secrets);
/* Status and outermost members of an answer without records: texts are what the gateway says, long numbers starred. */
const char *http_show_answer(struct arena *a, long status, struct str body, const struct http_secrets *secrets);

#endif
