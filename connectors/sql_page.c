#include "base/fault.h"
#include "base/log.h"
#include "connectors/sql.h"

void sql_page_begin(struct page *page, size_t most, size_t columns, int64_t rows)
{
    page->values = arena_array(page->arena, most * columns, sizeof *page->values);
    page->row_numbers = arena_array(page->arena, most, sizeof *page->row_numbers);
    page->rejects = arena_array(page->arena, most, sizeof *page->rejects);
    page->first_row = rows + 1;
}

struct str *sql_page_row(const struct page *page, size_t columns)
{
    return page->values + page->rows * columns;
}

void sql_page_add(struct page *page, int64_t row, const char *reason)
{
    if (reason == NULL) {
        page->row_numbers[page->rows++] = row;
    } else {
        page->rejects[page->reject_count++] = (struct page_reject){.row = row, .reason = reason};
    }
}

void sql_page_end(struct page *page, const struct source *source, struct str hashed, int64_t number)
{
    crypto_hash(source->hash_key, hashed, page->hash);
    fault_point("request");
    page->label = str_from(arena_printf(page->arena, tr("第 %lld 页", "page %lld"), (long long)number));
}

enum rc sql_no_key(const char *dataset, const char *option, const char *column)
{
    enum rc rc = err_fail(RC_SOURCE_DB,
                          tr("%s: %s 的列 %s 有空值或不是文本", "%s: %s column %s has a null or is no text"), dataset,
                          option, column);
    err_hint(tr("改用唯一且非空的列,或删去 %s。", "Use columns that are unique and never null, or drop %s."), option);
    return rc;
}

enum rc sql_twin_keys(const char *dataset, const char *option)
{
    enum rc rc = err_fail(RC_SOURCE_DB, tr("%s: %s 的列不唯一", "%s: %s is not unique"), dataset, option);
    err_hint(tr("在 %s 中补上主键列。", "Add the primary key's columns to %s."), option);
    return rc;
}

enum answer sql_failed_as(const char *dataset, enum rc rc)
{
    if (rc == RC_NOT_READY) {
        log_event(LOG_INFO, "load not over", LOG_S("dataset", dataset));
        return CONN_NOTHING;
    }
    return rc == RC_NET ? CONN_RETRY : CONN_STOP;
}
