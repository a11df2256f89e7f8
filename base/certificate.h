/* When certificates end. */
#ifndef BIDUI_BASE_CERTIFICATE_H
#define BIDUI_BASE_CERTIFICATE_H

#include "base/date.h"

/* The last day on which all certificates of a PEM text are valid. RC_VALUE if it holds none. */
enum rc certificate_until(struct str pem, date_t *ret) MUST_CHECK;

#endif
