/* A table or view of any database that has an ODBC driver: its columns as the driver tells them, some rows, and, of servers
 * whose catalogue is known, the primary key. */
#include "pipeline/draft/draft.h"

#define COLUMNS_MOST 400

#define TEXT(x) TEXT_OF(x)
#define TEXT_OF(x) #x
#define LIMIT " limit " TEXT(DRAFT_ROWS)
#define OF_MYSQL "select column_name as name from information_schema.columns where column_key = 'PRI' and "

/* What stands before and behind the table in the query for some rows, and in the one for its primary key: of a name alone,
 * and of one with its schema. NULL: not asked for. */
static const struct server {
    const char *dialect, *rows, *rows_end, *primary, *primary_in_schema, *primary_end;
} servers[] = {
    {"mysql", "select * from ", LIMIT, OF_MYSQL "table_schema = database() and table_name = '",
     OF_MYSQL "concat(table_schema, '.', table_name) = '", "' order by ordinal_position"},
    {"sqlite", "select * from ", LIMIT, "select name from pragma_table_info('", NULL, "') where pk > 0 order by pk"},
    {"kingbase", "select * from ", LIMIT, NULL, NULL, NULL},
    {"opengauss", "select * from ", LIMIT, NULL, NULL, NULL},
    {"oracle", "select * from ", " where rownum <= " TEXT(DRAFT_ROWS), NULL, NULL, NULL},
    {"dm", "select * from ", " where rownum <= " TEXT(DRAFT_ROWS), NULL, NULL, NULL},
    {"sqlserver", "select top " TEXT(DRAFT_ROWS) " * from ", "", NULL, NULL, NULL},
    {"generic", "select * from ", "", NULL, NULL, NULL},
};

static const struct server *find_server(const char *dialect)
{
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
        if (strcmp(servers[i].dialect, dialect) == 0) {
            return &servers[i];
        }
    }
    return NULL;
}

static const char *query(struct arena *a, const char *before, const char *table, const char *after)
{
    return arena_printf(a, "query: %s\n", draft_quoted(a, str_from(arena_printf(a, "%s%s%s", before, table, after))));
}

/* The names of a page's columns, sorted as they are told. */
static size_t split(struct arena *a, struct str names, const char **out)
{
    size_t n = 0;
    while (names.n > 0 && n < COLUMNS_MOST) {
        out[n++] = arena_cstr(a, str_cut(&names, '\n'));
    }
    return n;
}

/* Asked once for the names, once more for their values. */
static enum rc read_rows(struct draft *d, struct draft_ask ask, const struct server *server, const char *table)
{
    const char **names = arena_array(d->arena, COLUMNS_MOST, sizeof *names);
    struct page page;
    ask.settings = query(d->arena, server->rows, table, server->rows_end);
    TRY(draft_read(d, &ask, &page));
    ask.column_count = split(d->arena, page.columns_seen, names);
    ask.columns = names;
    if (ask.column_count == 0) {
        return err_fail(RC_FORMAT, tr("%s: 没有列,或是空表", "%s: no columns, or no rows"), table);
    }
    TRY(draft_read(d, &ask, &page));
    draft_take(d, names, ask.column_count, &page);
    return RC_OK;
}

/* Its columns in order, as YAML; "" where nobody knows. */
static enum rc read_primary(struct draft *d, struct draft_ask ask, const struct server *server, const char *table,
                            const char **ret)
{
    static const char *const columns[] = {"name"};
    struct page page;
    const char *list = "", *comma = "";
    const char *before = strchr(table, '.') == NULL ? server->primary : server->primary_in_schema;
    *ret = "";
    if (before == NULL) {
        return RC_OK;
    }
    ask.columns = columns;
    ask.column_count = 1;
    ask.settings = query(d->arena, before, table, server->primary_end);
    TRY(draft_read(d, &ask, &page));
    for (size_t row = 0; row < page.rows; row++) {
        for (size_t i = 0; i < d->column_count; i++) {
            d->columns[i].is_primary = d->columns[i].is_primary || str_eq(d->columns[i].name, page.values[row]);
        }
        list = arena_printf(d->arena, "%s%s%s", list, comma, draft_quoted(d->arena, page.values[row]));
        comma = ", ";
    }
    *ret = list;
    return RC_OK;
}

static const char *page_by_line(struct arena *a, const char *primary)
{
    return *primary != '\0'
               ? arena_printf(a, tr("    page_by: [%s]  # 待定:表的主键,请核对\n", "    page_by: [%s]  # DECIDE: the table's primary key; is it right?\n"),
                              primary)
               : tr("    # page_by: [列]   # 待定:唯一且非空的列,按它分页,内存不随行数增长\n",
                    "    # page_by: [COLUMN]   # DECIDE: unique and never null; with it memory does not grow with the rows\n");
}

/* How it connects: as it is asked now, or as it is written, with references alone. */
static const char *connection_lines(const struct draft *d, const char *text, bool is_written)
{
    const struct draft_login *l = &d->login;
    const char *indent = is_written ? "  " : "";
    bool is_reference = str_starts(str_from(text), STR("${")) && keys_is_reference(str_from(text));
    const char *said = is_written && !is_reference ? arena_printf(d->arena, "${env:%s}", draft_variable(d, "ODBC")) : text;
    const char *user = l->user == NULL
                           ? ""
                           : arena_printf(d->arena, "%suser: %s\n", indent, draft_quoted(d->arena, str_from(l->user)));
    const char *password =
        l->password == NULL
            ? ""
            : arena_printf(d->arena, "%spassword: %s\n", indent, draft_quoted(d->arena, str_from(l->password)));
    return arena_printf(d->arena, "%skind: odbc\n%sdialect: %s\n%sconnection_string: %s\n%s%s", indent, indent, l->dialect,
                        indent, draft_quoted(d->arena, str_from(said)), user, password);
}

enum rc draft_odbc(struct draft *d, const char *table, const char *connection)
{
    const struct server *server = find_server(d->login.dialect);
    const char *primary = "";
    struct draft_ask ask = {.connector = &connector_odbc};
    if (server == NULL) {
        return err_fail(RC_USAGE, "--dialect: %s", d->login.dialect);
    }
    if (d->login.password != NULL && !keys_is_reference(str_from(d->login.password))) {
        return err_fail(RC_USAGE, "%s", tr("--password: 只写引用,如 ${env:MZ_PASSWORD}", "--password: a reference, like ${env:MZ_PASSWORD}"));
    }
    TRY(draft_check_table(table));
    ask.connection = connection_lines(d, connection, false);
    TRY(read_rows(d, ask, server, table));
    TRY(read_primary(d, ask, server, table, &primary));
    d->connection = connection_lines(d, connection, true);
    d->reading = arena_printf(d->arena, "    table: %s\n%s", draft_quoted(d->arena, str_from(table)),
                              page_by_line(d->arena, primary));
    return RC_OK;
}
