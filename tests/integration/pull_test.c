/* Pulling CSV deliveries into facts, against a real server: landing, admission, resuming, twins,
 * held deliveries, questions and roster versions. tests/run-integration.sh sets PGHOST and kin, and
 * BIDUI_TEST_TMP. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/idno.h"
#include "base/log.h"
#include "pipeline/init.h"
#include "pipeline/pull/pull.h"
#include "pipeline/stage.h"

#define assert_ok(expr)                                                     \
    do {                                                                    \
        enum rc ok_rc_ = (expr);                                            \
        if (ok_rc_ != RC_OK) {                                              \
            fail_msg("%s: %s %s", #expr, err_symbol(ok_rc_), err_detail()); \
        }                                                                   \
    } while (0)
#define assert_sql(sql, wanted) assert_string_equal(text(sql), wanted)

static char folder[256], inbox[300], settings[300];
static struct config *config;
static struct db *db;
static struct arena *arena;
static struct edition edition;

/* ---- A deployment of its own ---- */

static void shell(const char *command)
{
    if (system(command) != 0) {
        fail_msg("%s", command);
    }
}

static void write_file(const char *path, const char *content)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(content, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void drop(const char *name, const char *content)
{
    char path[600];
    (void)snprintf(path, sizeof path, "%s/%s", inbox, name);
    write_file(path, content);
}

static const char department[] =
    "department: ward\n"
    "title: 试验部门\n"
    "connection: {kind: file, folder: \"${env:BIDUI_TEST_INBOX}\"}\n"
    "datasets:\n"
    "  bill:\n"
    "    title: 费用\n"
    "    grain: person\n"
    "    access: bulk\n"
    "    purpose: 试验\n"
    "    legal_basis: 试验\n"
    "    match: \"bill*.csv\"\n"
    "    format: {kind: csv, header: true}\n"
    "    after: keep\n"
    "    arrives: {every: day, grace: 2d}\n"
    "    key: [bill_no]\n"
    "    identity: {id_number: id, name: name}\n"
    "    fields:\n"
    "      bill_no:    {from: no, type: text}\n"
    "      paid_on:    {from: day, type: date, role: event_date}\n"
    "      burden:     {from: fee, type: money}\n"
    "      updated_at: {from: changed, type: instant}\n"
    "    updated_at: updated_at\n"
    "    quality: {max_shrink: 50%, on_new_column: warn, on_missing_column: hold}\n"
    "  visit:\n"
    "    title: 走访\n"
    "    grain: person\n"
    "    access: bulk\n"
    "    purpose: 试验\n"
    "    legal_basis: 试验\n"
    "    match: \"visit*.csv\"\n"
    "    format: {kind: csv, header: true}\n"
    "    after: keep\n"
    "    arrives: {every: event}\n"
    "    key: [visit_no]\n"
    "    incremental: {by: updated_at, overlap: 1d}\n"
    "    identity: {id_number: id, name: name}\n"
    "    fields:\n"
    "      visit_no:   {from: no, type: text}\n"
    "      kind:       {from: kind, type: text}\n"
    "      updated_at: {from: changed, type: instant}\n"
    "    quality: {on_new_column: warn, on_missing_column: hold}\n"
    "  call:\n"
    "    title: 电话\n"
    "    grain: person\n"
    "    access: bulk\n"
    "    purpose: 试验\n"
    "    legal_basis: 试验\n"
    "    match: \"call*.csv\"\n"
    "    format: {kind: csv, header: true}\n"
    "    after: keep\n"
    "    arrives: {every: event}\n"
    "    key: [call_no]\n"
    "    incremental: {by: updated_at, overlap: 12h}\n"
    "    identity: {id_number: id, name: name}\n"
    "    fields:\n"
    "      call_no:    {from: no, type: text}\n"
    "      called_on:  {from: day, type: date, role: event_date}\n"
    "      updated_at: {from: changed, type: instant}\n"
    "  house:\n"
    "    title: 房屋\n"
    "    grain: house\n"
    "    access: bulk\n"
    "    purpose: 试验\n"
    "    legal_basis: 试验\n"
    "    match: \"house*.csv\"\n"
    "    format: {kind: csv, header: true}\n"
    "    after: delete\n"
    "    arrives: {every: event}\n"
    "    key: [house_no]\n"
    "    identity: {id_number: id, name: name, village: village}\n"
    "    fields:\n"
    "      house_no: {from: no, type: text}\n"
    "      grade:    {from: grade, type: code, codes: house_grade}\n"
    "    quality: {on_new_column: warn, on_missing_column: hold}\n";

static void make_deployment(void)
{
    char command[2400], path[600];
    (void)snprintf(folder, sizeof folder, "%s/pull", getenv("BIDUI_TEST_TMP"));
    (void)snprintf(inbox, sizeof inbox, "%s/inbox", folder);
    (void)snprintf(settings, sizeof settings, "%s/config", folder);
    (void)snprintf(command, sizeof command,
                   "rm -rf '%s' && mkdir -p '%s' && cp -r '%s/config' '%s' && rm '%s'/rules/* &&"
                   " find '%s/connectors' -name '*.yaml' ! -name roster.yaml -delete",
                   folder, inbox, BIDUI_SOURCE_DIR, settings, settings, settings);
    shell(command);
    (void)snprintf(path, sizeof path, "%s/connectors/ward.yaml", settings);
    write_file(path, department);
}

static void set_environment(void)
{
    (void)setenv("BIDUI_DATABASE", "", 1);
    (void)setenv("BIDUI_OUT", folder, 1);
    (void)setenv("BIDUI_CODE_KEY",
                 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 1);
    (void)setenv("BIDUI_SEAL_KEY",
                 "1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100", 1);
    (void)setenv("ROSTER_DIR", inbox, 1);
    (void)setenv("BIDUI_TEST_INBOX", inbox, 1);
    (void)setenv("BIDUI_RETRY_BASE_MS", "1", 1);
}

static int set_up(void **state)
{
    (void)state;
    int changes = 0;
    log_setup(getenv("VERBOSE") != NULL ? LOG_DEBUG : LOG_ERROR, false);
    make_deployment();
    set_environment();
    arena = arena_new((size_t)256 << 20);
    assert_ok(config_load(settings, true, &config));
    for (const struct problem *p = config->problems.first; p != NULL; p = p->next) {
        if (!p->warning) {
            fail_msg("%s:%d: %s", p->file, p->line, p->message);
        }
    }
    assert_ok(db_open("", "bidui pull_test", &db));
    assert_ok(db_begin(db));
    assert_ok(db_exec(db, "drop schema if exists bidui cascade"));
    assert_ok(db_commit(db));
    assert_ok(init_schema(config, db, NULL, &changes));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    db_close(db);
    config_free(config);
    arena_free(arena);
    return 0;
}

/* ---- Nights ---- */

static struct stage take_edition(void)
{
    db_close(db); /* the run lock goes with the session, as between two runs */
    assert_ok(db_open("", "bidui run pull_test", &db));
    enum rc rc = edition_take(config, db, &edition);
    for (int i = 0; rc == RC_LOCKED && i < 50;
         i++) { /* the closed session may hold it for another moment */
        (void)usleep(20000);
        rc = edition_take(config, db, &edition);
    }
    assert_int_equal(rc, RC_OK);
    return (struct stage){config, db, edition, arena};
}

static struct stage open_stage(const char *day)
{
    date_t as_of = DATE_NONE;
    struct stage s = take_edition();
    assert_true(date_parse_iso(str_from(day), &as_of));
    assert_ok(edition_date(&s, as_of));
    return s;
}

static void close_edition(void)
{
    db_clear_fence(db);
    assert_ok(db_begin(db));
    assert_ok(db_exec(db, "update bidui.edition set state = 'published'"));
    assert_ok(db_commit(db));
}

static void pull(const char *day)
{
    struct stage s = open_stage(day);
    struct pull_options o = {0};
    assert_ok(stage_pull(&s, &o));
}

static void night(const char *day)
{
    pull(day);
    close_edition();
}

static const char *text(const char *sql)
{
    struct str s = STR_NULL;
    assert_ok(db_query_text(db, arena, sql, DB_NONE, &s));
    return str_is_null(s) ? "" : s.p;
}

/* An identity number of an unallocated region. */
static const char *id(int n)
{
    char digits[18];
    (void)snprintf(digits, sizeof digits, "99012119800101%03d", n);
    return arena_printf(arena, "%s%c", digits, idno_check_char(digits));
}

/* One digit off, so that its check fails. */
static const char *mistyped(int n)
{
    char *s = arena_cstr(arena, str_from(id(n)));
    s[9] = s[9] == '9' ? '8' : (char)(s[9] + 1);
    return s;
}

/* ---- The roster ---- */

static const char roster_head[] = "人编号,户编号,与户主关系,性别,出生日期,行政村编码,行政村名称,"
                                  "乡镇名称,户类型,户来源,监测对象类别,风险是否已消除,"
                                  "风险消除日期,人均纯收入（元）,是否危房户,是否解决安全饮用水,"
                                  "风险消除后是否住房损毁,风险消除后是否饮水设施损毁,"
                                  "是否参加城乡居民基本医疗保险,是否参加城镇职工基本医疗保险,"
                                  "是否参加大病保险,在校生状况,义务教育阶段未上学原因,"
                                  "是否义务教育阶段适龄儿童少年失学辍学,证件号码,姓名,联系电话\n";

struct resident {
    const char *person, *household, *relation, *village, *origin, *monitor, *cleared, *income;
    int number;
    const char *name;
};

static const char *roster_line(const struct resident *r)
{
    return arena_printf(arena,
                        "%s,%s,%s,男,1980-01-01,%s,%s村,石桥镇,农户,%s,%s,%s,,%s,否,是,否,否,是,否,"
                        "否,,,否,%s,%s,\n",
                        r->person, r->household, r->relation, r->village, r->village + 9, r->origin,
                        r->monitor, r->cleared, r->income, r->number == 0 ? "" : id(r->number),
                        r->name);
}

static void drop_roster(const char *name, const struct resident *r, size_t n)
{
    const char *all = roster_head;
    for (size_t i = 0; i < n; i++) {
        all = arena_printf(arena, "%s%s", all, roster_line(&r[i]));
    }
    drop(name, all);
}

static const struct resident residents[] = {
    {"P1", "H1", "户主", "990121001001", "脱贫户", "", "否", "9000.50", 1, "张三"},
    {"P2", "H1", "配偶", "990121001001", "脱贫户", "", "否", "9000.50", 2, "李四"},
    {"P3", "H2", "户主", "990121001001", "一般农户", "边缘易致贫户", "否", "8000", 3, "王五"},
    {"P4", "H3", "户主", "990121001002", "一般农户", "", "", "20000", 4, "赵六"},
    {"P5", "H4", "户主", "990121001002", "一般农户", "", "", "20000", 5, "张三"},
    {"P6", "H4", "配偶", "990121001002", "一般农户", "", "", "20000", 4,
     "孙七"}, /* shares 赵六's number */
    {"P7", "H5", "户主", "990121001001", "一般农户", "", "", "20000", 7, "周八"},
    {"P8", "H6", "户主", "990121001002", "一般农户", "", "", "20000", 8, "吴九"},
    {"P9", "H7", "户主", "990121001002", "一般农户", "", "", "20000", 9, "郑十"},
    {"P10", "H8", "户主", "990121001002", "一般农户", "", "", "20000", 10, "冯一"},
};
#define RESIDENTS (sizeof residents / sizeof residents[0])

#define FACTS(columns) \
    "select string_agg(concat_ws(' ', " columns "), '; ' order by record_key, learned) from "

static void first_night(const char *bills)
{
    drop_roster("roster-1.csv", residents, RESIDENTS);
    drop("bill-1.csv", bills);
    drop("visit-1.csv", "no,id,name,kind,changed\n");
    drop("house-1.csv", "no,id,name,village,grade\n");
    pull("2026-03-10");
}

/* ---- Tests ---- */

static void the_roster_becomes_versions(void **state)
{
    (void)state;
    first_night("no,id,name,day,fee,changed\n");
    assert_sql("select verdict || ' ' || state from bidui.delivery where dataset = 'roster.person'",
               "complete admitted");
    assert_sql("select string_agg(person_no || '=' || person_id, ' ' order by person_id) from "
               "bidui.person_key",
               "P1=1 P10=2 P2=3 P3=4 P4=5 P5=6 P6=7 P7=8 P8=9 P9=10");
    assert_sql("select string_agg(household_no || ' ' || class || ' ' || net_income || ' ' || "
               "village_code, '; '"
               " order by household_no) from bidui.household join bidui.household_key using "
               "(county, household_id)"
               " where household_no <= 'H3'",
               "H1 lifted 900050 990121001001; H2 monitored 800000 990121001001; H3 general "
               "2000000 990121001002");
    assert_sql("select string_agg(village_code || ' ' || township_code || ' ' || village_name, '; "
               "' order by 1)"
               " from bidui.village",
               "990121001001 990121001 001村; 990121001002 990121001 002村");
    assert_sql("select count(*)::text from bidui.landing_roster__person", "0");
    assert_sql("select count(*)::text from bidui.identity where id_number_state = 'valid' and "
               "id_number is not null",
               "10");
}

static void rows_become_facts(void **state)
{
    (void)state;
    first_night(
        arena_printf(arena,
                     "no,id,name,day,fee,changed\n"
                     "B1,%s,张三,2026-03-01,\"1,234.50\",2026-03-02 08:00:00\n"
                     "B2,%s,李 四,2026年3月,10,2026-03-02\n"
                     "B3,%s,陌生人,2026-03-01,99,2026-03-02\n" /* a stranger */
                     "B4,%s,王五,2026-03-01,7,2026-03-02\n"    /* mistyped, corrected by the name */
                     "B5,%s,陈九,2026-03-01,7,2026-03-02\n"    /* name conflict */
                     "B6,%s,赵六,2026-03-01,8,2026-03-02\n"    /* the name tells two apart */
                     "B7,%s,周八,2026-05-01,8,2026-03-02\n"    /* future */
                     "B8,%s,吴九,2026-03-01,八元,2026-03-02\n" /* no amount */
                     "B9,1.23457E+17,郑十,2026-03-01,8,2026-03-02\n", /* digits lost */
                     id(1), id(2), id(77), mistyped(3), id(7), id(4), id(7), id(8)));
    assert_sql(
        FACTS(
            "record_key, person_id, link, f_paid_on, f_paid_on_last, f_burden, updated_at") "bidui."
                                                                                            "fact_"
                                                                                            "ward__"
                                                                                            "bill",
        "B1 1 exact 2026-03-01 123450 2026-03-02 08:00:00; B2 3 exact 2026-03-01 2026-03-31 1000 "
        "2026-03-02 00:00:00;"
        " B4 4 corrected 2026-03-01 700 2026-03-02 00:00:00; B6 5 exact 2026-03-01 800 2026-03-02 "
        "00:00:00");
    assert_sql("select concat_ws(' ', verdict, state, received, strangers, landed, rejected, "
               "in_review) from bidui.delivery"
               " where dataset = 'ward.bill'",
               "complete admitted 9 1 4 3 1");
    assert_sql("select string_agg(concat_ws(' ', reason, column_name, row_number, candidates), '; "
               "' order by row_number)"
               " from bidui.quarantine",
               "event_date_future day 8 {8}; bad_money fee 9 {9}; id_unreadable id 10 {10}");
    assert_sql("select string_agg(concat_ws(' ', review_no, reason, candidates, state), '; ') from "
               "bidui.review",
               "1 name_conflict {8} open");
    assert_sql("select count(*)::text from bidui.landing_ward__bill", "0");
    assert_sql("select count(*)::text from bidui.landing_review", "0");
}

static void versions_follow_deliveries(void **state)
{
    (void)state;
    const char *head = "no,id,name,day,fee,changed\n";
    first_night(arena_printf(
        arena, "%sB1,%s,张三,2026-03-01,1,\nB2,%s,李四,2026-03-01,2,\nB3,%s,王五,2026-03-01,3,\n",
        head, id(1), id(2), id(3)));
    close_edition();
    drop("bill-2.csv",
         arena_printf(
             arena,
             "%sB4,%s,赵六,2026-03-01,4,\nB2,%s,李四,2026-03-01,20,\nB1,%s,张三,2026-03-01,1,\n",
             head, id(4), id(2), id(1)));
    night("2026-03-11");
    assert_sql(FACTS("record_key, learned, ended, ended_why, f_burden") "bidui.fact_ward__bill",
               "B1 1 100; B2 1 2 superseded 200; B2 2 2000; B3 1 2 vanished 300; B4 2 400");
    assert_sql("select verdict from bidui.delivery where dataset = 'roster.person' and edition = 2",
               "not_due");
    night("2026-03-12"); /* nothing new, in time */
    assert_sql("select verdict || ' ' || state from bidui.delivery where dataset = 'ward.bill' and "
               "edition = 3",
               "not_due nothing");
    night("2026-03-15");
    assert_sql("select verdict || ' ' || array_to_string(reasons, ',') from bidui.delivery"
               " where dataset = 'ward.bill' and edition = 4",
               "late unchanged_since 2026-03-11");
}

static void yesterdays_rows_under_a_new_name_are_unchanged(void **state)
{
    (void)state;
    const char *rows[] = {arena_printf(arena, "B1,%s,张三,2026-03-01,1,\n", id(1)),
                          arena_printf(arena, "B2,%s,李四,2026-03-01,2,\n", id(2))};
    first_night(arena_printf(arena, "no,id,name,day,fee,changed\n%s%s", rows[0], rows[1]));
    close_edition();
    drop("bill-2.csv", arena_printf(arena, "no,id,name,day,fee,changed\n%s%s", rows[1], rows[0]));
    night("2026-03-11");
    assert_sql("select verdict || ' ' || changed_on from bidui.delivery where dataset = "
               "'ward.bill' and edition = 2",
               "unchanged 2026-03-10");
    assert_sql(FACTS("record_key, learned, ended") "bidui.fact_ward__bill", "B1 1; B2 1");
}

#define HOUSE_VERDICT(edition) \
    "select verdict || ' ' || state from bidui.delivery where dataset = 'ward.house' and edition = " edition

static void the_same_file_sent_again_is_unchanged(void **state)
{
    (void)state;
    const char *houses = arena_printf(arena, "no,id,name,village,grade\nF1,%s,李四,990121001001,C级\n", id(2));
    first_night("no,id,name,day,fee,changed\n");
    close_edition();
    drop("house-1.csv", houses);
    night("2026-03-11");
    drop("house-2.csv", houses);
    night("2026-03-12");
    night("2026-03-13");
    assert_sql(HOUSE_VERDICT("2"), "complete admitted");
    assert_sql("select source_format from bidui.delivery where dataset = 'ward.house' and edition = 2", "csv utf-8");
    assert_sql(HOUSE_VERDICT("3"), "unchanged nothing");
    assert_sql(HOUSE_VERDICT("4"), "not_due nothing");
    assert_sql(FACTS("record_key, learned, ended") "bidui.fact_ward__house", "F1 2");
}

static void what_a_killed_run_left_lying_was_not_sent_again(void **state)
{
    (void)state;
    first_night("no,id,name,day,fee,changed\n");
    drop("house-1.csv", "no,id,name,village,grade\n"); /* as if it had not been put away */
    pull("2026-03-10");
    shell(arena_printf(arena, "test ! -e '%s/house-1.csv'", inbox));
    close_edition();
    night("2026-03-11");
    assert_sql(HOUSE_VERDICT("2"), "not_due nothing");
}

/* What was pulled before the edition had its date is asked again: nothing of the first answer is left. */
static void an_edition_with_another_date_starts_over(void **state)
{
    (void)state;
    const char *head = "no,id,name,day,fee,changed\n";
    first_night(arena_printf(arena, "%sB1,%s,张三,2026-03-01,1,\nB2,%s,李四,2026-03-01,2,\n", head, id(1), id(2)));
    close_edition();
    assert_int_equal(setenv("BIDUI_TODAY", "2026-03-11", 1), 0);
    drop("bill-2.csv", arena_printf(arena, "%sB1,%s,张三,2026-03-01,10,\nB3,%s,王五,2026-03-12,3,\nB4,%s,赵六,2026-03-01,4,\n",
                                    head, id(1), id(3), id(4)));
    struct stage s = take_edition();
    struct pull_options o = {0};
    assert_ok(stage_pull(&s, &o));
    assert_sql(FACTS("record_key, learned, ended, f_burden") "bidui.fact_ward__bill", "B1 1 2 100; B1 2 1000; B2 1 2 200; B4 2 400");
    assert_sql("select string_agg(reason, ' ') from bidui.quarantine where edition = 2", "event_date_future");
    drop("bill-2.csv", arena_printf(arena, "%sB1,%s,张三,2026-03-01,11,\nB2,%s,李四,2026-03-01,2,\nB3,%s,王五,2026-03-12,3,\n",
                                    head, id(1), id(2), id(3)));
    night("2026-03-13");
    assert_int_equal(unsetenv("BIDUI_TODAY"), 0);
    assert_sql(FACTS("record_key, learned, ended, f_burden") "bidui.fact_ward__bill", "B1 1 2 100; B1 2 1100; B2 1 200; B3 2 300");
    assert_sql("select concat_ws(' ', verdict, as_of, changed_on) from bidui.delivery where dataset = 'ward.bill' and edition = 2",
               "complete 2026-03-13 2026-03-13");
    assert_sql("select count(*)::text from bidui.quarantine where edition = 2", "0");
}

static const char *twins(void)
{
    return arena_printf(
        arena,
        "no,id,name,day,fee,changed\n"
        "B1,%s,张三,2026-03-01,1,2026-03-02\nB1,%s,张三,2026-03-01,2,2026-03-03\n" /* later wins */
        "B2,%s,李四,2026-03-01,2,2026-03-02\nB2,%s,李四,2026-03-01,2,2026-03-02\n" /* alike */
        "B3,%s,王五,2026-03-01,3,2026-03-02\nB3,%s,王五,2026-03-01,4,2026-03-02\n" /* undecided */
        "B4,%s,赵六,2026-03-01,3,2026-03-02\nB4,%s,赵六,2026-03-01,4,\n"           /* undecided */
        "B5,%s,周八,2026-03-01,5,2026-03-02\n",
        id(1), id(1), id(2), id(2), id(3), id(3), id(4), id(4), id(7));
}

static void twins_were_settled(int edition_number)
{
    assert_sql(arena_printf(arena, FACTS("record_key, f_burden") "bidui.fact_ward__bill where learned = %d",
                            edition_number),
               "B1 200; B2 200; B5 500");
    assert_sql("select string_agg(concat_ws(' ', reason, row_number, candidates), '; ' order by "
               "row_number)"
               " from bidui.quarantine",
               "two_versions 6 {4}; two_versions 7 {4}; two_versions 8 {5}; two_versions 9 {5}");
    assert_sql(arena_printf(arena,
                            "select concat_ws(' ', landed, rejected, repeats) from bidui.delivery where"
                            " dataset = 'ward.bill' and edition = %d",
                            edition_number),
               "3 4 2");
    assert_sql("select count(*)::text from bidui.landing_ward__bill", "0");
}

static void twins_are_settled(void **state)
{
    (void)state;
    first_night(twins());
    twins_were_settled(1);
}

static void twins_of_later_deliveries_are_settled(void **state)
{
    (void)state;
    first_night(arena_printf(arena, "no,id,name,day,fee,changed\nB9,%s,张三,2026-03-01,1,2026-03-02\n", id(1)));
    close_edition();
    drop("bill-2.csv", twins());
    night("2026-03-11");
    twins_were_settled(2);
}

/* ---- What stands as it came is not landed again ---- */

#define COUNTS "concat_ws(' ', verdict, received, landed, rejected, repeats)"

struct bill {
    const char *no;
    int number;
    const char *name, *fee, *changed;
};

static const char *bills(const struct bill *b, size_t n, bool backwards)
{
    const char *all = "no,id,name,day,fee,changed\n";
    for (size_t i = 0; i < n; i++) {
        const struct bill *at = &b[backwards ? n - 1 - i : i];
        all = arena_printf(arena, "%s%s,%s,%s,2026-03-01,%s,%s\n", all, at->no, id(at->number), at->name, at->fee, at->changed);
    }
    return all;
}

static void a_key_that_stands_may_come_otherwise_too(void **state)
{
    (void)state;
    static const struct bill second[] = {
        {"B1", 1, "张三", "1", "2026-03-02"}, /* as it stands */
        {"B1", 1, "张三", "9", "2026-03-05"}, /* and later */
        {"B2", 2, "李四", "2", "2026-03-02"},
        {"B2", 2, "李四", "2", "2026-03-02"}, /* again */
        {"B3", 3, "王五", "3", "2026-03-02"},
        {"B3", 3, "王五", "4", "2026-03-02"}, /* neither is later */
    };
    const struct bill first[] = {second[0], second[2], second[4]};
    for (int backwards = 0; backwards < 2; backwards++) {
        assert_int_equal(tear_down(NULL), 0);
        assert_int_equal(set_up(NULL), 0);
        first_night(bills(first, 3, false));
        close_edition();
        drop("bill-2.csv", bills(second, 6, backwards == 1));
        night("2026-03-11");
        assert_sql(FACTS("record_key, learned, ended, f_burden") "bidui.fact_ward__bill",
                   "B1 1 2 100; B1 2 900; B2 1 200; B3 1 300");
        assert_sql("select " COUNTS " from bidui.delivery where dataset = 'ward.bill' and edition = 2", "complete 6 2 2 2");
        assert_sql("select string_agg(reason || ' ' || candidates::text, ' ') from bidui.quarantine", "two_versions {4} two_versions {4}");
        assert_sql("select (select count(*) from bidui.landing_standing) || ' ' || count(*) from bidui.landing_ward__bill",
                   "0 0");
    }
}

static void what_stands_lands_when_its_delivery_is_held(void **state)
{
    (void)state;
    const char *head = "no,id,name,day,fee,changed\n";
    first_night(arena_printf(arena, "%sB1,%s,张三,2026-03-01,1,\nB2,%s,李四,2026-03-01,2,\nB3,%s,王五,2026-03-01,3,\n", head,
                             id(1), id(2), id(3)));
    close_edition();
    drop("bill-2.csv", arena_printf(arena, "%sB2,%s,李四,2026-03-01,2,\n", head, id(2)));
    night("2026-03-11");
    assert_sql("select " COUNTS " from bidui.delivery where dataset = 'ward.bill' and edition = 2", "held 1 1 0 0");
    assert_sql("select string_agg(record_key || ' ' || edition, ' ') from bidui.landing_ward__bill", "B2 2");
    struct stage s = {config, db, {.as_of = DATE_NONE}, arena};
    assert_ok(accept_delivery(&s, 2, STR("ward.bill"), "tester", "households moved"));
    night("2026-03-12");
    assert_sql(FACTS("record_key, learned, ended, ended_why") "bidui.fact_ward__bill", "B1 1 3 vanished; B2 1; B3 1 3 vanished");
}

/* It lands in the facts at first, where nobody may find it. */
static void a_first_delivery_that_is_held_leaves_no_facts(void **state)
{
    (void)state;
    first_night(arena_printf(arena,
                             "no,id,name,day,amount,changed\nB1,%s,张三,2026-03-01,1,2026-03-02\n"
                             "B1,%s,张三,2026-03-01,2,2026-03-02\nB2,%s,李四,2026-03-01,2,2026-03-03\n",
                             id(1), id(1), id(2)));
    close_edition();
    assert_sql("select concat_ws(' ', verdict, state, landed) from bidui.delivery where dataset = 'ward.bill'",
               "held held 3");
    assert_sql("select count(*)::text from bidui.fact_ward__bill", "0");
    assert_sql(FACTS("record_key, edition") "(select *, edition as learned from bidui.landing_ward__bill) l",
               "B1 1; B1 1; B2 1");
    struct stage s = {config, db, {.as_of = DATE_NONE}, arena};
    assert_ok(accept_delivery(&s, 1, STR("ward.bill"), "tester", "their new layout"));
    night("2026-03-11");
    assert_sql(FACTS("record_key, learned, updated_at") "bidui.fact_ward__bill",
               "B1 2 2026-03-02 00:00:00; B2 2 2026-03-03 00:00:00");
    assert_sql("select count(*)::text from bidui.landing_ward__bill", "0");
}

static void a_current_version_outlives_its_quarantined_successor(void **state)
{
    (void)state;
    first_night(arena_printf(
        arena, "no,id,name,day,fee,changed\nB1,%s,张三,2026-03-01,1,\nB2,%s,李四,2026-03-01,2,\n",
        id(1), id(2)));
    close_edition();
    drop("bill-2.csv",
         arena_printf(
             arena,
             "no,id,name,day,fee,changed\nB1,%s,张三,2026-03-01,x,\nB2,%s,李四,2026-03-01,2,\n",
             id(1), id(2)));
    night("2026-03-11");
    assert_sql(FACTS("record_key, learned, ended") "bidui.fact_ward__bill", "B1 1; B2 1");
}

static void a_record_without_a_key_hides_who_vanished(void **state)
{
    (void)state;
    const char *head = "no,id,name,day,fee,changed\n";
    const char *all = arena_printf(arena, "%sB1,%s,张三,2026-03-01,1,\nB2,%s,李四,2026-03-01,2,\n", head, id(1), id(2));
    first_night(arena_printf(arena, "%sB3,%s,王五,2026-03-01,3,\nB4,%s,赵六,2026-03-01,4,\n", all, id(3), id(4)));
    close_edition();
    drop("bill-2.csv", arena_printf(arena, "%sB3\n", all)); /* cut off: B3's, or another's? */
    night("2026-03-11");
    assert_sql(FACTS("record_key, ended") "bidui.fact_ward__bill", "B1; B2; B3; B4");
    assert_sql("select verdict || ' ' || array_to_string(reasons, ',') from bidui.delivery where dataset = 'ward.bill'"
               " and edition = 2",
               "complete unreadable_keys 1");
    drop("bill-3.csv", arena_printf(arena, "%s,%s,王五,2026-03-01,3,\n", all, id(3))); /* 王五's, whichever */
    night("2026-03-12");
    assert_sql(FACTS("record_key, ended, ended_why") "bidui.fact_ward__bill", "B1; B2; B3; B4 3 vanished");
    drop("bill-4.csv", all);
    night("2026-03-13");
    assert_sql(FACTS("record_key, ended") "bidui.fact_ward__bill", "B1; B2; B3 4; B4 3");
}

static void nobody_leaves_a_roster_with_unreadable_rows(void **state)
{
    (void)state;
    first_night("no,id,name,day,fee,changed\n");
    close_edition();
    drop_roster("roster-2.csv", residents, RESIDENTS - 1);
    shell(arena_printf(arena, "echo P10 >> '%s/roster-2.csv'", inbox));
    struct stage s = open_stage("2026-03-11");
    struct roster_diff diff;
    enum verdict verdict;
    struct pull_options o = {.roster_only = true};
    assert_ok(roster_preview(&s, &o, &diff, &verdict, NULL, NULL));
    assert_int_equal(diff.counts[ROSTER_LEFT], 0);
    assert_ok(stage_pull(&s, &o));
    close_edition();
    assert_ok(accept_delivery(&s, 2, STR("roster.person"), "tester", "one row only"));
    night("2026-03-12");
    assert_sql("select state || ' ' || array_to_string(reasons, ',') from bidui.delivery where dataset = 'roster.person'"
               " and edition = 2",
               "admitted rejected 1 of 10,unreadable_keys 1");
    assert_sql("select count(*)::text from bidui.person where ended is null", "10");
    assert_sql("select count(*)::text from bidui.household where ended is null", "8");
}

static void a_shrunken_delivery_is_held_until_accepted(void **state)
{
    (void)state;
    const char *head = "no,id,name,day,fee,changed\n";
    first_night(arena_printf(
        arena, "%sB1,%s,张三,2026-03-01,1,\nB2,%s,李四,2026-03-01,2,\nB3,%s,王五,2026-03-01,3,\n",
        head, id(1), id(2), id(3)));
    close_edition();
    drop("bill-2.csv", arena_printf(arena, "%sB1,%s,张三,2026-03-01,5,\n", head, id(1)));
    night("2026-03-11");
    assert_sql(
        "select verdict || ' ' || state || ' ' || array_to_string(reasons, ',') from bidui.delivery"
        " where dataset = 'ward.bill' and edition = 2",
        "held held shrunk 3 to 1");
    assert_sql(FACTS("record_key, learned, ended") "bidui.fact_ward__bill", "B1 1; B2 1; B3 1");
    struct stage s = {config, db, {.as_of = DATE_NONE}, arena};
    assert_int_equal(accept_delivery(&s, 1, STR("ward.bill"), "tester", "why"), RC_STATE);
    assert_int_equal(accept_delivery(&s, 9, STR("ward.bill"), "tester", "why"), RC_NOT_FOUND);
    assert_ok(accept_delivery(&s, 2, STR("ward.bill"), "tester", "households moved"));
    night("2026-03-12");
    assert_sql(FACTS("record_key, learned, ended, ended_why, f_burden") "bidui.fact_ward__bill",
               "B1 1 3 superseded 100; B1 3 500; B2 1 3 vanished 200; B3 1 3 vanished 300");
    assert_sql("select state || ' ' || decided_edition from bidui.delivery where dataset = "
               "'ward.bill' and edition = 2",
               "admitted 3");
    struct feed *feeds = NULL;
    size_t n = 0;
    struct stage at = {config, db, edition, arena};
    assert_ok(feeds_load(&at, &feeds, &n));
    const struct feed *bill = feeds_find(feeds, n, STR("ward.bill"));
    assert_true(bill->is_healthy);
    assert_int_equal(bill->last_complete, 2);
}

static void a_held_delivery_expires_with_a_later_one(void **state)
{
    (void)state;
    const char *head = "no,id,name,day,fee,changed\n";
    const char *full = arena_printf(
        arena, "%sB1,%s,张三,2026-03-01,1,\nB2,%s,李四,2026-03-01,2,\nB3,%s,王五,2026-03-01,3,\n",
        head, id(1), id(2), id(3));
    first_night(full);
    close_edition();
    drop("bill-2.csv", head);
    night("2026-03-11");
    assert_sql("select array_to_string(reasons, ',') from bidui.delivery where dataset = "
               "'ward.bill' and edition = 2",
               "empty");
    drop("bill-3.csv", arena_printf(arena, "%sB4,%s,赵六,2026-03-01,4,\n", full, id(4)));
    night("2026-03-12");
    assert_sql("select string_agg(state, ' ' order by edition) from bidui.delivery where dataset = "
               "'ward.bill'",
               "admitted expired admitted");
    assert_sql(FACTS("record_key, learned, ended") "bidui.fact_ward__bill",
               "B1 1; B2 1; B3 1; B4 3");
}

static void a_renamed_column_holds(void **state)
{
    (void)state;
    first_night(
        arena_printf(arena, "no,id,name,day,fee,changed\nB1,%s,张三,2026-03-01,1,\n", id(1)));
    close_edition();
    drop("bill-2.csv",
         arena_printf(arena, "no,id,name,day,amount,changed\nB1,%s,张三,2026-03-01,1,\n", id(1)));
    night("2026-03-11");
    assert_sql("select verdict || ': ' || array_to_string(reasons, ', ') from bidui.delivery"
               " where dataset = 'ward.bill' and edition = 2",
               "held: renamed_column fee -> amount at connectors/ward.yaml:20");
}

static void increments_add_and_replace(void **state)
{
    (void)state;
    drop_roster("roster-1.csv", residents, RESIDENTS);
    drop("bill-1.csv", "no,id,name,day,fee,changed\n");
    drop("house-1.csv", "no,id,name,village,grade\n");
    drop("visit-1.csv",
         arena_printf(
             arena,
             "no,id,name,kind,changed\nV1,%s,张三,a,2026-03-01\nV2,%s,李四,b,2026-03-02 10:00:00\n"
             "V3,%s,外人,z,2026-03-03 09:30:00\n",
             id(1), id(2), id(99)));
    night("2026-03-10");
    assert_sql(
        "select watermark || ' ' || strangers from bidui.delivery where dataset = 'ward.visit'",
        "2026-03-03T09:30:00.000000 1");
    drop("visit-2.csv",
         arena_printf(arena,
                      "no,id,name,kind,changed\nV2,%s,李四,c,2026-03-05\nV9,%s,王五,d,2026-03-05\n",
                      id(2), id(3)));
    night("2026-03-11");
    assert_sql(FACTS("record_key, learned, ended, ended_why, f_kind") "bidui.fact_ward__visit",
               "V1 1 a; V2 1 2 superseded b; V2 2 c; V9 2 d");
    assert_sql(
        "select asked_since from bidui.delivery where dataset = 'ward.visit' and edition = 2",
        "2026-03-02T09:30:00");
    drop("visit-3.csv",
         arena_printf(arena, "no,id,name,kind,changed\nV2,%s,李四,c,2026-03-05\n\n", id(2)));
    night("2026-03-12");
    assert_sql("select verdict from bidui.delivery where dataset = 'ward.visit' and edition = 3",
               "unchanged");
}

/* An increment: visits of a roster that was loaded before. */
static void visits(const char *name, const char *rows)
{
    drop(name, arena_printf(arena, "no,id,name,kind,changed\n%s", rows));
}

static void first_visits(const char *rows)
{
    drop_roster("roster-1.csv", residents, RESIDENTS);
    drop("bill-1.csv", "no,id,name,day,fee,changed\n");
    drop("house-1.csv", "no,id,name,village,grade\n");
    visits("visit-1.csv", rows);
    night("2026-03-10");
}

static void what_turns_out_a_strangers_is_taken_back(void **state)
{
    (void)state;
    first_visits(arena_printf(arena,
                              "V1,%s,张三,a,2026-03-01\nV2,%s,李四,b,2026-03-02\nV3,%s,王五,c,2026-03-02\n"
                              "V4,%s,赵六,d,2026-03-02\n",
                              id(1), id(2), id(3), id(4)));
    visits("visit-2.csv",
           arena_printf(arena,
                        "V1,%s,外人,a,2026-03-05\n"                              /* a stranger's number now */
                        "V2,%s,外人,b,2026-03-05\nV2,%s,李四,e,2026-03-06\n"    /* and back again */
                        "V3,%s,王五,f,2026-03-05\nV3,%s,外人,c,2026-03-06\n"    /* the later one counts */
                        "V9,%s,外人,z,2026-03-05\n",                             /* always was one */
                        id(99), id(98), id(2), id(3), id(97), id(96)));
    night("2026-03-11");
    assert_sql(FACTS("record_key, learned, ended, ended_why, f_kind") "bidui.fact_ward__visit",
               "V1 1 2 retracted a; V2 1 2 superseded b; V2 2 e; V3 1 2 retracted c; V4 1 d");
    assert_sql("select concat_ws(' ', verdict, received, strangers, landed, rejected) from bidui.delivery"
               " where dataset = 'ward.visit' and edition = 2",
               "complete 6 4 1 0");
    assert_sql("select count(*)::text from bidui.landing_ward__visit", "0");
}

static void questions_of_an_increment_close_with_it(void **state)
{
    (void)state;
    first_visits(arena_printf(arena, "V1,%s,陈九,a,2026-03-01\nV2,%s,陈九,b,2026-03-01\nV3,%s,陈九,c,2026-03-01\n", id(7),
                              id(8), id(9)));
    assert_sql("select string_agg(review_no || state, ' ' order by review_no) from bidui.review", "1open 2open 3open");
    visits("visit-2.csv", arena_printf(arena, "V1,%s,周八,a,2026-03-05\nV2,%s,陈九,b,2026-03-05\n", id(7), id(99)));
    night("2026-03-11");
    assert_sql("select string_agg(concat_ws(' ', candidates, state, sealed is null, decided_edition), '; ' order by "
               "candidates) from bidui.review",
               "{8} expired t 2; {9} expired t 2; {10} open f");
    assert_sql(FACTS("record_key, person_id, learned") "bidui.fact_ward__visit", "V1 8 2");
    assert_sql("select count(*)::text from bidui.landing_review", "0");
}

static void files_of_a_held_increment_come_again(void **state)
{
    (void)state;
    first_visits(arena_printf(arena, "V1,%s,张三,a,2026-03-01\n", id(1)));
    drop("visit-2.csv", arena_printf(arena, "no,id,name,sort,changed\nV2,%s,李四,b,2026-03-05\n", id(2)));
    night("2026-03-11");
    visits("visit-3.csv", arena_printf(arena, "V3,%s,王五,c,2026-03-06\n", id(3)));
    shell(arena_printf(arena, "sed -i 's/sort/kind/' '%s/visit-2.csv'", inbox)); /* mended by the department */
    night("2026-03-12");
    assert_sql("select string_agg(state, ' ' order by edition) from bidui.delivery where dataset = 'ward.visit'",
               "admitted expired admitted");
    assert_sql(FACTS("record_key, learned, f_kind") "bidui.fact_ward__visit", "V1 1 a; V2 3 b; V3 3 c");
    night("2026-03-13");
    assert_sql("select verdict from bidui.delivery where dataset = 'ward.visit' and edition = 4", "not_due");
}

static void an_accepted_increment_takes_its_files(void **state)
{
    (void)state;
    first_visits(arena_printf(arena, "V1,%s,张三,a,2026-03-01\n", id(1)));
    drop("visit-2.csv", arena_printf(arena, "no,id,name,sort,changed\nV2,%s,李四,b,2026-03-05\n", id(2)));
    night("2026-03-11");
    struct stage s = {config, db, {.as_of = DATE_NONE}, arena};
    assert_ok(accept_delivery(&s, 2, STR("ward.visit"), "tester", "they no longer say it"));
    visits("visit-3.csv", arena_printf(arena, "V3,%s,王五,c,2026-03-06\n", id(3)));
    night("2026-03-12");
    assert_sql(FACTS("record_key, learned, f_kind") "bidui.fact_ward__visit", "V1 1 a; V2 3; V3 3 c");
    assert_sql("select received || verdict from bidui.delivery where dataset = 'ward.visit' and edition = 3", "1complete");
}

/* A run that finishes 10 March on the 12th: what happened on the 11th is not of that day. */
static void a_record_of_tomorrow_is_asked_for_again(void **state)
{
    (void)state;
    drop_roster("roster-1.csv", residents, RESIDENTS);
    drop("bill-1.csv", "no,id,name,day,fee,changed\n");
    drop("house-1.csv", "no,id,name,village,grade\n");
    drop("call-1.csv", arena_printf(arena,
                                    "no,id,name,day,changed\nC1,%s,张三,2026-03-09,2026-03-09\nC2,%s,李四,2026-03-11,"
                                    "2026-03-11\nC3,%s,王五,2026-03-10,2026-03-12 08:00:00\n"
                                    "C4,%s,赵六,2062-03-01,2026-01-05\n", /* a mistyped year doesn't hold it up */
                                    id(1), id(2), id(3), id(4)));
    night("2026-03-10");
    assert_sql(FACTS("record_key") "bidui.fact_ward__call", "C1; C3");
    assert_sql("select watermark || ' ' || waiting_since from bidui.delivery where dataset = 'ward.call'",
               "2026-03-11T00:00:00.000000 2026-03-11 00:00:00");
    night("2026-03-11");
    assert_sql(FACTS("record_key, learned, ended") "bidui.fact_ward__call", "C1 1; C2 2; C3 1");
    assert_sql("select concat_ws(' ', verdict, asked_since, waiting_since) from bidui.delivery where dataset = 'ward.call'"
               " and edition = 2",
               "complete 2026-03-10T12:00:00");
    night("2026-03-12");
    assert_sql("select verdict from bidui.delivery where dataset = 'ward.call' and edition = 3", "not_due");
}

static void who_leaves_the_roster_keeps_a_past(void **state)
{
    (void)state;
    const char *rows = arena_printf(arena,
                                    "V1,%s,张三,a,2026-03-01\nV2,%s,冯一,b,2026-03-01\n"
                                    "V3,%s,李四,c,2026-03-01\nV3,%s,李四,d,2026-03-02\n" /* twins are no news either */
                                    "V4,%s,王五,e,2026-03-01\nV4,%s,王五,f,2026-03-01\n",
                                    id(1), id(10), id(2), id(2), id(3), id(3));
    first_visits(rows);
    drop_roster("roster-2.csv", residents, RESIDENTS - 1);
    visits("visit-2.csv", arena_printf(arena, "%s\n", rows));
    night("2026-03-11");
    assert_sql(FACTS("record_key, learned, ended") "bidui.fact_ward__visit", "V1 1; V2 1; V3 1");
    assert_sql("select verdict || strangers from bidui.delivery where dataset = 'ward.visit' and edition = 2",
               "unchanged1");
}

/* The same increment again, when somebody it tells of has joined the roster: the department has said nothing new. */
static void newcomers_are_no_news_of_the_department(void **state)
{
    (void)state;
    const char *rows = arena_printf(arena, "V1,%s,张三,a,2026-03-01\nV2,%s,冯一,b,2026-03-01\n", id(1), id(10));
    drop_roster("roster-1.csv", residents, RESIDENTS - 1);
    visits("visit-1.csv", rows);
    night("2026-03-10");
    assert_sql(FACTS("record_key, learned") "bidui.fact_ward__visit", "V1 1");
    drop_roster("roster-2.csv", residents, RESIDENTS);
    visits("visit-2.csv", arena_printf(arena, "%s\n", rows));
    night("2026-03-11");
    assert_sql(FACTS("record_key, learned") "bidui.fact_ward__visit", "V1 1; V2 2");
    assert_sql("select verdict || ' ' || changed_on from bidui.delivery where dataset = 'ward.visit' and edition = 2",
               "unchanged 2026-03-10");
}

static void saying_no_takes_back_what_was_a_fact(void **state)
{
    (void)state;
    first_visits(arena_printf(arena, "V1,%s,周八,a,2026-03-01\n", id(7)));
    visits("visit-2.csv", arena_printf(arena, "V1,%s,陈九,a,2026-03-05\n", id(7)));
    night("2026-03-11");
    assert_sql(FACTS("record_key, learned, ended") "bidui.fact_ward__visit", "V1 1");
    struct stage s = open_stage("2026-03-12");
    assert_ok(review_decide(&s, 1, false, 0, "tester", "somebody else"));
    assert_sql(FACTS("record_key, learned, ended, ended_why") "bidui.fact_ward__visit", "V1 1 3 retracted");
    assert_sql("select count(*)::text from bidui.landing_ward__visit", "0");
}

static void houses_find_their_households(void **state)
{
    (void)state;
    drop_roster("roster-1.csv", residents, RESIDENTS);
    drop("bill-1.csv", "no,id,name,day,fee,changed\n");
    drop("visit-1.csv", "no,id,name,kind,changed\n");
    drop("house-1.csv",
         arena_printf(arena,
                      "no,id,name,village,grade\n"
                      "F1,%s,李四,990121001001,C级\n"  /* by a member's number */
                      "F2,,张三,石桥镇002村,D\n"       /* householder's name within the village */
                      "F3,,李四,990121001001,A\n"      /* no householder of that name */
                      "F4,,周八,990121001002,A\n"      /* another village */
                      "F5,%s,王五,990121001001,B\n"    /* a stranger's valid number */
                      "F6,%s,王五,990121001001,E级\n", /* no such grade */
                      id(2), id(88), id(3)));
    night("2026-03-10");
    assert_sql(FACTS("record_key, household_no, link, f_grade") "bidui.fact_ward__house join "
                                                                "bidui.household_key using "
                                                                "(county, household_id)",
               "F1 H1 exact C; F2 H4 probable D");
    assert_sql("select string_agg(reason || ' ' || candidates::text, '; ') from bidui.quarantine",
               "bad_code {4}");
}

static void a_question_is_asked_once_and_its_answer_kept(void **state)
{
    (void)state;
    const char *conflict = arena_printf(arena, "B5,%s,陈九,2026-03-01,7,\n", id(7));
    const char *other = arena_printf(arena, "B6,%s,陈九,2026-03-01,9,\n", id(8));
    const char *head = "no,id,name,day,fee,changed\n";
    first_night(
        arena_printf(arena, "%s%s%sB1,%s,张三,2026-03-01,1,\n", head, conflict, other, id(1)));
    close_edition();
    drop("bill-2.csv",
         arena_printf(arena, "%s%s%sB1,%s,张三,2026-03-01,2,\n", head, conflict, other, id(1)));
    night("2026-03-11");
    assert_sql("select string_agg(concat_ws(' ', review_no, edition, state), '; ' order by "
               "review_no) from bidui.review",
               "1 2 open; 2 2 open");
    struct stage s = open_stage("2026-03-12");
    struct review_item *items = NULL;
    size_t n = 0;
    assert_ok(review_list(&s, 0, &items, &n));
    assert_int_equal(n, 2);
    assert_int_equal(items[0].candidate_count, 1);
    bool first_is_five = items[0].candidates[0].subject == 8;
    int64_t five = items[first_is_five ? 0 : 1].review_no,
            six = items[first_is_five ? 1 : 0].review_no;
    assert_non_null(strstr(items[first_is_five ? 0 : 1].candidates[0].text.p, "周*"));
    assert_null(strstr(items[0].candidates[0].text.p, id(7)));
    assert_ok(review_decide(&s, five, true, 0, "tester", "maiden name"));
    assert_ok(review_decide(&s, six, false, 0, "tester", "somebody else"));
    assert_int_equal(review_decide(&s, six, false, 0, "tester", "again"), RC_NOT_FOUND);
    assert_sql(
        FACTS("record_key, person_id, link, learned, ended, f_burden") "bidui.fact_ward__bill",
        "B1 1 exact 1 2 100; B1 1 exact 2 200; B5 8 review 3 700");
    drop("bill-3.csv",
         arena_printf(arena, "%s%s%sB1,%s,张三,2026-03-01,3,\n", head, conflict, other, id(1)));
    struct pull_options o = {0};
    assert_ok(stage_pull(&s, &o));
    assert_sql(
        FACTS("record_key, person_id, link, learned, ended, f_burden") "bidui.fact_ward__bill "
                                                                       "where ended is null",
        "B1 1 exact 3 300; B5 8 review 3 700");
    assert_sql("select string_agg(concat_ws(' ', state, sealed is null), '; ' order by state) from "
               "bidui.review",
               "accepted t; rejected t");
    assert_sql("select concat_ws(' ', landed, strangers, in_review) from bidui.delivery where "
               "dataset = 'ward.bill' and edition = 3",
               "2 1 0");
}

static void a_month_later_the_doors_are_empty(void **state)
{
    (void)state;
    first_night(arena_printf(
        arena, "no,id,name,day,fee,changed\nB5,%s,陈九,2026-03-01,7,\nB8,%s,吴九,2026-03-01,x,\n",
        id(7), id(8)));
    assert_sql("select (select count(*) from bidui.review where sealed is not null)"
               " + (select count(*) from bidui.quarantine where sealed is not null) || ''",
               "2");
    close_edition();
    night("2026-04-08");
    assert_sql("select state || (sealed is null)::text from bidui.review", "openfalse");
    night("2026-04-09");
    assert_sql("select state || (sealed is null)::text from bidui.review", "expiredtrue");
    assert_sql("select emptied::text || (sealed is null)::text from bidui.quarantine", "truetrue");
}

/* ---- The roster's versions ---- */

static void collect(void *ctx, enum roster_change kind, struct str household_no)
{
    struct buf *out = ctx;
    assert_ok(buf_printf(out, "%s %.*s\n", roster_change_word(kind), STR_ARGS(household_no)));
}

static void the_roster_moves_on(void **state)
{
    (void)state;
    first_night("no,id,name,day,fee,changed\n");
    close_edition();
    struct resident next[RESIDENTS];
    memcpy(next, residents, sizeof next);
    next[1] = (struct resident){"P2", "H9",      "户主", "990121001001", "脱贫户", "",
                                "否", "9000.50", 2,      "李四"}; /* split */
    next[2].cleared = "是";                                       /* cleared, class */
    next[3] = (struct resident){"P4", "H5",    "配偶", "990121001001", "一般农户", "",
                                "",   "20000", 4,      "赵六"}; /* H3 merged into H5 */
    next[7] = (struct resident){"P11", "H10",   "户主", "990121001002", "一般农户", "",
                                "",    "20000", 11,     "褚二"}; /* H6 left, H10 joined */
    next[4].relation = "配偶";
    next[5].relation = "户主"; /* new householder of H4 */
    struct buf out;
    buf_init(&out, 4096);
    struct stage s = open_stage("2026-03-11");
    drop_roster("changed.csv", next, RESIDENTS);
    const char *file = arena_printf(arena, "%s/changed.csv", inbox);
    struct pull_options o = {.roster_files = &file, .roster_file_count = 1, .roster_only = true};
    struct roster_diff diff;
    enum verdict verdict = VERDICT_NONE;
    assert_ok(roster_preview(&s, &o, &diff, &verdict, collect, &out));
    assert_int_equal(verdict, VERDICT_COMPLETE);
    assert_ok(buf_putc(&out, '\0'));
    assert_string_equal(
        out.p,
        "joined H10\nleft H6\nsplit H9\nmerged H3\nnew_householder H4\nclass H2\ncleared H2\n");
    buf_done(&out);
    assert_sql("select state from bidui.delivery where dataset = 'roster.person' and edition <> 1",
               "landing");
    assert_sql("select count(*)::text from bidui.person where ended is not null", "0");
    assert_sql("select count(*)::text from bidui.person_key", "10");
    assert_ok(stage_pull(&s, &o));
    assert_sql("select string_agg(concat_ws(' ', person_no, household_no, learned, p.ended), '; ' "
               "order by person_no, learned)"
               " from bidui.person p join bidui.person_key using (county, person_id)"
               " join bidui.household_key using (county, household_id) where person_no in ('P1', "
               "'P2', 'P4', 'P8', 'P11')",
               "P1 H1 1; P11 H10 2; P2 H1 1 2; P2 H9 2; P4 H3 1 2; P4 H5 2; P8 H6 1 2");
    assert_sql("select string_agg(concat_ws(' ', household_no, class, learned, ended), '; ' order "
               "by household_no, learned)"
               " from bidui.household join bidui.household_key using (county, household_id) where "
               "household_no in ('H2', 'H3', 'H6', 'H9')",
               "H2 monitored 1 2; H2 general 2; H3 general 1 2; H6 general 1 2; H9 lifted 2");
    /* the file was a slip: another one, while the edition is still open, replaces what it taught */
    drop_roster("corrected.csv", residents, RESIDENTS);
    file = arena_printf(arena, "%s/corrected.csv", inbox);
    assert_ok(roster_preview(&s, &o, &diff, &verdict, NULL, NULL));
    assert_int_equal(diff.counts[ROSTER_LEFT] + diff.counts[ROSTER_MERGED], 2);
    assert_sql("select string_agg(state || edition, ' ' order by edition) from bidui.delivery "
               "where dataset = 'roster.person'",
               "admitted1 admitted2");
    assert_sql("select count(*)::text from bidui.landing_roster__person", "0");
    assert_ok(stage_pull(&s, &o));
    assert_sql("select count(*)::text from bidui.person where ended is null", "10");
    assert_sql("select string_agg(concat_ws(' ', household_no, learned), '; ' order by "
               "household_no, learned)"
               " from bidui.household join bidui.household_key using (county, household_id)"
               " where household_no in ('H9', 'H10', 'H6') and ended is null",
               "H6 2");
}

static void a_shrunken_roster_is_held(void **state)
{
    (void)state;
    first_night("no,id,name,day,fee,changed\n");
    close_edition();
    drop_roster("roster-2.csv", residents, 5);
    night("2026-03-11");
    assert_sql("select verdict from bidui.delivery where dataset = 'roster.person' and edition = 2",
               "held");
    assert_sql("select count(*)::text from bidui.person where ended is null", "10");
}

static void nothing_is_pulled_without_a_roster(void **state)
{
    (void)state;
    drop("bill-1.csv",
         arena_printf(arena, "no,id,name,day,fee,changed\nB1,%s,张三,2026-03-01,1,\n", id(1)));
    night("2026-03-10");
    assert_sql("select verdict || array_to_string(reasons, '') from bidui.delivery where dataset = "
               "'ward.bill'",
               "failedno_roster");
    drop_roster("roster-1.csv", residents, RESIDENTS);
    night("2026-03-11");
    assert_sql(FACTS("record_key, learned") "bidui.fact_ward__bill", "B1 2");
}

/* ---- Sources that misbehave ---- */

/* One read of a scripted source: a page of `rows` bills numbered from `first`, or another answer.
 */
struct step {
    enum answer answer;
    int first, rows;
    int64_t advertised;
    const char *token;
    int failures; /* CONN_RETRY so often before it */
};
static const struct step *script;
static size_t script_n;
static bool script_resumes;
static const char *script_fee = "5";
static void (*script_aside)(void); /* happens while the source is read */
static int script_breaks; /* so often a source without positions breaks off and begins again */

struct scripted {
    size_t at;
    int failed;
};

static enum rc scripted_open(const struct source *source, void **ret_state)
{
    struct scripted *s = calloc(1, sizeof *s);
    int64_t at = 0;
    assert_non_null(s);
    if (str_to_i64(source->position, &at)) {
        s->at = (size_t)at;
    }
    *ret_state = s;
    return RC_OK;
}

/* The columns in the order the dataset asks for: no, day, fee, changed, then id, name. */
static void fill_bill(struct page *page, struct str *row, int n)
{
    const struct dataset *d = config_dataset(config, STR("ward.bill"));
    for (size_t i = 0; i < d->column_count; i++) {
        const char *c = d->columns[i];
        const char *v = strcmp(c, "no") == 0     ? arena_printf(page->arena, "B%d", n)
                        : strcmp(c, "day") == 0  ? "2026-03-01"
                        : strcmp(c, "fee") == 0  ? script_fee
                        : strcmp(c, "id") == 0   ? id(1)
                        : strcmp(c, "name") == 0 ? "张三"
                                                 : NULL;
        row[i] = str_from(v);
    }
}

static enum answer scripted_read(void *state, struct page *page, int64_t *ret_retry_after_ms)
{
    struct scripted *s = state;
    if (s->at >= script_n) {
        return CONN_END;
    }
    const struct step *step = &script[s->at];
    if (script_aside != NULL) {
        script_aside();
        script_aside = NULL;
    }
    *ret_retry_after_ms = 0;
    if (s->at > 0 && script_breaks > 0) {
        script_breaks--;
        s->at = 0;
        return err_fail(RC_NET, "scripted") == RC_NET ? CONN_RETRY : CONN_STOP;
    }
    if (s->failed < step->failures) {
        s->failed++;
        return err_fail(RC_NET, "scripted") == RC_NET ? CONN_RETRY : CONN_STOP;
    }
    s->failed = 0;
    s->at++;
    if (step->answer != CONN_PAGE) {
        return err_fail(RC_FORMAT, "scripted") == RC_FORMAT ? step->answer : CONN_STOP;
    }
    size_t columns = config_dataset(config, STR("ward.bill"))->column_count;
    page->rows = (size_t)step->rows;
    page->values = arena_array(page->arena, page->rows * columns, sizeof *page->values);
    page->first_row = step->first;
    for (int i = 0; i < step->rows; i++) {
        fill_bill(page, page->values + (size_t)i * columns, step->first + i);
    }
    page->advertised = step->advertised;
    page->token = str_from(step->token);
    page->position = script_resumes ? str_from(arena_printf(page->arena, "%zu", s->at)) : STR("");
    crypto_hash(&config->code_key, str_from(arena_printf(page->arena, "%d", step->first)),
                page->hash);
    return CONN_PAGE;
}

static void scripted_close(void *state)
{
    free(state);
}

static const struct connector scripted = {
    .kind = "scripted", .open = scripted_open, .read = scripted_read, .close = scripted_close};

/* "verdict: reasons | received landed | facts" of a night with that source. */
static const char *scripted_night(const struct step *steps, size_t n)
{
    struct stage s = open_stage("2026-03-11");
    script = steps;
    script_n = n;
    for (size_t i = 0; i < config->department_count; i++) {
        if (strcmp(config->departments[i].name, "ward") == 0) {
            config->departments[i].connector = &scripted;
        }
    }
    const struct dataset *bill = config_dataset(config, STR("ward.bill"));
    struct pull_options o = {.datasets = &bill, .dataset_count = 1};
    assert_ok(stage_pull(&s, &o));
    return text("select concat_ws(' ', verdict || ':', nullif(array_to_string(reasons, ','), ''), "
                "'|', received, landed, '|',"
                " (select count(*) from bidui.fact_ward__bill where ended is null))"
                " from bidui.delivery where dataset = 'ward.bill' order by edition desc limit 1");
}

#define NIGHT(...)                                     \
    scripted_night((const struct step[]){__VA_ARGS__}, \
                   sizeof((const struct step[]){__VA_ARGS__}) / sizeof(struct step))

static void only_a_roster(void)
{
    drop_roster("roster-1.csv", residents, RESIDENTS);
    struct stage s = open_stage("2026-03-10");
    struct pull_options o = {.roster_only = true};
    assert_ok(stage_pull(&s, &o));
    close_edition();
    script_resumes = true;
}

static void whole_sources_are_complete(void **state)
{
    (void)state;
    only_a_roster();
    assert_string_equal(NIGHT({CONN_PAGE, 0, 3, 5, "a", 0}, {CONN_PAGE, 3, 2, 5, "b", 4},
                              {CONN_PAGE, 9, 0, 5, "c", 0}),
                        "complete: | 5 5 | 5");
}

static void repeats_and_false_totals_are_incomplete(void **state)
{
    (void)state;
    only_a_roster();
    assert_string_equal(NIGHT({CONN_PAGE, 0, 3, -1, "a", 0}, {CONN_PAGE, 0, 3, -1, "b", 0}),
                        "incomplete: repeated_page | 3 3 | 0");
    assert_string_equal(NIGHT({CONN_PAGE, 0, 3, -1, "a", 0}, {CONN_PAGE, 3, 3, -1, "a", 0}),
                        "incomplete: repeated_token | 3 3 | 0");
    assert_string_equal(NIGHT({CONN_PAGE, 0, 3, 6, "", 0}, {CONN_PAGE, 3, 3, 7, "", 0}),
                        "incomplete: total_changed | 3 3 | 0");
    assert_string_equal(NIGHT({CONN_PAGE, 0, 3, 6, "", 0}),
                        "incomplete: advertised 6 received 3 | 3 3 | 0");
    assert_string_equal(NIGHT({CONN_PAGE, 0, 3, 3, "", 0}),
                        "complete: | 3 3 | 3"); /* pulled again, it is right */
}

static void an_unreachable_source_goes_on_where_it_stopped(void **state)
{
    (void)state;
    only_a_roster();
    assert_string_equal(NIGHT({CONN_PAGE, 0, 3, 5, "", 9}), "failed: unreachable RC_NET | 0 0 | 0");
    assert_string_equal(NIGHT({CONN_PAGE, 0, 3, 5, "", 0}, {CONN_PAGE, 3, 2, 5, "", 9}),
                        "incomplete: unreachable RC_NET | 3 3 | 0");
    assert_string_equal(NIGHT({CONN_STOP, 0, 0, 0, "", 0}, {CONN_PAGE, 3, 2, 5, "", 0}),
                        "complete: | 5 5 | 5");
}

static void a_source_that_changed_meanwhile_is_read_anew(void **state)
{
    (void)state;
    only_a_roster();
    assert_string_equal(NIGHT({CONN_PAGE, 0, 3, 5, "", 0}, {CONN_STOP, 0, 0, 0, "", 0}),
                        "incomplete: refused RC_FORMAT | 3 3 | 0");
    assert_string_equal(NIGHT({CONN_PAGE, 10, 2, 4, "", 0}, {CONN_PAGE, 12, 2, 4, "", 0}),
                        "complete: | 4 4 | 4");
    assert_sql(FACTS("record_key") "bidui.fact_ward__bill", "B10; B11; B12; B13");
}

static void a_source_without_positions_starts_over(void **state)
{
    (void)state;
    only_a_roster();
    script_resumes = false;
    assert_string_equal(NIGHT({CONN_PAGE, 0, 3, 5, "", 0}, {CONN_PAGE, 3, 2, 5, "", 9}),
                        "incomplete: unreachable RC_NET | 3 3 | 0");
    assert_string_equal(NIGHT({CONN_PAGE, 0, 3, 5, "", 0}, {CONN_PAGE, 3, 2, 5, "", 0}),
                        "complete: | 5 5 | 5");
}

static void a_source_that_breaks_off_and_begins_again_is_read_anew(void **state)
{
    (void)state;
    only_a_roster();
    script_resumes = false;
    script_breaks = 2;
    assert_string_equal(NIGHT({CONN_PAGE, 0, 3, 5, "", 0}, {CONN_PAGE, 3, 2, 5, "", 0}),
                        "complete: | 5 5 | 5");
    script_breaks = 0; /* the worker counted in a copy of its own */
}

static void what_was_left_unfinished_is_discarded_by_the_next_edition(void **state)
{
    (void)state;
    only_a_roster();
    assert_string_equal(NIGHT({CONN_PAGE, 0, 3, 6, "", 0}),
                        "incomplete: advertised 6 received 3 | 3 3 | 0");
    close_edition();
    assert_string_equal(NIGHT({CONN_PAGE, 7, 1, 1, "", 0}), "complete: | 1 1 | 1");
    assert_sql("select string_agg(state, ' ' order by edition) from bidui.delivery where dataset = "
               "'ward.bill'",
               "discarded admitted");
    assert_sql("select count(*)::text from bidui.landing_ward__bill", "0");
}

static const char *held_night(void)
{
    only_a_roster();
    assert_string_equal(NIGHT({CONN_PAGE, 0, 3, 3, "", 0}), "complete: | 3 3 | 3");
    close_edition();
    const char *told = NIGHT({CONN_PAGE, 7, 1, 1, "", 0});
    close_edition();
    return told;
}

/* ---- Data that PostgreSQL refuses ---- */

/* Whatever it is that a later version of PostgreSQL, or a constraint of the county's own, doesn't take. */
static void refuse_bill(const char *table, const char *key, const char *sqlstate)
{
    assert_ok(db_begin(db));
    assert_ok(db_exec(
        db, arena_printf(arena,
                         "create or replace function bidui.refuse() returns trigger language plpgsql as $$ begin"
                         " raise exception 'no \"%%\" here', new.record_key using errcode = '%s'; end $$;"
                         "create or replace trigger refuse before insert on bidui.%s for each row"
                         " when (new.record_key = '%s') execute function bidui.refuse()",
                         sqlstate, table, key)));
    assert_ok(db_commit(db));
}

static void data_that_cannot_be_stored_fail_their_dataset_alone(void **state)
{
    (void)state;
    refuse_bill("fact_ward__bill", "B2", "22P05"); /* where a first delivery lands */
    first_night(arena_printf(arena, "no,id,name,day,fee,changed\nB1,%s,张三,2026-03-01,1,\nB2,%s,李四,2026-03-01,2,\n",
                             id(1), id(2)));
    assert_sql("select string_agg(concat_ws(' ', dataset, verdict, array_to_string(reasons, ',')), '; ' order by dataset)"
               " from bidui.delivery",
               "roster.person complete ; ward.bill failed unstorable 22P05 page 1; ward.call not_due ; ward.house complete ; ward.visit "
               "unchanged ");
    refuse_bill("fact_ward__bill", "none", "22P05");
    pull("2026-03-10");
    assert_sql(FACTS("record_key, learned") "bidui.fact_ward__bill", "B1 1; B2 1");
}

static void the_page_that_cannot_be_stored_is_named(void **state)
{
    (void)state;
    only_a_roster();
    refuse_bill("landing_ward__bill", "B3", "54000");
    assert_string_equal(
        NIGHT({CONN_PAGE, 0, 2, 5, "", 0}, {CONN_PAGE, 2, 2, 5, "", 0}, {CONN_PAGE, 4, 1, 5, "", 0}),
        "failed: unstorable 54000 page 2 | 4 4 | 0");
    refuse_bill("landing_ward__bill", "none", "54000");
    refuse_bill("fact_ward__bill", "B3", "22001");
    assert_string_equal(NIGHT({CONN_PAGE, 0, 5, 5, "", 0}), "failed: unstorable 22001 admission | 5 5 | 0");
    refuse_bill("fact_ward__bill", "none", "22001");
    assert_string_equal(NIGHT({CONN_PAGE, 0, 4, 4, "", 0}), "complete: | 4 4 | 4");
}

static void an_accepted_delivery_that_cannot_be_stored_is_held_again(void **state)
{
    (void)state;
    assert_string_equal(held_night(), "held: shrunk 3 to 1 | 1 1 | 3");
    struct stage s = {config, db, {.as_of = DATE_NONE}, arena};
    assert_ok(accept_delivery(&s, 3, STR("ward.bill"), "tester", "why"));
    refuse_bill("fact_ward__bill", "B7", "22001");
    assert_string_equal(NIGHT({CONN_PAGE, 0, 3, 3, "", 0}), "unchanged: | 3 3 | 3");
    assert_sql("select concat_ws(' ', state, accepted_by, reasons) from bidui.delivery where edition = 3 and dataset = "
               "'ward.bill'",
               "expired {\"shrunk 3 to 1\",\"unstorable 22001\"}");
}

/* ---- Decisions and their audit ---- */

static void accept_aside(void)
{
    struct db *own = NULL;
    assert_ok(db_open("", "bidui accept pull_test", &own));
    struct stage s = {config, own, {.as_of = DATE_NONE}, arena};
    assert_ok(accept_delivery(&s, 3, STR("ward.bill"), "tester", "just in time"));
    db_close(own);
}

static void one_accepted_while_the_next_is_read_comes_before_it(void **state)
{
    (void)state;
    assert_string_equal(held_night(), "held: shrunk 3 to 1 | 1 1 | 3");
    script_aside = accept_aside;
    assert_string_equal(NIGHT({CONN_PAGE, 0, 4, 4, "", 0}), "complete: | 4 4 | 4");
    script_aside = NULL; /* the worker forgot it in a copy of its own */
    assert_sql("select string_agg(state || coalesce(decided_edition, 0), ' ' order by edition) from bidui.delivery"
               " where dataset = 'ward.bill'",
               "admitted2 admitted4 admitted4");
    assert_sql("select string_agg(actor || ' ' || action || ' ' || object || ' ' || reason, ',') from bidui.audit",
               "tester accept ward.bill just in time");
}

/* What was marked before it was killed was marked by other facts. */
static void one_accepted_before_the_next_goes_on_comes_before_it(void **state)
{
    (void)state;
    only_a_roster();
    assert_string_equal(NIGHT({CONN_PAGE, 0, 3, 3, "", 0}), "complete: | 3 3 | 3");
    close_edition();
    script_fee = "6";
    assert_string_equal(NIGHT({CONN_PAGE, 0, 1, 1, "", 0}), "held: shrunk 3 to 1 | 1 1 | 3");
    script_fee = "5";
    close_edition();
    assert_string_equal(NIGHT({CONN_PAGE, 0, 1, 4, "", 0}, {CONN_PAGE, 1, 3, 4, "", 9}),
                        "incomplete: unreachable RC_NET | 1 1 | 3");
    assert_sql("select (select sum(length(same)) from bidui.landing_standing) || ' ' || count(*) from bidui.landing_ward__bill"
               " where edition = 4",
               "8 0");
    accept_aside();
    assert_string_equal(NIGHT({CONN_PAGE, 0, 1, 4, "", 0}, {CONN_PAGE, 1, 3, 4, "", 0}), "complete: | 4 4 | 4");
    assert_sql(FACTS("record_key, learned, ended, f_burden") "bidui.fact_ward__bill",
               "B0 2 4 500; B0 4 500; B1 2 4 500; B1 4 500; B2 2 4 500; B2 4 500; B3 4 500");
}

static void audit_table(const char *from, const char *to)
{
    assert_ok(db_begin(db));
    assert_ok(db_exec(db, arena_printf(arena, "alter table bidui.%s rename to %s", from, to)));
    assert_ok(db_commit(db));
}

static void no_decision_without_its_audit(void **state)
{
    (void)state;
    assert_string_equal(held_night(), "held: shrunk 3 to 1 | 1 1 | 3");
    audit_table("audit", "audit_away");
    struct stage s = {config, db, {.as_of = DATE_NONE}, arena};
    assert_int_equal(accept_delivery(&s, 3, STR("ward.bill"), "tester", "why"), RC_DB);
    assert_sql("select count(*)::text from bidui.delivery where accepted_by is not null", "0");
    audit_table("audit_away", "audit");
    assert_ok(accept_delivery(&s, 3, STR("ward.bill"), "tester", "why"));
}

static void no_answer_without_its_audit(void **state)
{
    (void)state;
    first_night(arena_printf(arena, "no,id,name,day,fee,changed\nB5,%s,陈九,2026-03-01,7,\n", id(7)));
    audit_table("audit", "audit_away");
    struct stage s = {config, db, edition, arena};
    assert_int_equal(review_decide(&s, 1, true, 0, "tester", "why"), RC_DB);
    assert_sql("select state || (select count(*) from bidui.fact_ward__bill) || (select count(*) from bidui.link_decision)"
               " from bidui.review",
               "open00");
    audit_table("audit_away", "audit");
    assert_ok(review_decide(&s, 1, true, 0, "tester", "why"));
    assert_sql("select state || (select action || ' ' || object from bidui.audit) from bidui.review",
               "acceptedreview accept 1");
}

/* ---- Probing ---- */

static void a_probe_shows_rows_masked(void **state)
{
    (void)state;
    drop("bill-1.csv", arena_printf(arena,
                                    "no,id,name,day,fee,changed\nBX-17,%s,张三,2026-03-01,12.5,"
                                    "\nBX-18,%s,李四,2026-03-01,十二,\n",
                                    id(1), id(2)));
    char *out = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&out, &n);
    assert_non_null(f);
    assert_ok(pull_probe(config, config_dataset(config, STR("ward.bill")), 5, f));
    assert_int_equal(fclose(f), 0);
    assert_non_null(strstr(out, "12.50"));
    assert_non_null(strstr(out, "bad_money fee 1"));
    assert_null(strstr(out, "张三"));
    assert_null(strstr(out, id(1)));
    assert_null(strstr(out, "BX-17"));
    assert_sql("select count(*)::text from bidui.delivery", "0");
    free(out);
}

