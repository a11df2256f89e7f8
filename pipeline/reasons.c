#include "pipeline/reasons.h"

#include "base/buf.h"

#define WORDS_MAX ((size_t)1 << 16)
#define BLANKS 4

static const struct reason_words words[] = {
    {"advertised * received *", "声明{1}条,收到{2}条", "{1} rows announced, {2} received"},
    {"total_changed", "读取中总数变了", "the total changed while it was read"},
    {"repeated_page", "重复返回同一页", "a page came twice"},
    {"repeated_token", "翻页标记重复", "a page token came twice"},
    {"too_many_pages", "页数超过上限(caps.pages)", "more pages than caps.pages allows"},
    {"unreachable *", "连不上或中断:{1}", "unreachable or broken off: {1}"},
    {"refused unknown_list", "收到的文件不属于送出的任何名单", "a file came back that belongs to no list sent"},
    {"refused old_list", "收到的文件属于已到期的名单", "a file came back of a list that is over"},
    {"refused *", "对方拒绝或内容不可读:{1}", "refused or unreadable: {1}"},
    {"unstorable *", "有内容无法入库:{1}", "something in it cannot be stored: {1}"},
    {"crashed", "读取进程多次异常退出", "its worker died again and again"},
    {"locked", "另一次取数占用", "another pull holds it"},
    {"no_roster", "没有底册", "there is no roster"},
    {"empty", "一条都没有", "it has no rows"},
    {"cut_off", "文件在一行中间结束(被截断),请部门重新放入完整文件",
     "a file ends in mid-line (truncated); ask the department for the whole file"},
    {"shrunk * to *", "由{1}条减到{2}条", "it shrank from {1} rows to {2}"},
    {"grown * to *", "近几次最多{1}条,这次{2}条", "{1} rows at most lately, {2} now"},
    {"few_rows * of *", "只有{1}条,至少应有{2}条", "{1} rows, where {2} are the least"},
    {"answered * of *", "答复{1}人,应问{2}人", "{1} persons answered of {2} that were due"},
    {"given_up *", "{1}人所在名单到期没有答复", "{1} persons are on name lists that grew old without an answer"},
    {"stopped unknown_list", "收到的文件不属于送出的任何名单,没有读取", "a file that belongs to no list sent was not taken"},
    {"stopped old_list", "收到的文件属于已到期的名单,没有读取", "a file of a list that is over was not taken"},
    {"stopped *", "提问中止:{1}", "the asking stopped: {1}"},
    {"many_rows * of *", "有{1}条,最多应有{2}条", "{1} rows, where {2} are the most"},
    {"rejected * of *", "{2}条中{1}条是问题数据", "{1} of {2} rows could not be taken"},
    {"blank * * of *", "字段{1}有{2}条为空(共{3}条)", "field {1} is blank in {2} of {3} rows"},
    {"few_values * * of *", "字段{1}只有{2}个不同值,至少应有{3}个",
     "field {1} has {2} different values, where {3} are the least"},
    {"many_values * over *", "字段{1}的不同值超过{2}个", "field {1} has more than {2} different values"},
    {"stale never", "没有一条写明日期", "no row says when it happened"},
    {"stale *", "最新一条是{1},数据陈旧", "its newest row is of {1}: it is stale"},
    {"missing_column * at *", "缺少列{1};若部门改了列名,改{2}", "column {1} is missing; if it has another name now, change {2}"},
    {"missing_column *", "缺少列{1}", "column {1} is missing"},
    {"renamed_column * -> * at *", "列{1}不见了,多出列{2},疑似改名;若是,把{3}改为{2}",
     "column {1} is gone and {2} is new, perhaps its new name; if so, write {2} in {3}"},
    {"retyped_column * * of * at *", "列{1}的{3}个值中{2}个不合原来的类型;若部门改了格式,改{4}",
     "{2} of {3} values of column {1} are not of its type; if the department changed it, change {4}"},
    {"new_column *", "多出列{1}", "column {1} is new"},
    {"new_columns *", "多出{1}列", "{1} columns are new"},
    {"unchanged_since *", "{1}以来没有新数据", "nothing new since {1}"},
    {"held_since *", "{1}到的数据待确认,此后没有新数据", "what came on {1} waits to be accepted; nothing since"},
    {"household_disagrees *", "{1}户的户编号与户内人员不一致", "{1} households disagree with their members"},
    {"unreadable_keys *", "{1}条读不出主键", "the key of {1} rows cannot be read"},
    {"accepted", "经人工接受", "a person accepted it"},
};

/* What each `*` stood for; false: another reason. A `*` in the middle is as short as can be, the last takes the rest. */
static bool matches(struct str s, const char *pattern, struct str blanks[BLANKS])
{
    for (size_t n = 0; *pattern != '\0';) {
        if (*pattern != '*') {
            if (s.n == 0 || s.p[0] != *pattern) {
                return false;
            }
            s = str_sub(s, 1, s.n);
            pattern++;
            continue;
        }
        struct str next = str_from(++pattern);
        next.n = str_find(next, '*');
        const char *at = next.n == 0 ? s.p + s.n : memmem(s.p, s.n, next.p, next.n);
        if (at == NULL || n == BLANKS) {
            return false;
        }
        blanks[n++] = str_of(s.p, (size_t)(at - s.p));
        s = str_sub(s, (size_t)(at - s.p), s.n);
    }
    return s.n == 0;
}

static struct str filled(struct arena *a, const char *text, const struct str blanks[BLANKS])
{
    struct buf b;
    enum rc rc = RC_OK;
    buf_init(&b, WORDS_MAX);
    for (const char *p = text; *p != '\0' && rc == RC_OK; p++) {
        if (p[0] == '{' && p[1] >= '1' && p[1] <= '0' + BLANKS && p[2] == '}') {
            rc = buf_puts(&b, blanks[p[1] - '1']);
            p += 2;
        } else {
            rc = buf_putc(&b, *p);
        }
    }
    struct str out = rc == RC_OK ? arena_str(a, buf_str(&b)) : STR_NULL;
    buf_done(&b);
    return out;
}

struct str reason_said(struct arena *a, const struct reason_words *list, size_t n, struct str reason)
{
    struct str blanks[BLANKS] = {{NULL, 0}};
    for (size_t i = 0; i < n; i++) {
        if (matches(reason, list[i].pattern, blanks)) {
            const char *text = tr(list[i].zh, list[i].en);
            return text == NULL ? STR_NULL : filled(a, text, blanks);
        }
    }
    return STR_NULL;
}

struct str reason_text(struct arena *a, struct str reason)
{
    struct str text = reason_said(a, words, sizeof words / sizeof *words, reason);
    return str_is_null(text) ? reason : text;
}
