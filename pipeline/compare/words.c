/* Names of columns. What departments call theirs the drafting of connectors knows already; here is
 * what people put over columns of their own lists, and English. */
#include "base/text.h"
#include "pipeline/compare/columns.h"
#include "pipeline/draft/draft.h"

static const struct {
    const char *identity;
    enum link_kind kind;
} identities[] = {{"id_number", LINK_IDNO},     {"name", LINK_NAME},
                  {"birth_date", LINK_BIRTH},   {"sex", LINK_SEX},
                  {"phone", LINK_PHONE},        {"village", LINK_REGION},
                  {"village_name", LINK_PLACE}, {"household_no", LINK_HOUSEHOLD}};

/* Whole names, lower case, blanks and underscores dropped. */
static const struct {
    const char *word;
    enum link_kind kind;
} names[] = {{"givenname", LINK_GIVEN},
             {"firstname", LINK_GIVEN},
             {"forename", LINK_GIVEN},
             {"名", LINK_GIVEN},
             {"surname", LINK_SURNAME},
             {"lastname", LINK_SURNAME},
             {"familyname", LINK_SURNAME},
             {"姓", LINK_SURNAME},
             {"name", LINK_NAME},
             {"fullname", LINK_NAME},
             {"xm", LINK_NAME},
             {"dateofbirth", LINK_BIRTH},
             {"dob", LINK_BIRTH},
             {"birthdate", LINK_BIRTH},
             {"birthday", LINK_BIRTH},
             {"sex", LINK_SEX},
             {"gender", LINK_SEX},
             {"xb", LINK_SEX},
             {"postcode", LINK_POSTCODE},
             {"zip", LINK_POSTCODE},
             {"zipcode", LINK_POSTCODE},
             {"postalcode", LINK_POSTCODE},
             {"suburb", LINK_PLACE},
             {"city", LINK_PLACE},
             {"town", LINK_PLACE},
             {"state", LINK_PLACE},
             {"province", LINK_PLACE},
             {"county", LINK_PLACE},
             {"country", LINK_PLACE},
             {"birthplace", LINK_PLACE},
             {"streetnumber", LINK_CODE},
             {"socsecid", LINK_CODE},
             {"ssn", LINK_CODE},
             {"nationalid", LINK_CODE},
             {"passport", LINK_CODE},
             {"occupation", LINK_PLACE}};

/* Parts that a Chinese name of a column ends with, or holds; the first that fits. */
static const struct {
    const char *part;
    enum link_kind kind;
} parts[] = {{"身份证", LINK_IDNO},       {"身份号码", LINK_IDNO},    {"证件号", LINK_IDNO},
             {"证件编号", LINK_IDNO},     {"姓名", LINK_NAME},        {"出生", LINK_BIRTH},
             {"生日", LINK_BIRTH},        {"性别", LINK_SEX},         {"手机", LINK_PHONE},
             {"电话", LINK_PHONE},        {"联系方式", LINK_PHONE},   {"phone", LINK_PHONE},
             {"mobile", LINK_PHONE},      {"telephone", LINK_PHONE},  {"邮编", LINK_POSTCODE},
             {"邮政编码", LINK_POSTCODE}, {"区划代码", LINK_REGION},  {"区划编码", LINK_REGION},
             {"行政区划", LINK_REGION},   {"村代码", LINK_REGION},    {"村编码", LINK_REGION},
             {"住址", LINK_ADDRESS},      {"地址", LINK_ADDRESS},     {"户籍地", LINK_ADDRESS},
             {"address", LINK_ADDRESS},   {"street", LINK_ADDRESS},   {"乡镇", LINK_PLACE},
             {"村名", LINK_PLACE},        {"行政村", LINK_PLACE},     {"所在村", LINK_PLACE},
             {"自然村", LINK_PLACE},      {"村组", LINK_PLACE},       {"学校", LINK_PLACE},
             {"单位", LINK_PLACE},        {"户编号", LINK_HOUSEHOLD}, {"户号", LINK_HOUSEHOLD},
             {"学籍号", LINK_CODE},       {"户主", LINK_NAME}};

static struct str plain(struct arena *a, struct str name)
{
    struct str folded = text_fold(a, name);
    char *out = arena_alloc(a, folded.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < folded.n; i++) {
        char c = folded.p[i];
        if (c != ' ' && c != '_' && c != '-' && c != '*' && c != '.') {
            out[n++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
        }
    }
    return str_of(out, n);
}

static bool by_identity(struct arena *a, struct str name, enum link_kind *ret)
{
    const struct known_column *known = known_find(a, name);
    for (size_t i = 0;
         known != NULL && known->identity != NULL && i < sizeof identities / sizeof *identities;
         i++) {
        if (strcmp(known->identity, identities[i].identity) == 0) {
            *ret = identities[i].kind;
            return true;
        }
    }
    return false;
}

bool column_kind_by_name(struct arena *a, struct str name, enum link_kind *ret)
{
    struct str word = plain(a, name);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_is(word, names[i].word)) {
            *ret = names[i].kind;
            return true;
        }
    }
    if (by_identity(a, name, ret)) {
        return true;
    }
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (word.n > 0 && memmem(word.p, word.n, parts[i].part, strlen(parts[i].part)) != NULL) {
            *ret = parts[i].kind;
            return true;
        }
    }
    return false;
}

bool column_is_of_relative(struct arena *a, struct str name)
{
    static const char *const relatives[] = {"户主",     "监护人", "家长",   "父亲",
                                            "母亲",     "配偶",   "联系人", "hz_",
                                            "guardian", "father", "mother"};
    struct str folded = text_fold(a, name);
    char *lower = arena_cstr(a, folded);
    for (char *c = lower; *c != '\0'; c++) {
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c | 0x20) : *c;
    }
    for (size_t i = 0; i < sizeof relatives / sizeof *relatives; i++) {
        if (strstr(lower, relatives[i]) != NULL) {
            return true;
        }
    }
    return false;
}
