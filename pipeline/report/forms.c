/* The tables of a bulletin. Their statements stand on the working tables of load.c and take no parameter:
 *
 *   w_lead    leads opened in the period, as known when it closed: unit, township, outcome, result code
 *   w_late    leads of earlier periods with a result taken since the period before closed
 *   w_alert   reasons of the leads opened in the period, with what was answered of each
 *   w_feed    what each list of the period said of each dataset
 *   w_rows    rows of each dataset's deliveries in the period */
#include "pipeline/report/report.h"

/* ---- Leads ---- */

/* Columns from LEADS on are the same for townships and departments. */
enum { NAME, LEADS, DUE, ON_TIME, LATE, OVERDUE, PENDING, CLOSED, WITHDRAWN, CHECKED, ENROLLED, MONITORED, REJECTED,
       CODE_10, CODE_11, CODE_21, CODE_30, CODE_31, CODE_40, CODE_50, CODE_51, CODE_52, CODE_53, CODE_54, CODE_70, UNREACHABLE,
       ON_TIME_RATE, ENROLLED_RATE };

#define LEAD_COLUMNS                                                                                                   \
    {"leads", "线索", "Leads", CELL_PEOPLE, 0, 0}, {"due", "应查", "Due", CELL_PEOPLE, 0, 0},                          \
    {"on_time", "按期核查", "On time", CELL_PEOPLE, 0, 0}, {"late", "逾期核查", "Late", CELL_PEOPLE, 0, 0},            \
    {"overdue", "逾期未查", "Overdue", CELL_PEOPLE, 0, 0}, {"pending", "未到期", "Pending", CELL_PEOPLE, 0, 0},        \
    {"closed", "未查自消", "Ended by itself", CELL_PEOPLE, 0, 0}, {"withdrawn", "撤回", "Withdrawn", CELL_PEOPLE, 0, 0}, \
    {"checked", "已核查", "Checked", CELL_PEOPLE, 0, 0}, {"enrolled", "已报纳入", "Reported for enrolment", CELL_PEOPLE, 0, 0}, \
    {"monitored", "已是监测对象", "Monitored already", CELL_PEOPLE, 0, 0}, {"rejected", "未纳入", "Not enrolled", CELL_PEOPLE, 0, 0}, \
    {"code_10", "10 拟纳入", "10 enrol", CELL_PEOPLE, 0, 0}, {"code_11", "11 先行帮扶", "11 fast track", CELL_PEOPLE, 0, 0}, \
    {"code_21", "21 拟回退", "21 reopen", CELL_PEOPLE, 0, 0}, {"code_30", "30 部门已解决", "30 solved", CELL_PEOPLE, 0, 0}, \
    {"code_31", "31 能自主应对", "31 can cope", CELL_PEOPLE, 0, 0}, {"code_40", "40 不符合条件", "40 does not qualify", CELL_PEOPLE, 0, 0}, \
    {"code_50", "50 数据有误", "50 data wrong", CELL_PEOPLE, 0, 0}, {"code_51", "51 查无此人", "51 wrong identity", CELL_PEOPLE, 0, 0}, \
    {"code_52", "52 已死亡", "52 died", CELL_PEOPLE, 0, 0}, {"code_53", "53 已迁出", "53 moved out", CELL_PEOPLE, 0, 0}, \
    {"code_54", "54 空挂户", "54 empty hukou", CELL_PEOPLE, 0, 0}, {"code_70", "70 拒绝", "70 refuses", CELL_PEOPLE, 0, 0}, \
    {"unreachable", "60 联系不上", "60 unreachable", CELL_PEOPLE, 0, 0},                                               \
    {"on_time_rate", "按期率", "On time, share of due", CELL_RATE, ON_TIME, DUE},                                      \
    {"enrolled_rate", "转化率", "Reported, share of checked", CELL_RATE, ENROLLED, CHECKED}

#define OUTCOME(o) " count(*) filter (where w.outcome = '" o "'),"
#define CODE(c) " count(*) filter (where w.is_checked and w.code = " c "),"
#define LEAD_COUNTS                                                                                                  \
    " count(*), count(*) filter (where w.outcome in ('on_time', 'late', 'overdue')),"                                \
    OUTCOME("on_time") OUTCOME("late") OUTCOME("overdue") OUTCOME("pending") OUTCOME("closed") OUTCOME("withdrawn")   \
    " count(*) filter (where w.is_checked), count(*) filter (where w.is_checked and w.code in (10, 11, 21)),"         \
    CODE("20") " count(*) filter (where w.is_checked and w.code not in (10, 11, 20, 21)),"                           \
    CODE("10") CODE("11") CODE("21") CODE("30") CODE("31") CODE("40") CODE("50") CODE("51") CODE("52") CODE("53") CODE("54") CODE("70") \
    " count(*) filter (where w.code = 60)"

