#include "pipeline/deliver/returned.h"

#include "base/fs.h"
#include "pipeline/deliver/book.h"
#include "pipeline/pull/quarantine.h"

#define OPENED_MAX ((size_t)1 << 20)
#define FINGERPRINT_DOMAIN "returned"

const char *quarantine_title(struct str reason)
{
    static const struct {
        const char *word, *zh, *en;
    } titles[] = {
        {"undecodable", "整条无法读取", "the row cannot be read"},
        {"cut_off", "文件在此中断", "the file ends in mid-row"},
        {"key_missing", "主键为空", "a key field is blank"},
        {"event_date_missing", "事件日期为空", "the event date is blank"},
        {"event_date_future", "事件日期在将来", "the event date lies in the future"},
        {"bad_text", "文字无法读取", "text that cannot be read"},
        {"bad_code", "不在代码表中", "not in the code list"},
        {"bad_flag", "不是是或否", "neither yes nor no"},
        {"bad_date", "不是日期", "not a date"},
        {"bad_instant", "不是时间", "not a time"},
        {"bad_money", "不是金额", "not an amount"},
        {"bad_number", "不是数字", "not a number"},
        {"id_unreadable", "证件号码无法读取", "the identity number cannot be read"},
        {"not_asked", "不是所问之人,或名单号、核对码不符", "nobody who was asked about, or of another list"},
        {"result_unclear", "结果与内容不符", "neither a record nor that there is none"},
        {"several_villages", "村名对应多个村", "the village's name means several villages"},
        {"works_missing", "工程编码为空", "the works' code is blank"},
        {"two_versions", "同一主键有不同内容", "one key, different contents"},
        {"household_missing", "户编号为空", "the household number is blank"},
        {"name_missing", "姓名为空", "the name is blank"},
    };
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        if (str_is(reason, titles[i].word)) {
            return tr(titles[i].zh, titles[i].en);
        }
    }
    return tr("其他", "other");
}

static const struct column columns[] = {
    {"数据集", "Dataset", 30}, {"名称", "Title", 16},     {"记录主键或代码", "Record key or code", 26},
    {"列", "Column", 16},      {"脱敏值", "Masked value", 22}, {"问题", "Problem", 22},
    {"应为", "Expected", 30},  {"来数日期", "Delivered", 12},  {"指纹", "Fingerprint", 24}};
#define COLUMNS (sizeof columns / sizeof *columns)

/* What waits: not settled, not emptied, newest first. */
static const char waiting[] =
    "select q.record_code, encode(q.sealed, 'hex'), q.column_name, q.reason, q.expected, d.as_of, q.page, q.row_number"
    " from bidui.quarantine q left join bidui.delivery d using (county, dataset, edition)"
    " where q.county = $1 and q.dataset = $2 and q.settled_edition is null and not q.emptied and q.edition > 0"
    " order by q.edition desc, q.page, q.row_number, q.reason, q.column_name";

struct sheet_of {
    struct book book;
    lxw_worksheet *sheet;
    struct stage *stage;
    size_t rows;
};

/* Key and masked value as they were sealed; the key is a code where it holds an identity number. */
static enum rc open_sealed(const struct sheet_of *o, const char *dataset, struct str sealed, struct str *key, struct str *value)
{
    struct buf plain;
    buf_init(&plain, OPENED_MAX);
    enum rc rc = seal_open(o->stage->config, dataset, "quarantine", sealed, &plain);
    if (rc == RC_OK) {
        *value = arena_str(o->book.arena, buf_str(&plain));
        *key = str_cut(value, '\n');
    }
    buf_done(&plain);
    return rc;
}

static struct str from_hex(struct arena *a, struct str hex)
{
    char *out = arena_alloc(a, hex.n / 2 + 1);
    for (size_t i = 0; i + 1 < hex.n; i += 2) {
        unsigned byte = 0;
        for (size_t k = i; k < i + 2; k++) {
            byte = byte * 16 + (unsigned)(hex.p[k] <= '9' ? hex.p[k] - '0' : hex.p[k] - 'a' + 10);
        }
        out[i / 2] = (char)byte;
    }
    return str_of(out, hex.n / 2);
}

