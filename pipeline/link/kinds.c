#include "pipeline/link/kinds.h"

#include "pipeline/link/levels.h"

static const struct link_level idno_levels[] = {
    {"缺", "missing", 0},
    [LINK_SAME] = {"相同", "same", 900},
    [IDNO_ONE_DIGIT] = {"一位不同(至少一方校验不符)", "one digit, one of them unproven", 50},
    [IDNO_SWAP] = {"相邻两位颠倒", "two neighbours swapped", 10},
    [IDNO_TWO_DIGITS] = {"两处不同(至少一方校验不符)", "two edits, one of them unproven", 10},
    [IDNO_LENT] = {"一方用了他人的号(与其出生日期不符)",
                   "one is another's number: its birth date is not the record's", 10},
    [IDNO_SAME_BIRTH] = {"出生日期段相同", "birth date part agrees", 10},
    [IDNO_DIFFERS] = {"不同", "differs", 20}};
static const struct link_level name_levels[] = {
    {"缺", "missing", 0},
    [LINK_SAME] = {"相同", "same", 800},
    [NAME_VARIANT] = {"繁简或异体", "variant characters", 10},
    [NAME_HOLE] = {"有字缺损", "a character is lost", 10},
    [NAME_SOUND] = {"同音", "same sound", 20},
    [NAME_LOOSE] = {"方音相近", "same but for dialect", 10},
    [NAME_ORDER] = {"姓名颠倒或错列", "other order or column", 20},
    [NAME_NEAR] = {"一字之差", "nearly the same", 60},
    [NAME_SHORT] = {"缩写或少字", "shortened", 20},
    [NAME_SIMILAR] = {"相似", "similar", 20},
    [NAME_SURNAME] = {"仅同姓", "surname alone", 10},
    [NAME_DIFFERS] = {"不同", "differs", 20}};
static const struct link_level birth_levels[] = {
    {"缺", "missing", 0},
    [LINK_SAME] = {"相同", "same", 900},
    [BIRTH_SWAPPED] = {"月日颠倒", "day and month swapped", 10},
    [BIRTH_ONE_DIGIT] = {"一位之差", "one digit", 50},
    [BIRTH_TWO_PARTS] = {"年月日中两项相同", "two of year, month, day", 15},
    [BIRTH_YEAR] = {"仅同年", "year alone", 5},
    [BIRTH_DIFFERS] = {"不同", "differs", 20}};
static const struct link_level plain_levels[] = {{"缺", "missing", 0},
                                                 [LINK_SAME] = {"相同", "same", 950},
                                                 [PLAIN_DIFFERS] = {"不同", "differs", 50}};
static const struct link_level code_levels[] = {
    {"缺", "missing", 0},
    [LINK_SAME] = {"相同", "same", 850},
    [CODE_NEAR] = {"一处之差", "one edit", 80},
    [CODE_SIMILAR] = {"两处之差", "two edits", 20},
    [CODE_SWAPPED] = {"错列", "in the other column", 10},
    [CODE_DIFFERS] = {"不同", "differs", 40}};
static const struct link_level text_levels[] = {
    {"缺", "missing", 0},
    [LINK_SAME] = {"相同", "same", 700},
    [TEXT_NEAR] = {"几乎相同", "nearly the same", 150},
    [TEXT_CONTAINED] = {"一方包含另一方", "one holds the other", 30},
    [TEXT_SIMILAR] = {"相似", "similar", 50},
    [TEXT_SWAPPED] = {"错列", "in the other column", 20},
    [TEXT_DIFFERS] = {"不同", "differs", 50}};
static const struct link_level region_levels[] = {
    {"缺", "missing", 0},
    [LINK_SAME] = {"相同", "same", 800},
    [REGION_TOWNSHIP] = {"同乡镇", "same township", 100},
    [REGION_COUNTY] = {"同县", "same county", 60},
    [REGION_CITY] = {"同市", "same city", 20},
    [REGION_DIFFERS] = {"不同", "differs", 20}};

#define LEVELS(table) .levels = (table), .level_count = sizeof(table) / sizeof *(table)

const struct link_kind_row link_kinds[LINK_KINDS] = {
    [LINK_IDNO] = {"idno", "身份证号", "identity number", LINK_FAMILY_IDNO, LEVELS(idno_levels),
                   .strong = IDNO_TWO_DIGITS, .compare = level_idno},
    [LINK_NAME] = {"name", "姓名", "name", LINK_FAMILY_NAME, LEVELS(name_levels),
                   .strong = NAME_SIMILAR, .compare = level_name},
    [LINK_GIVEN] = {"given", "名", "given name", LINK_FAMILY_NAME, LEVELS(name_levels),
                    .strong = NAME_SIMILAR, .swapped = NAME_ORDER, .compare = level_name},
    [LINK_SURNAME] = {"surname", "姓", "surname", LINK_FAMILY_NAME, LEVELS(name_levels),
                      .is_shared = true, .swapped = NAME_ORDER, .compare = level_name},
    [LINK_BIRTH] = {"birth", "出生日期", "birth date", LINK_FAMILY_DATE, LEVELS(birth_levels),
                    .strong = BIRTH_ONE_DIGIT, .compare = level_birth},
    [LINK_SEX] = {"sex", "性别", "sex", LINK_FAMILY_SEX, LEVELS(plain_levels),
                  .compare = level_plain},
    [LINK_PHONE] = {"phone", "电话", "phone", LINK_FAMILY_PHONE, LEVELS(code_levels),
                    .is_shared = true, .compare = level_code},
    [LINK_ADDRESS] = {"address", "地址", "address", LINK_FAMILY_TEXT, LEVELS(text_levels),
                      .is_shared = true, .swapped = TEXT_SWAPPED, .compare = level_text},
    [LINK_PLACE] = {"place", "村镇地名", "place", LINK_FAMILY_PLACE, LEVELS(text_levels),
                    .is_shared = true, .compare = level_text},
    [LINK_REGION] = {"region", "区划代码", "region code", LINK_FAMILY_REGION, LEVELS(region_levels),
                     .is_shared = true, .compare = level_region},
    [LINK_POSTCODE] = {"postcode", "邮政编码", "postcode", LINK_FAMILY_CODE, LEVELS(code_levels),
                       .is_shared = true, .compare = level_code},
    [LINK_HOUSEHOLD] = {"household", "户编号", "household number", LINK_FAMILY_CODE,
                        LEVELS(code_levels), .is_shared = true, .compare = level_code},
    [LINK_HOUSEHOLDER] = {"householder", "户主或亲属姓名", "a relative's name", LINK_FAMILY_NAME,
                          LEVELS(name_levels), .is_shared = true, .compare = level_name},
    [LINK_CODE] = {"code", "编码", "code", LINK_FAMILY_CODE, LEVELS(code_levels),
                   .strong = CODE_SWAPPED, .swapped = CODE_SWAPPED, .compare = level_code}};

bool link_kind_find(struct str name, enum link_kind *ret)
{
    for (int i = 0; i < LINK_KINDS; i++) {
        if (str_is(name, link_kinds[i].name)) {
            *ret = (enum link_kind)i;
            return true;
        }
    }
    return false;
}
