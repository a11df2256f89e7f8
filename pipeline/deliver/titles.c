/* What staff read for the words that programs keep. */
#include "pipeline/deliver/list.h"

struct title {
    const char *word, *zh, *en;
};

static const char *title_of(const struct title *table, struct str word)
{
    for (const struct title *t = table; t->word != NULL; t++) {
        if (str_is(word, t->word)) {
            return tr(t->zh, t->en);
        }
    }
    return "";
}

const char *sheet_title(enum sheet sheet)
{
    static const char *const zh[SHEETS] = {"新增", "风险变化", "已消除拟回退", "行业整改", "存量", "在办", "已消除", "名册外"};
    static const char *const en[SHEETS] = {"New", "Changed", "Reopen", "Works", "Standing", "Open", "Cleared", "Off roster"};
    return tr(zh[sheet], en[sheet]);
}

const char *level_title(struct str level)
{
    static const struct title table[] = {
        {"high", "高", "high"}, {"medium", "中", "medium"}, {"low", "低", "low"}, {NULL, NULL, NULL}};
    return title_of(table, level);
}

const char *state_title(struct str state)
{
    static const struct title table[] = {{"opened", "新开", "opened"},   {"open", "在办", "open"},
                                         {"escalated", "升级", "escalated"}, {"cleared", "已消除", "cleared"},
                                         {"answered", "已反馈", "answered"}, {"withdrawn", "已撤回", "withdrawn"},
                                         {NULL, NULL, NULL}};
    return title_of(table, state);
}

const char *kind_title(struct str kind)
{
    static const struct title table[] = {{"new", "新增", "new"},          {"changed", "风险变化", "changed"},
                                         {"reopen", "已消除拟回退", "reopen"}, {"off_roster", "名册外", "off roster"},
                                         {"works", "行业整改", "works"},  {"standing", "存量", "standing"},
                                         {NULL, NULL, NULL}};
    return title_of(table, kind);
}

const char *link_title(struct str link)
{
    static const struct title table[] = {{"exact", "精确匹配", "linked exactly"},
                                         {"corrected", "更正号码后匹配", "linked by a corrected number"},
                                         {"probable", "推定匹配", "linked as probable"},
                                         {"review", "人工判定匹配", "linked by a person"},
                                         {NULL, NULL, NULL}};
    return title_of(table, link);
}

const char *unit_title(struct str unit)
{
    static const struct title table[] = {{"yuan", "元", "yuan"},
                                         {"yuan/month", "元/月", "yuan/month"},
                                         {"yuan/year", "元/年", "yuan/year"},
                                         {"yuan/person/month", "元/人/月", "yuan/person/month"},
                                         {"yuan/person/year", "元/人/年", "yuan/person/year"},
                                         {"hour", "小时", "hours"},
                                         {"day", "天", "days"},
                                         {"calendar_day", "日", "calendar days"},
                                         {"working_day", "个工作日", "working days"},
                                         {"month_end", "个月后的月末", "months, to their end"},
                                         {"month", "个月", "months"},
                                         {"year", "年", "years"},
                                         {"time", "次", "times"},
                                         {"person", "人", "persons"},
                                         {"household", "户", "households"},
                                         {NULL, NULL, NULL}};
    return title_of(table, unit);
}

const char *verdict_title(struct str verdict)
{
    static const struct title table[] = {
        {"complete", "完整", "complete"}, {"unchanged", "无变化", "unchanged"}, {"incomplete", "不完整", "incomplete"},
        {"held", "暂挂", "held"},         {"failed", "失败", "failed"},        {"late", "逾期", "late"},
        {"not_due", "未到期", "not due"}, {NULL, NULL, NULL}};
    return title_of(table, verdict);
}

const char *edition_title(struct str state)
{
    static const struct title table[] = {
        {"open", "未出清单", "open"},           {"assessed", "已研判", "assessed"},   {"alerted", "已预警", "alerted"},
        {"published", "已出清单", "published"}, {"superseded", "已被新版次替代", "superseded"}, {"withdrawn", "已撤回", "withdrawn"},
        {NULL, NULL, NULL}};
    return title_of(table, state);
}

const char *delivery_title(struct str state)
{
    static const struct title table[] = {
        {"landing", "未读完", "landing"}, {"admitted", "已入库", "admitted"},   {"held", "待接受", "held"},
        {"expired", "已失效", "expired"}, {"discarded", "已丢弃", "discarded"}, {"nothing", "无新数据", "nothing"},
        {NULL, NULL, NULL}};
    return title_of(table, state);
}

const char *relation_title(struct str relation)
{
    static const struct title table[] = {{"head", "户主", "head"},
                                         {"spouse", "配偶", "spouse"},
                                         {"child", "子女", "child"},
                                         {"child_in_law", "儿媳或女婿", "child-in-law"},
                                         {"grandchild", "孙辈", "grandchild"},
                                         {"parent", "父母", "parent"},
                                         {"grandparent", "祖辈", "grandparent"},
                                         {"sibling", "兄弟姐妹", "sibling"},
                                         {"other", "其他", "other"},
                                         {NULL, NULL, NULL}};
    return title_of(table, relation);
}

const char *cause_title(struct str cause)
{
    static const struct title table[] = {{"condition_ended", "情况已消除", "the condition ended"},
                                         {"class_changed", "户类别已变更", "the household's class changed"},
                                         {"household_gone", "已不在底册", "no longer on the roster"},
                                         {"person_moved", "人员已转入另一户", "the person lives in another household now"},
                                         {"joined", "已纳入底册", "on the roster now"},
                                         {"withdrawn", "部门已移出名单", "the department took the person off its list"},
                                         {"rule_retired", "规则已停用", "the rule was retired"},
                                         {"link_undone", "匹配已撤销", "the link was undone"},
                                         {"taken_back", "县级撤回", "taken back by the county"},
                                         {"record_retracted", "部门已撤回记录", "the department took the record back"},
                                         {NULL, NULL, NULL}};
    int64_t code = 0; /* of an answered alert: its result's */
    if (str_to_i64(cause, &code) && code < 100) {
        return result_code_title((int)code);
    }
    const char *text = title_of(table, cause);
    return text[0] != '\0' || str_is_empty(cause) ? text : tr("例外成立", "an exception holds");
}