static const struct report_relation lead_relations[] = {
    {LEADS, {DUE, PENDING, CLOSED, WITHDRAWN}},
    {DUE, {ON_TIME, LATE, OVERDUE}},
    {CHECKED, {ON_TIME, LATE}},
    {CHECKED, {ENROLLED, MONITORED, REJECTED}},
    {ENROLLED, {CODE_10, CODE_11, CODE_21}},
    {REJECTED, {CODE_30, CODE_31, CODE_40, CODE_50, CODE_51, CODE_52, CODE_53, CODE_54, CODE_70}},
    {0}};

static const struct report_column township_columns[] = {{"township", "乡镇", "Township", CELL_TEXT, 0, 0}, LEAD_COLUMNS};
static const char townships_sql[] =
    "select coalesce(w.township, '-')," LEAD_COUNTS " from w_lead w where w.unit = 'household'"
    " group by w.township_code, w.township order by w.township_code collate \"C\" nulls last";

static const struct report_column department_columns[] = {{"department", "部门", "Department", CELL_TEXT, 0, 0}, LEAD_COLUMNS};
static const char departments_sql[] =
    "select coalesce(max(n.title), d.department)," LEAD_COUNTS " from (select distinct lead_id, unnest(departments) as department"
    "  from w_alert) d join w_lead w on w.lead_id = d.lead_id and w.unit = 'household'"
    " left join w_department n on n.name = d.department group by d.department order by d.department collate \"C\"";

/* Off the roster and works: leads of other units, each row in its own. */
static const struct report_column other_columns[] = {{"unit", "单位", "Of", CELL_UNIT, 0, 0}, LEAD_COLUMNS};
static const char others_sql[] =
    "select case w.unit when 'person' then 'off_roster' else 'works_to_mend' end," LEAD_COUNTS
    " from w_lead w where w.unit <> 'household' group by w.unit order by w.unit";

/* ---- Late results ---- */

enum { LATE_NAME, LATE_RESULTS, LATE_ON_TIME, LATE_LATE, LATE_ENROLLED, LATE_OTHER, LATE_CORRECTED };
static const struct report_column late_columns[] = {
    {"township", "乡镇", "Township", CELL_TEXT, 0, 0},        {"results", "补报", "Reported late", CELL_PEOPLE, 0, 0},
    {"on_time", "其中按期核查", "Visited on time", CELL_PEOPLE, 0, 0}, {"late", "其中逾期核查", "Visited late", CELL_PEOPLE, 0, 0},
    {"enrolled", "其中已报纳入", "Reported for enrolment", CELL_PEOPLE, 0, 0}, {"others", "其中其他结果", "Other results", CELL_PEOPLE, 0, 0},
    {"corrected", "更正", "Corrected", CELL_PEOPLE, 0, 0}};
static const struct report_relation late_relations[] = {
    {LATE_RESULTS, {LATE_ON_TIME, LATE_LATE}}, {LATE_RESULTS, {LATE_ENROLLED, LATE_OTHER}}, {0}};
static const char late_sql[] =
    "select coalesce(w.township, '-'), count(*) filter (where w.was is null),"
    " count(*) filter (where w.was is null and w.is_on_time), count(*) filter (where w.was is null and not w.is_on_time),"
    " count(*) filter (where w.was is null and w.code in (10, 11, 21)), count(*) filter (where w.was is null and w.code not in (10, 11, 21)),"
    " count(*) filter (where w.was <> w.code) from w_late w where w.unit = 'household' and (w.was is null or w.was <> w.code)"
    " group by w.township_code, w.township order by w.township_code collate \"C\" nulls last";

/* ---- Rules ---- */

enum { RULE, RULE_TITLE, RULE_UNIT, ALERTS, ANSWERED, TRUE_ONES, UNTRUE, DATA_WRONG, OPEN, TAKEN_BACK, CONVERTED, TRUE_RATE, CONVERSION };
static const struct report_column rule_columns[] = {
    {"rule", "规则", "Rule", CELL_TEXT, 0, 0},            {"title", "名称", "Title", CELL_TEXT, 0, 0},
    {"unit", "单位", "Of", CELL_UNIT, 0, 0},              {"alerts", "预警", "Alerts", CELL_PEOPLE, 0, 0},
    {"answered", "已答复", "Answered", CELL_PEOPLE, 0, 0}, {"true", "属实", "True", CELL_PEOPLE, 0, 0},
    {"untrue", "不属实", "Untrue", CELL_PEOPLE, 0, 0},    {"data_wrong", "数据有误", "Data wrong", CELL_PEOPLE, 0, 0},
    {"unanswered", "未答复", "Not answered", CELL_PEOPLE, 0, 0}, {"withdrawn", "撤回", "Withdrawn", CELL_PEOPLE, 0, 0},
    {"enrolled", "属实且已报纳入", "True and reported", CELL_PEOPLE, 0, 0},
    {"true_rate", "属实率", "True, share of answered", CELL_RATE, TRUE_ONES, ANSWERED},
    {"conversion", "转化率", "Reported, share of answered", CELL_RATE, CONVERTED, ANSWERED}};
static const struct report_relation rule_relations[] = {
    {ALERTS, {ANSWERED, OPEN, TAKEN_BACK}}, {ANSWERED, {TRUE_ONES, UNTRUE, DATA_WRONG}}, {0}};
