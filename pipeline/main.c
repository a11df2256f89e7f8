/* The command tree. Parser, help, completion and manual are printed from these tables. */
#include "base/fault.h"
#include "base/log.h"
#include "pipeline/cmd.h"

#include <curl/curl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define OPTION_JSON {"json", NULL, "以 JSON 输出", "print JSON"}
#define OPTION_DATE {"date", "YYYY-MM-DD", "日期(默认今天,UTC+08:00)", "date (default: today at UTC+08:00)"}
#define OPTION_REASON {"reason", "TEXT", "理由(必填)", "reason (required)"}
#define OPTION_END {NULL, NULL, NULL, NULL}

static const struct cli_option init_options[] = {
    {"plan", NULL, "只打印将执行的 DDL", "only print the DDL"}, OPTION_END};
static const struct cli_option check_options[] = {OPTION_JSON, OPTION_END};
static const struct cli_option probe_options[] = {
    {"rows", "N", "显示多少行(默认 5)", "how many rows (default 5)"},
    {"suggest", NULL, "http:猜测记录位置、编码和分页,用最后一页核对", "http: guess records, encoding and paging, proved on the last page"},
    OPTION_END};
static const struct cli_option roster_options[] = {
    {"dry-run", NULL, "只显示变化,不入库", "only show what would change"}, OPTION_JSON, OPTION_END};
static const struct cli_option run_options[] = {
    OPTION_DATE,
    {"new-edition", NULL, "为最近日期另出一版", "a new edition of the latest date"},
    {"baseline", NULL, "只计数,不出清单", "count only, publish nothing"},
    OPTION_JSON,
    OPTION_END};
static const struct cli_option pull_options[] = {
    {"full", NULL, "不用增量,全部重取", "ignore watermarks, take everything"},
    {"from", "DATE", "增量:再读一遍从该日起的记录", "increments: read records again from that day on"},
    {"to", "DATE", "读到该日为止(含当日,默认今天);与 --from 同用", "up to and with that day (default today); with --from"},
    OPTION_END};
static const struct cli_option stage_options[] = {OPTION_DATE, OPTION_END};
static const struct cli_option accept_options[] = {
    {"because", "TEXT", "为什么可信(必填,记入审计)", "why it can be trusted (required, audited)"},
    {"reason", "TEXT", "同 --because", "the same"},
    OPTION_END};
static const struct cli_option reset_options[] = {
    {"watermark", "DATE", "增量从该日起重取", "an increment begins at that day"},
    {"all", NULL, "从头全部重取,取过的文件也重取", "from the beginning, files taken before too"},
    {"yes", NULL, "确认执行(否则只说明代价)", "do it (else only the cost is told)"},
    OPTION_END};
static const struct cli_option export_options[] = {
    {"to", "DIR", "写到哪个目录(默认 out/departments)", "folder to write to (default out/departments)"}, OPTION_END};
static const struct cli_option list_options[] = {OPTION_JSON, OPTION_END};
static const struct cli_option decide_options[] = {
    {"person", "NUMBER", "选定的候选编号", "the candidate chosen"}, OPTION_REASON, OPTION_END};
static const struct cli_option feedback_options[] = {
    {"history", "FILE", "以前人工核查过的台账:答复在办预警并冷却", "a ledger of what was verified before: it answers open alerts and cools"},
    {"dry-run", NULL, "只核对,不采纳", "only check, take nothing"},
    OPTION_JSON,
    OPTION_END};
static const struct cli_option dispatch_options[] = {
    {"dry-run", NULL, "只核对,不采纳", "only check, take nothing"}, OPTION_JSON, OPTION_END};
static const struct cli_option withdraw_options[] = {
    {"because", "TEXT", "为什么撤回(必填,写入撤回通知和审计)", "why (required; stands in the notice and the audit)"}, OPTION_END};
static const struct cli_option report_options[] = {
    {"publish", NULL, "供公布:不足 5 的数不写出", "to be published: counts under 5 are not shown"}, OPTION_JSON, OPTION_END};
static const struct cli_option explain_options[] = {OPTION_DATE, OPTION_JSON, OPTION_END};
static const struct cli_option new_options[] = {
    {"url", "URL", "接口地址,连同一页的参数", "address of the interface, with the parameters of one page"},
    {"header", "NAME=REFERENCE", "接口要的请求头,值写 ${env:NAME};与 --url 同用",
     "a header the interface wants, like X-Key=${env:KEY}; with --url"},
    {"body", "FILE", "请求用 POST,正文在此文件(JSON、XML 或表单);与 --url 同用",
     "a POST, its body in this file (JSON, XML or a form); with --url"},
    {"soap-action", "TEXT", "SOAPAction 请求头;与 --url 同用", "the SOAPAction header; with --url"},
    {"table", "TABLE", "表或视图:PostgreSQL,写了 --dialect 则经 ODBC", "a table or view: of PostgreSQL, or with --dialect behind ODBC"},
    {"connection", "CONNINFO", "连接串,可写 ${env:NAME};与 --table 同用", "its connection string, may be ${env:NAME}; with --table"},
    {"dialect", "mysql|oracle|...", "经 ODBC:数据库方言,见参考", "behind ODBC: what the server speaks, see the reference"},
    {"user", "NAME", "经 ODBC:用户名", "behind ODBC: the user"},
    {"password", "REFERENCE", "经 ODBC:密码的引用,如 ${env:NAME}", "behind ODBC: a reference to the password, like ${env:NAME}"},
    {"file", "SAMPLE", "样本文件(csv、xlsx、xls)", "a sample file (csv, xlsx, xls)"},
    OPTION_END};
