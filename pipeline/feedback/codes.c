#include "pipeline/feedback/codes.h"

#include <stdio.h>

#include "base/err.h"
#include "base/text.h"

const struct result_code result_codes[] = {
    {10, "属实拟纳入", "true: enrol", NEEDS_TRUE, true, false, true},
    {11, "属实先行帮扶", "true: fast track", NEEDS_TRUE, true, false, true},
    {20, "已是监测对象", "monitored already", NEEDS_TRUE, true, false, false},
    {21, "属实拟回退", "true: reopen", NEEDS_TRUE, true, false, true},
    {30, "属实已由部门解决", "true: solved", NEEDS_TRUE, false, false, false},
    {31, "属实有自主应对能力", "true: can cope", NEEDS_TRUE, false, false, false},
    {40, "不符合条件", "does not qualify", NEEDS_ANY, false, false, false},
    {50, "数据有误", "data wrong", NEEDS_DATA_WRONG, false, true, false},
    {51, "查无此人或错号重户", "wrong identity", NEEDS_DATA_WRONG, false, true, false},
    {52, "已死亡", "died", FILLS_DATA_WRONG, false, true, false},
    {53, "已迁出", "moved out", FILLS_DATA_WRONG, false, true, false},
    {54, "空挂户", "empty hukou", FILLS_DATA_WRONG, false, true, false},
    {60, "联系不上", "unreachable", NEEDS_NONE, false, false, false},
    {70, "拒绝申请或授权", "refuses", NEEDS_ANY, false, false, false},
    {0, NULL, NULL, NEEDS_NONE, false, false, false},
};

const struct choice answer_choices[] = {
    {"true", "属实", "true"}, {"untrue", "不属实", "untrue"}, {"data_wrong", "数据有误", "data wrong"}, {NULL, NULL, NULL}};
const struct choice way_choices[] = {
    {"visit", "入户", "visit"}, {"phone", "电话", "phone"}, {"video", "视频", "video"}, {NULL, NULL, NULL}};
/* What the county decides of a lead before it goes out. */
const struct choice decision_choices[] = {{"dispatch", "派发", "dispatch"}, {"merge", "并案", "merge"}, {"wait", "暂缓", "wait"},
                                          {"drop", "不派发", "do not dispatch"}, {NULL, NULL, NULL}};

const struct result_code *result_code_find(int code)
{
    for (const struct result_code *c = result_codes; c->code != 0; c++) {
        if (c->code == code) {
            return c;
        }
    }
    return NULL;
}

static bool is_said(struct arena *a, struct str cell, const char *text)
{
    return str_eq(cell, text_squeeze(a, str_from(text)));
}

const struct result_code *result_code_read(struct arena *a, struct str cell)
{
    struct str said = text_squeeze(a, cell);
    for (const struct result_code *c = result_codes; c->code != 0; c++) {
        const char *number = arena_printf(a, "%d", c->code);
        if (str_is(said, number) || is_said(a, said, c->zh) || is_said(a, said, c->en) ||
            is_said(a, said, arena_printf(a, "%d%s", c->code, c->zh)) ||
            is_said(a, said, arena_printf(a, "%d%s", c->code, c->en))) {
            return c;
        }
    }
    return NULL;
}

const char *result_code_title(int code)
{
    static char text[64];
    const struct result_code *c = result_code_find(code);
    if (c == NULL) {
        return "";
    }
    (void)snprintf(text, sizeof text, "%d %s", c->code, tr(c->zh, c->en));
    return text;
}

const char *choice_read(const struct choice *choices, struct arena *a, struct str cell)
{
    struct str said = text_squeeze(a, cell);
    for (; choices->word != NULL; choices++) {
        if (is_said(a, said, choices->zh) || is_said(a, said, choices->en) || str_is(said, choices->word)) {
            return choices->word;
        }
    }
    return NULL;
}

const char *choice_title(const struct choice *choices, struct str word)
{
    for (; choices->word != NULL; choices++) {
        if (str_is(word, choices->word)) {
            return tr(choices->zh, choices->en);
        }
    }
    return "";
}

const char *choice_titles(const struct choice *choices, struct arena *a)
{
    const char *all = "";
    for (; choices->word != NULL; choices++) {
        all = arena_printf(a, "%s%s%s", all, *all == '\0' ? "" : tr("、", ", "), tr(choices->zh, choices->en));
    }
    return all;
}
