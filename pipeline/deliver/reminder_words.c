#include "pipeline/deliver/reminder_words.h"

#include "pipeline/reasons.h"

/* Words of pull/proof.c and, behind `refused`, symbols of errors; without texts: a trouble of our own. */
static const struct reason_words words[] = {
    {"advertised * received *", "声明共{1}条,实际只读到{2}条,请核对后重新提供",
     "{1} rows were announced and {2} came; please check and provide them again"},
    {"total_changed", "读取过程中总条数变了,请在数据更新完以后提供", "the total changed while it was read; please provide it when it is up to date"},
    {"repeated_page", "翻页时反复返回同一页,请检查接口的翻页", "the same page came again; please check the paging of the interface"},
    {"repeated_token", "翻页时反复返回同一个翻页标记,请检查接口的翻页", "the same page token came again; please check the paging of the interface"},
    {"too_many_pages", "翻页没有尽头,请检查接口的翻页", "the pages had no end; please check the paging of the interface"},
    {"unreachable *", "连不上,或读到一半中断,请检查接口(服务器、网络)是否正常",
     "it could not be reached, or broke off; please check the interface (server, network)"},
    {"refused RC_AUTH", "拒绝了我方的账号、密钥或签名,请确认是否变更、停用或到期",
     "our account, key or signature was refused; please tell whether it was changed, disabled or has expired"},
    {"refused RC_HTTP", "接口返回错误,请查看接口日志", "the interface answered with an error; please see its log"},
    {"refused RC_FORMAT", "返回的内容或文件无法识别,请核对格式是否变更", "what came cannot be read; please tell whether its format was changed"},
    {"refused RC_VALUE", "返回的内容或文件无法识别,请核对格式是否变更", "what came cannot be read; please tell whether its format was changed"},
    {"refused RC_LIMIT", "单次返回的内容过大,请分页或分次提供", "what came at once was too large; please divide it"},
    {"refused RC_INCOMPLETE", "内容前后不一致或没有读全,请核对后重新提供", "it contradicts itself or ends early; please check and provide it again"},
    {"refused RC_SOURCE_DB", "数据库拒绝了查询,请核对账号权限,以及表(视图)和列是否变更",
     "the database refused the query; please check the account's rights, and whether table, view or columns were changed"},
    {"refused RC_NOT_READY", "文件没有到齐(或没有完成标记、校验文件)", "not all files are there (or no done marker, no checksum file)"},
    {"refused RC_DECRYPT", "数据无法解密,请确认密钥、算法是否变更", "it cannot be deciphered; please tell whether key or cipher was changed"},
    {"refused *", NULL, NULL},
    {"unstorable * page *", "第{2}页有无法保存的内容(非法字符,或超出范围的值),请核对", "page {2} holds something that cannot be stored (illegal characters, values out of range); please check"},
    {"empty", "一条数据都没有,请确认", "there was not a single row; please confirm"},
    {"shrunk * to *", "上次{1}条,这次只有{2}条,请确认是否完整", "there were {1} rows the last time and {2} now; please confirm that it is whole"},
    {"grown * to *", "近几次最多{1}条,这次{2}条,请确认有无重复或范围变更",
     "there were {1} rows at most lately and {2} now; please tell whether rows came twice or more is covered"},
    {"few_rows * of *", "只有{1}条,至少应有{2}条,请确认是否完整", "there were {1} rows, where {2} are the least; please confirm that it is whole"},
    {"many_rows * of *", "有{1}条,最多应有{2}条,请确认有无重复或范围变更",
     "there were {1} rows, where {2} are the most; please tell whether rows came twice or more is covered"},
    {"rejected * of *", "共{2}条,其中{1}条有错无法采用,请更正(可向我方索取问题数据反馈单)",
     "{1} of {2} rows are wrong and cannot be used; please correct them (ask us for the list of them)"},
    {"blank * * of *", "“{1}”列有{2}条为空(共{3}条),请补全", "column \"{1}\" is blank in {2} of {3} rows; please fill it in"},
    {"few_values * * of *", "“{1}”列只有{2}种不同的值,至少应有{3}种,请核对", "column \"{1}\" has {2} different values, where {3} are the least; please check"},
    {"many_values * over *", "“{1}”列的不同值超过{2}种,请核对", "column \"{1}\" has more than {2} different values; please check"},
    {"stale never", "没有一条写明日期,请核对", "no row says when it happened; please check"},
    {"stale *", "最新的一条是{1},请确认是否为最新数据", "its newest row is of {1}; please confirm that it is up to date"},
    {"missing_column * at *", "缺少“{1}”列;若改了列名,请告知新列名", "column \"{1}\" is missing; if it has another name now, please tell us"},
    {"missing_column *", "缺少“{1}”列;若改了列名,请告知新列名", "column \"{1}\" is missing; if it has another name now, please tell us"},
    {"renamed_column * -> * at *", "“{1}”列不见了,多出“{2}”列;请确认是否改名", "column \"{1}\" is gone and \"{2}\" is new; please tell whether it was renamed"},
    {"retyped_column * * of * at *", "“{1}”列的{3}个值中,{2}个与原来的格式不同;请确认是否改了格式或内容",
     "{2} of {3} values of column \"{1}\" are not as they were; please tell whether its format or meaning was changed"},
    {"new_column *", "多出“{1}”列,请告知其含义", "column \"{1}\" is new; please tell us what it means"},
    {"new_columns *", "多出{1}列,请告知其含义", "{1} columns are new; please tell us what they mean"},
};

/* "blank burden 6 of 100" with the department's name of the column. */
static const char *by_column(struct arena *a, const struct dataset *d, const char *reason)
{
    struct str rest = str_from(reason), word = str_cut(&rest, ' '), field = str_cut(&rest, ' ');
    if (!str_is(word, "blank") && !str_is(word, "few_values") && !str_is(word, "many_values")) {
        return reason;
    }
    for (size_t i = 0; i < d->field_count; i++) {
        if (str_is(field, d->fields[i].name)) {
            return arena_printf(a, "%.*s %s %.*s", STR_ARGS(word), d->columns[d->fields[i].column], STR_ARGS(rest));
        }
    }
    return reason;
}

struct str reminder_words(struct arena *a, const struct dataset *d, const char *reason)
{
    return reason_said(a, words, sizeof words / sizeof *words, str_from(by_column(a, d, reason)));
}
