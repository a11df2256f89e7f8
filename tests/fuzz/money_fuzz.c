/* What is read is written and read again as the same amount. */
#include "base/money.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t units[] = {1, 100, 1000000};
    struct str s = fuzz_input(data, size);
    char text[MONEY_TEXT];
    int64_t value, again;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (money_parse(s, units[i], &value) == RC_OK) {
            money_format(value, text);
            must(money_parse(str_from(text), 100, &again) == RC_OK && again == value);
        }
    }
    if (decimal_parse(s, &value) == RC_OK) {
        decimal_format(value, text);
        must(decimal_parse(str_from(text), &again) == RC_OK && again == value);
    }
    return 0;
}
