/* Amounts: int64_t fen, exact; and decimals as scaled integers. No floating point anywhere. */
#ifndef BIDUI_BASE_MONEY_H
#define BIDUI_BASE_MONEY_H

#include "base/err.h"
#include "base/str.h"

/* `unit_fen` is what 1 in the text is worth: 100 for 元, 1000000 for 万元. Takes thousands separators
 * (1,234.50 and full-width), a leading sign, (123.00) as negative, a trailing 元 or 万元 (which overrides
 * unit_fen), ¥, plain exponents (1.2E4) when exact. More precision than a fen is RC_VALUE unless zeros. */
enum rc money_parse(struct str s, int64_t unit_fen, int64_t *ret_fen) MUST_CHECK;
#define MONEY_TEXT 24
void money_format(int64_t fen, char out[MONEY_TEXT]); /* "1234.50"; "-0.05" */
/* A decimal number with up to 6 places as value * 10^6; separators and full width taken; trailing % is refused. */
#define DECIMAL_ONE INT64_C(1000000)
enum rc decimal_parse(struct str s, int64_t *ret_micro) MUST_CHECK;
void decimal_format(int64_t micro, char out[MONEY_TEXT]); /* shortest: "36", "0.5" */

#endif