static const struct cli_option compare_options[] = {
    {"key", "COLUMN", "哪一列是记录的键;两表不同名时写 左列,右列", "the column that names a record; LEFT,RIGHT where they differ"},
    {"map", "COLUMN=KIND,...", "某列是什么(idno、name、birth……,ignore 不用);左列:右列=类型 使两列成对",
     "what a column is (idno, name, birth ..., or ignore); LEFT:RIGHT=KIND pairs two columns"},
    {"out", "DIR", "写到哪个目录(默认 compare)", "folder to write to (default compare)"},
    {"truth", "FILE", "已知的对(CSV:左键,右键),给出精确率、召回率、F1", "known pairs (CSV: left key, right key): precision, recall and F1"},
    {"false-cost", "N", "错认一对抵得上人工看几对(默认 40)", "looks that a false link costs (default 40)"},
    {"missed-cost", "N", "漏掉一对抵得上人工看几对(默认 2)", "looks that a missed link costs (default 2)"},
    {"threads", "N", "用几个线程(默认全部);结果不变", "threads (default: all there are); the result is the same"},
    OPTION_JSON,
    OPTION_END};
static const struct cli_option train_options[] = {
    {"false-cost", "N", "错认一条抵得上人工看几条(默认 1000)", "looks that a false link costs (default 1000)"},
    {"missed-cost", "N", "漏掉一条抵得上人工看几条(默认 2)", "looks that a missed link costs (default 2)"},
    OPTION_JSON,
    OPTION_END};
static const struct cli_option no_options[] = {OPTION_END};

const struct cli_option common_options[] = {
    {"config", "DIR", "配置目录(默认 $BIDUI_CONFIG)", "configuration folder (default $BIDUI_CONFIG)"},
    {"english", NULL, "输出英文", "English output"},
    {"log-format", "logfmt|json", "日志格式", "log format"},
    OPTION_END};

