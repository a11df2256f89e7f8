/* What comes out as a number is one; repairs are valid numbers. */
#include "base/idno.h"
#include "fuzz.h"

static void check_repair(void *ctx, const char text18[IDNO_LEN])
{
    int *n = ctx;
    (*n)++;
    must(idno_is_valid(text18));
}

static void check_number(const struct idno *id)
{
    int repairs = 0;
    bool is_valid = id->state == IDNO_VALID;
    must(strlen(id->text) == IDNO_LEN);
    must(idno_is_valid(id->text) == is_valid);
    must(!is_valid || idno_birth_date(id->text) != DATE_NONE);
    idno_repairs(id->text, check_repair, &repairs);
    must(repairs <= 2 * IDNO_LEN);
    struct idno again;
    idno_normalize(str_of(id->text, IDNO_LEN), &again);
    must(again.state == id->state && memcmp(again.text, id->text, IDNO_LEN) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct idno id;
    idno_normalize(fuzz_input(data, size), &id);
    bool has_number = id.state == IDNO_VALID || id.state == IDNO_BAD_CHECK;
    bool has_reason = id.reason_zh != NULL && id.reason_en != NULL;
    must(has_reason == (id.state == IDNO_BAD || id.state == IDNO_BAD_CHECK));
    if (has_number) {
        check_number(&id);
    } else {
        must(id.text[0] == '\0');
    }
    return 0;
}
