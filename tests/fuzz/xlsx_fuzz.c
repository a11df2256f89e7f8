/* One part of an otherwise sound workbook is whatever the fuzzer likes; its archive is put together
 * here, so that no checksum stands between. */
#include <sys/mman.h>
#include <unistd.h>

#include "connectors/table/parts.h"
#include "fuzz.h"

#define REL "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

static const struct {
    const char *name, *text;
} parts[] = {
    {"xl/worksheets/sheet1.xml", "<worksheet><sheetData><row r='1'><c r='A1' t='s'><v>0</v></c><c "
                                 "r='B1' s='1'><v>45356.5</v></c></row></sheetData></worksheet>"},
    {"xl/sharedStrings.xml", "<sst><si><t>x</t></si></sst>"},
    {"xl/styles.xml", "<styleSheet><numFmts><numFmt numFmtId='164' formatCode='yyyy-mm'/></numFmts>"
                      "<cellXfs><xf numFmtId='0'/><xf numFmtId='164'/></cellXfs></styleSheet>"},
    {"xl/workbook.xml",
     "<workbook><sheets><sheet name='a' r:id='r1' xmlns:r='x'/></sheets></workbook>"},
    {"xl/_rels/workbook.xml.rels",
     "<Relationships><Relationship Id='r1' Type='" REL
     "/worksheet' Target='worksheets/sheet1.xml'/>"
     "<Relationship Id='r2' Type='" REL "/sharedStrings' Target='sharedStrings.xml'/>"
     "<Relationship Id='r3' Type='" REL "/styles' Target='styles.xml'/></Relationships>"},
    {"_rels/.rels", "<Relationships><Relationship Id='r' Type='" REL
                    "/officeDocument' Target='xl/workbook.xml'/></Relationships>"},
};
#define PARTS (sizeof parts / sizeof *parts)

static struct blob *pack(size_t which, struct str text)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *bytes = zip_source_buffer_create(NULL, 0, 0, &error);
    must(bytes != NULL);
    zip_source_keep(bytes);
    zip_t *zip = zip_open_from_source(bytes, ZIP_TRUNCATE, &error);
    must(zip != NULL);
    for (size_t i = 0; i < PARTS; i++) {
        struct str part = i == which ? text : str_from(parts[i].text);
        zip_int64_t at =
            zip_file_add(zip, parts[i].name, zip_source_buffer(zip, part.p, part.n, 0), 0);
        must(at >= 0 && zip_set_file_compression(zip, (zip_uint64_t)at, ZIP_CM_STORE, 0) == 0);
    }
    must(zip_close(zip) == 0);
    must(zip_source_open(bytes) == 0);
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    char step[65536];
    for (zip_int64_t n = 1; n > 0;) {
        n = zip_source_read(bytes, step, sizeof step);
        must(n >= 0 && write(fd, step, (size_t)n) == (ssize_t)n);
    }
    zip_source_close(bytes);
    zip_source_free(bytes);
    struct blob *b = NULL;
    must(blob_of_file(fd, "fuzz", &b) == RC_OK);
    return b;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    struct table_options options = {.kind = "xlsx", .charset = "auto", .skip_hidden = data[0] & 8};
    struct blob *bytes = pack(data[0] % 8 % PARTS, fuzz_input(data + 1, size - 1));
    struct table *t = NULL;
    bool more = table_open(bytes, "fuzz", &options, &t) == RC_OK &&
                table_next_sheet(t, &more) == RC_OK && more;
    while (more) {
        struct table_row row = {0};
        int64_t before = row.number;
        more = table_next_row(t, &row, &more) == RC_OK && more;
        must(!more || (row.number > before && row.n <= TABLE_COLUMNS));
    }
    table_close(t);
    blob_close(bytes);
    err_clear();
    return 0;
}