static const char rules_sql[] =
    "select w.rule, max(w.title), w.unit, count(*),"
    " count(*) filter (where not w.is_withdrawn and w.answer is not null), count(*) filter (where not w.is_withdrawn and w.answer = 'true'),"
    " count(*) filter (where not w.is_withdrawn and w.answer = 'untrue'),"
    " count(*) filter (where not w.is_withdrawn and w.answer = 'data_wrong'),"
    " count(*) filter (where not w.is_withdrawn and w.answer is null), count(*) filter (where w.is_withdrawn),"
    " count(*) filter (where not w.is_withdrawn and w.answer = 'true' and w.code in (10, 11, 21))"
    " from w_alert w group by w.rule, w.unit order by w.rule collate \"C\", w.unit";

/* ---- Data ---- */

enum { DATASET, DATASET_TITLE, LISTS, HEALTHY, FEED_LATE, INCOMPLETE, HELD, FAILED, LAST_COMPLETE, ROWS, REJECTED_ROWS, HEALTHY_RATE,
       REJECTED_RATE };
static const struct report_column feed_columns[] = {
    {"dataset", "数据集", "Dataset", CELL_TEXT, 0, 0},   {"title", "名称", "Title", CELL_TEXT, 0, 0},
    {"lists", "清单版数", "Lists", CELL_NUMBER, 0, 0},   {"healthy", "正常", "Healthy", CELL_NUMBER, 0, 0},
    {"late", "迟到", "Late", CELL_NUMBER, 0, 0},         {"incomplete", "不完整", "Incomplete", CELL_NUMBER, 0, 0},
    {"held", "暂挂", "Held", CELL_NUMBER, 0, 0},         {"failed", "失败", "Failed", CELL_NUMBER, 0, 0},
    {"last_complete", "最近完整", "Last complete", CELL_TEXT, 0, 0}, {"rows", "收到", "Rows", CELL_NUMBER, 0, 0},
    {"rejected", "问题数据", "Rejected", CELL_PEOPLE, 0, 0},
    {"healthy_rate", "正常率", "Healthy, share of lists", CELL_RATE, HEALTHY, LISTS},
    {"rejected_rate", "问题率", "Rejected, share of rows", CELL_RATE, REJECTED_ROWS, ROWS}};
static const char feeds_sql[] =
    "select f.dataset, max(f.title), count(*), count(*) filter (where f.healthy), count(*) filter (where f.verdict = 'late'),"
    " count(*) filter (where f.verdict = 'incomplete'), count(*) filter (where f.verdict = 'held'),"
    " count(*) filter (where f.verdict = 'failed'), coalesce(to_char(max(f.complete_on), 'YYYY-MM-DD'), ''),"
    " coalesce(max(r.received), 0), coalesce(max(r.rejected), 0)"
    " from w_feed f left join w_rows r on r.dataset = f.dataset group by f.dataset order by f.dataset collate \"C\"";

/* ---- All of them ---- */

#define COLUMNS(c) (c), sizeof(c) / sizeof *(c)
const struct report_form report_forms[] = {
    {"townships", "各乡镇", "Townships", "户", "households",
     "按开出日期计入本期;应查 = 按期核查 + 逾期核查 + 逾期未查;撤回的不计入逾期。",
     "Leads opened in the period; due = on time + late + overdue; what was withdrawn is not overdue.", townships_sql,
     COLUMNS(township_columns), lead_relations, true, CHART_PARTS, {ON_TIME, LATE, OVERDUE, PENDING, CLOSED}},
    {"departments", "各部门", "Departments", "户", "households",
     "一户的线索可由几个部门的数据引起,各部门都计一次,所以不设合计。",
     "A household's lead may rest on data of several departments and counts for each: no sum is given.", departments_sql,
     COLUMNS(department_columns), lead_relations, false, CHART_PARTS, {ON_TIME, LATE, OVERDUE, PENDING, CLOSED}},
    {"others", "名册外人员和工程", "Off the roster, and works", "各行自注", "each row its own", NULL, NULL, others_sql,
     COLUMNS(other_columns), lead_relations, false, CHART_NONE, {0}},
    {"rules", "各规则", "Rules", "各行自注", "each row its own", "按规则的对象计:人、户或处,互不相加。",
     "Each rule counts what it judges, persons, households or works; they are not added up.", rules_sql, COLUMNS(rule_columns),
     rule_relations, false, CHART_RATE, {CONVERSION}},
    {"late", "补报", "Reported late", "户", "households", "以前各期的线索,在上期结账之后、本期结账之前报来的结果。",
     "Results of leads of earlier periods, taken after the period before had closed and before this one did.", late_sql,
     COLUMNS(late_columns), late_relations, true, CHART_NONE, {0}},
    {"datasets", "数据及时性和质量", "Freshness and quality of data", "版、行", "lists, rows", NULL, NULL, feeds_sql,
     COLUMNS(feed_columns), NULL, false, CHART_RATE, {HEALTHY_RATE}},
};
const size_t report_form_count = sizeof report_forms / sizeof *report_forms;
