/* The table readers' own parts: sniff.c tells formats apart, csv_text.c, xlsx*.c, xls.c and
 * members.c read one each. Only they include this. */
#ifndef BIDUI_CONNECTORS_TABLE_PARTS_H
#define BIDUI_CONNECTORS_TABLE_PARTS_H

#include <zip.h>

#include "base/buf.h"
#include "connectors/table/table.h"

/* Of a row, a cell and a text, so that a crafted file is an error and not a full memory. */
#define TABLE_COLUMNS ((size_t)16384)
#define TABLE_CELL_BYTES ((size_t)1 << 20)
#define TABLE_ROW_BYTES ((size_t)16 << 20)
#define TABLE_STRINGS_BYTES ((size_t)512 << 20)
#define TABLE_XLS_BYTES ((int64_t)256 << 20)

struct table_driver {
    enum rc (*open)(struct table *t, void **ret_state);
    enum rc (*next_sheet)(void *state, bool *ret_have); /* sets the table's sheet */
    enum rc (*next_row)(void *state, struct table_row *ret, bool *ret_have);
    bool (*was_cut)(const void *state); /* optional, as the next */
    bool (*has_width)(const void *state);
    struct str (*columns_seen)(const void *state);
    void (*close)(void *state);
};
struct table {
    const struct table_driver *driver;
    void *state;
    const struct blob *bytes;
    const char *name;
    const struct table_options *options;
    char sheet[512], format[64];
};

/* A table inside an archive, which is none itself. */
enum rc table_open_member(const struct blob *bytes, const char *name, const struct table *outer,
                          struct table **ret) MUST_CHECK;

extern const struct table_driver table_csv, table_xlsx, table_xls, table_members, table_document;

/* ---- sniff.c ---- */

/* The driver for what the bytes are; RC_FORMAT with what to do if none can read them. */
enum rc sniff(const struct blob *bytes, const char *name, const char *kind, bool is_member,
              const struct table_driver **ret, const char **ret_format) MUST_CHECK;

/* ---- package.c: libzip over a blob ---- */

/* `bytes` must outlive it. */
enum rc package_open(const struct blob *bytes, const char *name, zip_t **ret) MUST_CHECK;
enum rc package_enter(zip_t *zip, zip_uint64_t index, const char *name,
                      zip_file_t **ret) MUST_CHECK;
/* Up to n bytes; fewer only at the end. */
enum rc package_read(zip_file_t *in, const char *name, char *p, size_t n, size_t *ret_n) MUST_CHECK;

/* ---- number.c: numbers of spreadsheets as text ---- */

enum number_kind { NUMBER_PLAIN, NUMBER_DATE, NUMBER_MONTH, NUMBER_TIME, NUMBER_PERCENT };
enum number_kind number_kind_of_id(int64_t id);        /* built-in formats */
enum number_kind number_kind_of_code(struct str code); /* yyyy"年"m"月"d"日" */
/* Digits as written; an exponent written out and noise behind the 15th digit of a fraction rounded
 * away, as the program that wrote it shows it. What can't be exact stays as it is. */
struct str number_text(struct arena *a, struct str raw, enum number_kind kind, bool base_1904);

/* ---- xlsx_xml.c: one part of a workbook, parsed as far as its reader wants ---- */

struct xlsx_xml {
    /* set by the reader before xlsx_xml_open; names and attributes without their namespace prefix
     */
    void (*start)(void *ctx, const char *name, const char **attributes);
    void (*end)(void *ctx, const char *name);
    void (*text)(void *ctx, struct str text);
    void *ctx;
    /* its own */
    const char *label;
    zip_file_t *in;
    struct XML_ParserStruct *parser;
    enum rc rc;
    bool is_paused, is_done, last_was_fed;
};
/* RC_NOT_FOUND if there is no such part. */
enum rc xlsx_xml_open(struct xlsx_xml *x, zip_t *zip, const char *path,
                      const char *label) MUST_CHECK;
/* Goes on until a handler pauses it; *ret_more is false at the end of the part. */
enum rc xlsx_xml_step(struct xlsx_xml *x, bool *ret_more) MUST_CHECK;
void xlsx_xml_pause(struct xlsx_xml *x);
void xlsx_xml_fail(struct xlsx_xml *x, enum rc rc); /* from a handler: rc is recorded already */
void xlsx_xml_close(struct xlsx_xml *x);
/* Opens, parses it all, closes. */
enum rc xlsx_xml_parse(struct xlsx_xml *x, zip_t *zip, const char *path,
                       const char *label) MUST_CHECK;
const char *xlsx_attribute(const char **attributes, const char *name); /* NULL if absent */

/* ---- xlsx parts ---- */

struct xlsx_sheet_entry {
    const char *name, *id, *path;
    bool is_hidden, is_chosen;
};
struct xlsx_book {
    struct arena *arena;
    zip_t *zip;
    const char *name; /* of the file, for messages */
    bool base_1904;
    struct xlsx_sheet_entry *sheets;
    size_t sheet_n, sheet_cap;
    unsigned char *kinds; /* number kind by cell style */
    size_t kind_n;
    struct buf strings; /* the shared strings, one behind the other */
    struct buf ends;    /* uint32_t each: where it ends in strings */
};
enum rc xlsx_book_read(struct xlsx_book *b) MUST_CHECK;
enum rc xlsx_strings_read(struct xlsx_book *b, const char *path) MUST_CHECK;
enum rc xlsx_styles_read(struct xlsx_book *b, const char *path) MUST_CHECK;
bool xlsx_string(const struct xlsx_book *b, size_t i, struct str *ret);

struct xlsx_rows; /* of one sheet */
enum rc xlsx_rows_open(const struct xlsx_book *b, const struct xlsx_sheet_entry *sheet,
                       const struct table_options *options, struct xlsx_rows **ret) MUST_CHECK;
enum rc xlsx_rows_next(struct xlsx_rows *r, struct table_row *ret, bool *ret_have) MUST_CHECK;
void xlsx_rows_close(struct xlsx_rows *r);

#endif
