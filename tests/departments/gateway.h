/* A gateway in front of a department: tokens that are counted, signatures that are verified (with GnuTLS: another
 * library than bidui's), answers that were encrypted beforehand. Everything lies under /gateway/.
 *
 *   POST /gateway/login           {"user", "password"} -> {"code":0,"data":{"token","ttl"}}
 *   POST /gateway/oauth/token     client credentials, in the form or by basic authentication
 *   GET  /gateway/secret          appKey, requestTime, sign = md5(appKey + refresh secret + requestTime) -> a request secret
 *   GET  /gateway/records         wants the latest token: Authorization: Bearer, else 401; ?soft=1: HTTP 200, code 40101
 *   GET  /gateway/two-step        appKey, requestTime, sign = md5(appKey + request secret + requestTime)
 *   ANY  /gateway/signed          X-Key, X-Time, X-Nonce, X-Sign = base64(HMAC-SHA256(key + time + nonce + body))
 *   GET  /gateway/file            the file DIR/gateway/served as it is, with an ETag; If-None-Match -> 304
 *   GET  /gateway/busy            503 with the Retry-After in DIR/gateway/retry_after, then records
 *   GET  /gateway/moved           302 to the address in DIR/gateway/location
 *
 * Each request leaves a line "PATH\tQUERY" in DIR/gateway/requests. DIR/gateway/epoch, when it changes, makes all
 * tokens invalid; DIR/gateway/clock shifts the Date header by so many seconds. */
#ifndef BIDUI_TESTS_DEPARTMENTS_GATEWAY_H
#define BIDUI_TESTS_DEPARTMENTS_GATEWAY_H

#include <microhttpd.h>
#include <stdbool.h>

#include "base/str.h"

#define GATEWAY_USER "bidui"
#define GATEWAY_PASSWORD "p&ss {w}ord"
#define GATEWAY_SECRET "testOnlyappSecret"
#define GATEWAY_ROWS 40

void gateway_setup(const char *dir);
/* False: not a path of the gateway. Not for several threads at once. */
bool gateway_answer(struct MHD_Connection *c, const char *method, const char *path, struct str body,
                    enum MHD_Result *ret);

#endif