/* ---- Killed and resumed ---- */

static void write_many(const char *name, int n)
{
    const char *path = arena_printf(arena, "%s/%s", inbox, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("no,id,name,day,fee,changed\n", f);
    for (int i = 0; i < n; i++) {
        bool known = i % 3 == 0;
        fprintf(f, "B%d,%s,%s,2026-03-01,%d.25,2026-03-02 00:00:%02d\n", i,
                id(known ? 1 : 500 + i % 400), known ? "张三" : "某人", i % 1000, i % 60);
    }
    assert_int_equal(fclose(f), 0);
}

static const char *summary(void)
{
    return arena_printf(
        arena, "%s %s",
        text("select string_agg(concat_ws(' ', verdict, received, strangers, landed, pages > 3,"
             " encode(digest, 'hex'), watermark), '; ' order by edition) from bidui.delivery"
             " where dataset = 'ward.bill'"),
        text("select concat_ws(' ', count(*), sum(f_burden), sum(hashtext(record_key)::bigint),"
             " sum(content::numeric), sum(page), sum(learned), sum(ended)) from bidui.fact_ward__bill"));
}

static void prepare_many(bool is_first)
{
    drop_roster("roster-1.csv", residents, RESIDENTS);
    drop("visit-1.csv", "no,id,name,kind,changed\n");
    drop("house-1.csv", "no,id,name,village,grade\n");
    if (!is_first) {
        write_many("bill-1.csv", 12000);
        night("2026-03-09");
    }
    write_many("bill-2.csv", 24000);
}

static void kill_after(int wait_ms)
{
    pid_t pid = fork();
    if (pid == 0) {
        db = NULL;
        pull("2026-03-10");
        _exit(0);
    }
    (void)usleep((useconds_t)wait_ms * 1000);
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
    assert_sql("select (count(*) filter (where state = 'landing') * (select count(*) from bidui.fact_ward__bill f"
               " where f.learned = max(edition)))::text from bidui.delivery where dataset = 'ward.bill'",
               "0"); /* nothing is seen before the verdict */
}

static void kill_and_compare(bool is_first)
{
    (void)setenv("BIDUI_PAGES_PER_COMMIT", "1", 1);
    prepare_many(is_first);
    pull("2026-03-10");
    char *undisturbed = strdup(summary()); /* outlives the arena */
    assert_non_null(undisturbed);
    for (int wait_ms = 20; wait_ms < 400; wait_ms += 45) {
        assert_int_equal(tear_down(NULL), 0);
        assert_int_equal(set_up(NULL), 0);
        prepare_many(is_first);
        kill_after(wait_ms);
        pull("2026-03-10");
        assert_string_equal(summary(), undisturbed);
    }
    free(undisturbed);
    (void)unsetenv("BIDUI_PAGES_PER_COMMIT");
}

static void a_killed_pull_ends_like_an_undisturbed_one(void **state)
{
    (void)state;
    kill_and_compare(false);
}

static void a_killed_first_pull_ends_like_an_undisturbed_one(void **state)
{
    (void)state;
    kill_and_compare(true);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_roster_becomes_versions),
        T(rows_become_facts),
        T(versions_follow_deliveries),
        T(yesterdays_rows_under_a_new_name_are_unchanged),
        T(the_same_file_sent_again_is_unchanged),
        T(what_a_killed_run_left_lying_was_not_sent_again),
        T(an_edition_with_another_date_starts_over),
        T(twins_are_settled),
        T(twins_of_later_deliveries_are_settled),
        T(a_key_that_stands_may_come_otherwise_too),
        T(what_stands_lands_when_its_delivery_is_held),
        T(a_first_delivery_that_is_held_leaves_no_facts),
        T(a_current_version_outlives_its_quarantined_successor),
        T(a_record_without_a_key_hides_who_vanished),
        T(nobody_leaves_a_roster_with_unreadable_rows),
        T(a_shrunken_delivery_is_held_until_accepted),
        T(a_held_delivery_expires_with_a_later_one),
        T(a_renamed_column_holds),
        T(increments_add_and_replace),
        T(what_turns_out_a_strangers_is_taken_back),
        T(questions_of_an_increment_close_with_it),
        T(files_of_a_held_increment_come_again),
        T(an_accepted_increment_takes_its_files),
        T(a_record_of_tomorrow_is_asked_for_again),
        T(who_leaves_the_roster_keeps_a_past),
        T(newcomers_are_no_news_of_the_department),
        T(saying_no_takes_back_what_was_a_fact),
        T(houses_find_their_households),
        T(a_question_is_asked_once_and_its_answer_kept),
        T(a_month_later_the_doors_are_empty),
        T(the_roster_moves_on),
        T(a_shrunken_roster_is_held),
        T(nothing_is_pulled_without_a_roster),
        T(whole_sources_are_complete),
        T(repeats_and_false_totals_are_incomplete),
        T(an_unreachable_source_goes_on_where_it_stopped),
        T(a_source_that_changed_meanwhile_is_read_anew),
        T(a_source_without_positions_starts_over),
        T(a_source_that_breaks_off_and_begins_again_is_read_anew),
        T(what_was_left_unfinished_is_discarded_by_the_next_edition),
        T(data_that_cannot_be_stored_fail_their_dataset_alone),
        T(the_page_that_cannot_be_stored_is_named),
        T(an_accepted_delivery_that_cannot_be_stored_is_held_again),
        T(one_accepted_while_the_next_is_read_comes_before_it),
        T(one_accepted_before_the_next_goes_on_comes_before_it),
        T(no_decision_without_its_audit),
        T(no_answer_without_its_audit),
        T(a_probe_shows_rows_masked),
        T(a_killed_pull_ends_like_an_undisturbed_one),
        T(a_killed_first_pull_ends_like_an_undisturbed_one),
    };
    cmocka_set_test_filter(getenv("TEST")); /* TEST='a_killed*' runs only those */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
