#include "base/certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <time.h>

#define DAY_S INT64_C(86400)
#define LOCAL_OFFSET_S INT64_C(28800) /* UTC+08:00 */

static bool last_day(const X509 *certificate, date_t *ret)
{
    struct tm t;
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &t) != 1) {
        return false;
    }
    int64_t seconds = (int64_t)timegm(&t) + LOCAL_OFFSET_S;
    *ret = (date_t)(seconds / DAY_S) + date_from_ymd(1970, 1, 1);
    return true;
}

enum rc certificate_until(struct str pem, date_t *ret)
{
    date_t until = DATE_NONE, day = DATE_NONE;
    BIO *in = pem.n <= INT32_MAX ? BIO_new_mem_buf(pem.p != NULL ? pem.p : "", (int)pem.n) : NULL;
    X509 *certificate = NULL;
    while (in != NULL && (certificate = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL) {
        if (last_day(certificate, &day) && (until == DATE_NONE || day < until)) {
            until = day;
        }
        X509_free(certificate);
    }
    BIO_free(in);
    ERR_clear_error(); /* the end of the text is told as an error */
    if (until == DATE_NONE) {
        return err_fail(RC_VALUE, "%s", tr("不是 PEM 证书", "no PEM certificate"));
    }
    *ret = until;
    return RC_OK;
}
