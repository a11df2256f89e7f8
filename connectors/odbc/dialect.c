#include "connectors/odbc/odbc.h"

/* Local time is UTC+08:00 everywhere: a timestamp with a zone is read in it. */
static const struct dialect dialects[] = {
    {.name = "mysql", /* and MariaDB, whose timeout has another name and unit */
     .limit = LIMIT_LIMIT,
     .silence = "READ_TIMEOUT",
     .setup = {"set session transaction isolation level repeatable read",
               "set session transaction read only", "set time_zone = '+08:00'"},
     .timeouts = {{"set max_statement_time = ", 1000}, {"set max_execution_time = ", 1}},
     .begin = "start transaction with consistent snapshot, read only"},
    {.name = "oracle",
     .limit = LIMIT_ROWNUM,
     .setup = {"alter session set nls_date_format = 'YYYY-MM-DD HH24:MI:SS'",
               "alter session set nls_timestamp_format = 'YYYY-MM-DD HH24:MI:SS.FF6'",
               "alter session set nls_numeric_characters = '.,'",
               "alter session set time_zone = '+08:00'"},
     .begin = "set transaction read only"},
    {.name = "sqlserver", .limit = LIMIT_FETCH, .setup = {"set dateformat ymd"}},
    {.name = "dm", .limit = LIMIT_LIMIT, .begin = "set transaction read only"},
    {.name = "kingbase",
     .limit = LIMIT_LIMIT,
     .setup = {"set session characteristics as transaction isolation level repeatable read, read "
               "only",
               "set datestyle to 'ISO, YMD'", "set timezone to 'Asia/Shanghai'"},
     .timeouts = {{"set statement_timeout to ", 1}},
     .begin = ""},
    {.name = "opengauss",
     .limit = LIMIT_LIMIT,
     .setup = {"set session characteristics as transaction isolation level repeatable read, read "
               "only",
               "set datestyle to 'ISO, YMD'", "set timezone to 'Asia/Shanghai'"},
     .timeouts = {{"set statement_timeout to ", 1}},
     .begin = ""},
    {.name = "sqlite", .limit = LIMIT_LIMIT, .has_text_instants = true, .setup = {"pragma query_only = on"}},
    {.name = "generic", .limit = LIMIT_MAX_ROWS},
};

const char *const odbc_dialect_names[] = {"mysql",     "oracle", "sqlserver", "dm", "kingbase",
                                          "opengauss", "sqlite", "generic",   NULL};

const struct dialect *odbc_dialect(struct str name)
{
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++) {
        if (str_is(name, dialects[i].name)) {
            return &dialects[i];
        }
    }
    return NULL;
}
