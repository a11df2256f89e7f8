/* A table or view of a PostgreSQL: columns, types and primary key from its catalogue, and some
 * rows. */
#include "pipeline/draft/draft.h"

static const char *const catalogue_columns[] = {"name", "type", "is_primary"};

enum rc draft_check_table(const char *table)
{
    for (const unsigned char *c = (const unsigned char *)table; *c != '\0'; c++) {
        bool is_word = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                       (*c >= '0' && *c <= '9') || *c >= 0x80 || strchr("_.\"", *c) != NULL;
        if (!is_word) {
            return err_fail(
                RC_USAGE, "%s",
                tr("--table: 应为表名或 模式.表名", "--table: expected TABLE or SCHEMA.TABLE"));
        }
    }
    return RC_OK;
}

static const char *query(struct arena *a, const char *sql)
{
    return arena_printf(a, "query: %s\n", draft_quoted(a, str_from(sql)));
}

static enum rc read_catalogue(struct draft *d, struct draft_ask ask, struct page *page)
{
    ask.columns = catalogue_columns;
    ask.column_count = 3;
    ask.settings =
        query(d->arena, arena_printf(d->arena,
                                     "select a.attname as name, format_type(a.atttypid, null) as "
                                     "type, coalesce(a.attnum = any (i.indkey), "
                                     "false) as is_primary from pg_attribute a left join pg_index "
                                     "i on i.indrelid = a.attrelid and "
                                     "i.indisprimary where a.attrelid = '%s'::regclass and "
                                     "a.attnum > 0 and not a.attisdropped order by "
                                     "a.attnum",
                                     d->table));
    return draft_read(d, &ask, page);
}

static enum rc read_rows(struct draft *d, struct draft_ask ask, const struct page *catalogue)
{
    const char **names = arena_array(d->arena, catalogue->rows + 1, sizeof *names);
    struct page page;
    for (size_t i = 0; i < catalogue->rows; i++) {
        names[i] = arena_cstr(d->arena, catalogue->values[i * 3]);
    }
    ask.columns = names;
    ask.column_count = catalogue->rows;
    ask.settings =
        query(d->arena, arena_printf(d->arena, "select * from %s limit %d", d->table, DRAFT_ROWS));
    TRY(draft_read(d, &ask, &page));
    draft_take(d, names, catalogue->rows, &page);
    for (size_t i = 0; i < catalogue->rows; i++) {
        d->columns[i].database_type = catalogue->values[i * 3 + 1];
        d->columns[i].is_primary = str_starts(catalogue->values[i * 3 + 2], STR("t"));
    }
    return RC_OK;
}

/* Only a reference is copied: anything else may hold a password. */
enum rc draft_table(struct draft *d, const char *table, const char *conninfo)
{
    bool is_reference =
        keys_is_reference(str_from(conninfo)) && str_starts(str_from(conninfo), STR("${"));
    struct draft_ask ask = {.connector = &connector_postgres};
    struct page catalogue;
    TRY(draft_check_table(table));
    d->table = table;
    ask.connection = arena_printf(d->arena, "kind: postgres\nconninfo: %s\n",
                                  draft_quoted(d->arena, str_from(conninfo)));
    TRY(read_catalogue(d, ask, &catalogue));
    TRY(read_rows(d, ask, &catalogue));
    d->connection = arena_printf(
        d->arena, "  kind: postgres\n  conninfo: %s\n",
        is_reference ? draft_quoted(d->arena, str_from(conninfo))
                     : arena_printf(d->arena, "\"${env:%s}\"", draft_variable(d, "DB")));
    d->reading = "";
    return RC_OK;
}