const struct cli_command command_table[] = {
    {"init", "", 0, 0, init_options, "建立或升级数据库结构", "create or upgrade the database schema", cmd_init},
    {"check", "", 0, 0, check_options, "离线检查全部配置", "validate the whole configuration offline", cmd_check},
    {"probe", "DATASET", 1, 1, probe_options, "试连接,显示映射后的前几行(脱敏)",
     "connect and show the first mapped rows (masked)", cmd_probe},
    {"roster load", "[FILE...]", 0, -1, roster_options, "更新底册,先显示变化",
     "bring the roster up to date; first shows what would change", cmd_roster_load},
    {"run", "", 0, 0, run_options, "夜间全流程:取数、研判、预警、出清单", "the nightly: pull, assess, alert, deliver", cmd_run},
    {"pull", "[DATASET...]", 0, -1, pull_options, "只取数", "pull only", cmd_pull},
    {"assess", "", 0, 0, stage_options, "只研判", "assess only", cmd_assess},
    {"alert", "", 0, 0, stage_options, "只生成预警", "alert only", cmd_alert},
    {"deliver", "", 0, 0, stage_options, "只出清单", "deliver only", cmd_deliver},
    {"accept", "RUN DATASET", 2, 2, accept_options, "接受一次暂挂的来数", "admit a held delivery", cmd_accept},
    {"quarantine export", "DEPARTMENT", 1, 1, export_options, "给部门的问题数据反馈单(工作簿)",
     "a workbook of what a department has to correct", cmd_quarantine_export},
    {"review list", "", 0, 0, list_options, "列出待人工判定的匹配", "list links that need a person", cmd_review_list},
    {"review accept", "NUMBER", 1, 1, decide_options, "确认匹配", "accept a link", cmd_review_accept},
    {"review reject", "NUMBER", 1, 1, decide_options, "否定匹配", "reject a link", cmd_review_reject},
    {"link train", "", 0, 0, train_options, "由本县数据学习匹配权重,成为新的一版(link: probable)",
     "learn the weights of link: probable from the county's own data, as a new version", cmd_link_train},
    {"consent load", "FILE", 1, 1, no_options, "载入授权书登记(按人查询的依据)", "load consents that lookups ask by",
     cmd_consent_load},
    {"compare", "LEFT [RIGHT]", 1, 2, compare_options, "比对两份名单(CSV、XLSX),或查一份名单里的重复;不用数据库",
     "compare two lists (CSV, XLSX), or find the duplicates of one; no database", cmd_compare},
    {"feedback", "[FILE...]", 0, -1, feedback_options, "取回乡镇填好的核查结果(xlsx、xls、csv)",
     "take back verified results (xlsx, xls, csv)", cmd_feedback},
    {"dispatch", "FILE", 1, 1, dispatch_options, "按县级清单中的派发意见下发线索,写出交办单",
     "dispatch leads as decided in the county's workbook", cmd_dispatch},
    {"withdraw", "LEAD|RULE|RUN", 1, 1, withdraw_options, "撤回不该下发的线索", "take back what should not have gone out", cmd_withdraw},
    {"cases list", "", 0, 0, list_options, "上报纳入的户办到哪一步、期限、账账不符", "households reported for enrolment: step, deadline, not on the roster",
     cmd_cases_list},
    {"cases take", "FILE", 1, 1, dispatch_options, "取回办理步骤(县级清单的办理进度表,或台账)", "take the steps of cases (the county's sheet, or a ledger)",
     cmd_cases_take},
    {"cases diagram", "", 0, 0, no_options, "打印办理流程图(Mermaid)", "print the diagram of a case's life (Mermaid)", cmd_cases_diagram},
    {"returns", "", 0, 0, list_options, "反馈部门:应享未享、数据矛盾、死亡仍发放(每部门一个工作簿)",
     "back to departments: not served, conflicting, dead but paid (a workbook each)", cmd_returns},
    {"report", "MONTH|QUARTER|HALF|YEAR", 1, 1, report_options, "通报:2026-11、2026Q4、2026H2、2026(工作簿和网页)",
     "the bulletin of 2026-11, 2026Q4, 2026H2 or 2026 (workbook and page)", cmd_report},
    {"explain", "HOUSEHOLD|LEAD", 1, 1, explain_options, "为什么在(或不在)清单上",
     "why this household is on the list (or is not)", cmd_explain},
    {"rules list", "", 0, 0, list_options, "列出规则及版本", "list the rules and their versions", cmd_rules_list},
    {"rules show", "RULE", 1, 1, list_options, "一条规则:条件、参数现值及依据、数据集及其新旧",
     "one rule: its condition, parameters in force and their sources, datasets and how fresh they are", cmd_rules_show},
    {"status", "[DATASET]", 0, 1, list_options, "最近运行、来数情况、线索和期限;或一个数据集的全部状态",
     "last runs, feeds, open leads, deadlines; or all about one dataset", cmd_status},
    {"reset", "DATASET", 1, 1, reset_options, "下次取数从哪里开始;先说明代价", "where the next pull begins; tells the cost first",
     cmd_reset},
    {"watch", "", 0, 0, stage_options, "第二条定时任务:到点未出清单则报警", "the second cron line: alarms when no list is out",
     cmd_watch},
    {"connector new", "DEPARTMENT.DATASET", 1, 1, new_options, "由接口、表或样本文件起草部门文件",
     "draft a department's file from an interface, a table or a sample file", cmd_connector_new},
    {"connector docs", "", 0, 0, no_options, "打印部门文件全部键的说明", "print the reference of a department's file",
     cmd_connector_docs},
    {"connector schema", "", 0, 0, no_options, "打印部门文件的 JSON Schema(编辑器用)",
     "print a JSON Schema of a department's file, for editors", cmd_connector_schema},
    {"completion", "", 0, 0, no_options, "打印 bash 补全脚本", "print a bash completion script", cmd_completion},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL}};

int cmd_completion(struct cli_args *args)
{
    (void)args;
    cli_print_completion(command_table, common_options);
    return EXIT_PUBLISHED;
}

static void setup_output(int argc, char **argv)
{
    bool json = false;
    for (int i = 1; i < argc; i++) {
        json = json || strcmp(argv[i], "--log-format=json") == 0;
        if (strcmp(argv[i], "--english") == 0) {
            lang_set(true);
        }
    }
    const char *lang = getenv("BIDUI_LANG");
    if (lang != NULL && strcmp(lang, "en") == 0) {
        lang_set(true);
    }
    log_setup(getenv("BIDUI_DEBUG") != NULL ? LOG_DEBUG : LOG_INFO, json);
}

int main(int argc, char **argv)
{
    (void)setlocale(LC_ALL, "C"); /* nothing may depend on the locale */
    (void)umask(077);
    (void)signal(SIGPIPE, SIG_IGN); /* a peer that has gone, */
    (void)signal(SIGXFSZ, SIG_IGN); /* and a file that may not grow, are errors to be told, not deaths */
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* a core file would hold the roster and the keys */
    fault_setup();
    setup_output(argc, argv);
    (void)curl_global_init(CURL_GLOBAL_DEFAULT); /* before the first fork */
    return cli_main(argc, argv, command_table, common_options);
}
