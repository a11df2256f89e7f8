/* A county made by hand for tests of rules and episodes: the sample deployment's configuration (or a copy of it with
 * rules of the test's own), its schema, and helpers that put facts where deliveries would have put them.
 * tests/run-integration.sh sets PGHOST and kin, and BIDUI_TEST_TMP. */
#ifndef BIDUI_TESTS_RULES_FIXTURE_H
#define BIDUI_TESTS_RULES_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/log.h"
#include "pipeline/init.h"
#include "pipeline/rules/rules.h"
#include "pipeline/stage.h"

#define assert_ok(expr)                                                     \
    do {                                                                    \
        enum rc ok_rc_ = (expr);                                            \
        if (ok_rc_ != RC_OK) {                                              \
            fail_msg("%s: %s %s", #expr, err_symbol(ok_rc_), err_detail()); \
        }                                                                   \
    } while (0)

#define COUNTY "990121"
#define VILLAGE "990121100201"

static struct config *config;
static struct db *db;
static struct arena *arena;
static char folder[256];

static inline void run(const char *fmt, ...) PRINTF_LIKE(1, 2);
static inline void run(const char *fmt, ...)
{
    char sql[4000];
    va_list ap;
    va_start(ap, fmt);
    assert_true(vsnprintf(sql, sizeof sql, fmt, ap) < (int)sizeof sql);
    va_end(ap);
    assert_ok(db_begin(db));
    assert_ok(db_exec(db, sql));
    assert_ok(db_commit(db));
}

/* The first column of the first row; "null" for null, "none" without a row. */
static inline const char *text(const char *fmt, ...) PRINTF_LIKE(1, 2);
static inline const char *text(const char *fmt, ...)
{
    char sql[4000];
    DB_RESULT PGresult *res = NULL;
    va_list ap;
    va_start(ap, fmt);
    assert_true(vsnprintf(sql, sizeof sql, fmt, ap) < (int)sizeof sql);
    va_end(ap);
    assert_ok(db_query(db, sql, DB_NONE, &res));
    if (PQntuples(res) == 0) {
        return "none";
    }
    struct str found = db_text(res, 0, 0);
    return str_is_null(found) ? "null" : arena_cstr(arena, found);
}

static inline void shell(const char *fmt, ...) PRINTF_LIKE(1, 2);
static inline void shell(const char *fmt, ...)
{
    char command[2000];
    va_list ap;
    va_start(ap, fmt);
    assert_true(vsnprintf(command, sizeof command, fmt, ap) < (int)sizeof command);
    va_end(ap);
    if (system(command) != 0) {
        fail_msg("%s", command);
    }
}

static inline void write_rules(const char *content)
{
    char path[600];
    (void)snprintf(path, sizeof path, "%s/config/rules/own.yaml", folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(content, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static inline void load_config(void)
{
    char path[600];
    config_free(config);
    (void)snprintf(path, sizeof path, "%s/config", folder);
    assert_ok(config_load(path, false, &config));
    config->database = ""; /* PGHOST and kin: workers open connections of their own */
    for (const struct problem *p = config->problems.first; p != NULL; p = p->next) {
        if (!p->warning) {
            fail_msg("%s:%d: %s", p->file, p->line, p->message);
        }
    }
}

static inline int open_county(void **state)
{
    (void)state;
    const char *tmp = getenv("BIDUI_TEST_TMP");
    assert_non_null(tmp);
    log_setup(LOG_ERROR, false);
    (void)snprintf(folder, sizeof folder, "%s", tmp);
    shell("cp -r '%s/config' '%s/config'", BIDUI_SOURCE_DIR, folder);
    arena = arena_new((size_t)2 << 30);
    assert_ok(db_open("", "bidui rules test", &db));
    load_config();
    return 0;
}

static inline int close_county(void **state)
{
    (void)state;
    db_close(db);
    config_free(config);
    arena_free(arena);
    return 0;
}

/* Every test begins with an empty county. */
static inline int empty_county(void **state)
{
    (void)state;
    int changes = 0;
    run("drop schema if exists bidui cascade");
    assert_ok(init_schema(config, db, NULL, &changes));
    run("insert into bidui.county values ('" COUNTY "')");
    return 0;
}

/* ---- Roster ---- */

static inline void household(int id, const char *class_columns, const char *class_values)
{
    run("insert into bidui.household_key values ('" COUNTY "', 'H%03d', %d, 1);"
        "insert into bidui.household (county, household_id, learned, village_code%s) values ('" COUNTY
        "', %d, 1, '" VILLAGE "'%s)",
        id, id, class_columns, id, class_values);
}
static inline void lifted(int id)
{
    household(id, ", origin", ", 'lifted'");
}
static inline void general(int id)
{
    household(id, ", origin", ", 'general'");
}
static inline void monitored(int id)
{
    household(id, ", origin, monitor_class", ", 'general', 'sudden'");
}

static inline void person(int id, int household_id, const char *birth)
{
    run("insert into bidui.person_key values ('" COUNTY "', 'P%03d', %d);"
        "insert into bidui.person (county, person_id, learned, household_id, relation, birth_date)"
        " values ('" COUNTY "', %d, 1, %d, 'head', '%s')",
        id, id, id, household_id, birth);
}

/* ---- Facts ---- */

/* fact("housing__assessment", 1, "household_id", "7", "key", "f_grade, f_assessed_on", "'C', '2026-01-02'") */
static inline void fact(const char *table, int learned, const char *subject, const char *id, const char *key,
                        const char *columns, const char *values)
{
    run("insert into bidui.fact_%s (county, record_key, learned, %s, link, content, page, row_number, %s)"
        " values ('" COUNTY "', '%s', %d, '%s', 'exact', 0, 1, 1, %s)",
        table, subject, columns, key, learned, id, values);
}

static inline void bill(int learned, int person_id, const char *key, const char *day, const char *last,
                        long long fen)
{
    char id[20], values[200];
    (void)snprintf(id, sizeof id, "%d", person_id);
    (void)snprintf(values, sizeof values, "'%s', %s%s%s, %lld", day, last ? "'" : "", last ? last : "null",
                   last ? "'" : "", fen);
    fact("health_insurance__settlement", learned, "person_id", id, key,
         "f_settled_on, f_settled_on_last, f_burden", values);
}

static inline void end_fact(const char *table, const char *key, int edition, const char *why)
{
    run("update bidui.fact_%s set ended = %d, ended_why = '%s' where record_key = '%s' and ended is null",
        table, edition, why, key);
}

static inline date_t day_of(const char *iso)
{
    date_t d = DATE_NONE;
    assert_true(date_parse_iso(str_from(iso), &d));
    return d;
}

#endif