/* So that both sides mean the same row; it says nothing of what stands in it. */
static struct str fingerprint(const struct sheet_of *o, const char *dataset, const PGresult *res, int i)
{
    char code[CODE_TEXT];
    const char *text = arena_printf(o->book.arena, "%s/%s/%s/%s/%s/%s/%s", dataset, PQgetvalue(res, i, 0), PQgetvalue(res, i, 2),
                                    PQgetvalue(res, i, 3), PQgetvalue(res, i, 5), PQgetvalue(res, i, 6), PQgetvalue(res, i, 7));
    crypto_code(&o->stage->config->code_key, FINGERPRINT_DOMAIN, str_from(text), code);
    return arena_str(o->book.arena, str_from(code));
}

static enum rc put_row(struct sheet_of *o, const struct dataset *d, const PGresult *res, int i)
{
    struct str key = STR(""), value = STR("");
    struct book *b = &o->book;
    TRY(open_sealed(o, d->id, from_hex(b->arena, db_text(res, i, 1)), &key, &value));
    lxw_row_t row = (lxw_row_t)++o->rows;
    book_put_str(b, o->sheet, row, 0, str_from(d->id));
    book_put_str(b, o->sheet, row, 1, str_from(d->title));
    book_put_str(b, o->sheet, row, 2, key.n > 0 ? key : str_from(tr("(主键无法读取)", "(no readable key)")));
    book_put_str(b, o->sheet, row, 3, db_text(res, i, 2));
    book_put_str(b, o->sheet, row, 4, value);
    book_put_str(b, o->sheet, row, 5, str_from(quarantine_title(db_text(res, i, 3))));
    book_put_str(b, o->sheet, row, 6, db_text(res, i, 4));
    book_put_date(b, o->sheet, row, 7, db_date(res, i, 5));
    book_put_str(b, o->sheet, row, 8, fingerprint(o, d->id, res, i));
    return RC_OK;
}

static enum rc put_dataset(struct sheet_of *o, const struct dataset *d)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(o->stage->db, waiting, DB_PARAMS(o->stage->config->county, d->id), &res));
    for (int i = 0; i < PQntuples(res); i++) {
        TRY(put_row(o, d, res, i));
    }
    return RC_OK;
}

static enum rc put_all(struct sheet_of *o, const struct department *d)
{
    o->sheet = book_sheet_begin(&o->book, tr("问题数据反馈单", "Records to correct"), columns, COLUMNS);
    for (size_t i = 0; i < d->dataset_count; i++) {
        TRY(put_dataset(o, &d->datasets[i]));
    }
    book_sheet_end(&o->book, o->sheet, o->rows, COLUMNS);
    return RC_OK;
}

static enum rc count_waiting(struct stage *s, const struct department *d, int64_t *ret)
{
    return db_query_i64(s->db,
                        "select count(*) from bidui.quarantine where county = $1 and starts_with(dataset, $2 || '.')"
                        " and settled_edition is null and not emptied and edition > 0",
                        DB_PARAMS(s->config->county, d->name), ret);
}

enum rc returned_write(struct stage *s, const struct department *d, date_t day, const char *folder, const char **ret_path,
                       size_t *ret_rows)
{
    char text[DATE_TEXT];
    int64_t n = 0;
    struct list list = {.as_of = day, .config = s->config, .arena = s->arena};
    struct sheet_of o = {.stage = s};
    TRY(count_waiting(s, d, &n));
    *ret_rows = 0;
    *ret_path = NULL;
    if (n == 0) {
        return RC_OK;
    }
    date_format(day, text);
    const char *name = arena_printf(s->arena, tr("问题数据反馈单-%s-%s.xlsx", "records-to-correct-%s-%s.xlsx"), d->name, text);
    TRY(fs_mkdirs(folder));
    TRY(book_open(&o.book, &list, folder, name));
    enum rc rc = put_all(&o, d), closed = book_close(&o.book);
    TRY(rc);
    TRY(closed);
    *ret_path = arena_printf(s->arena, "%s/%s", folder, name);
    *ret_rows = o.rows;
    return RC_OK;
}
