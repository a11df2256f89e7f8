/* What a file is, by its bytes; its name only helps to say what to do with one that can't be read.
 */
#include <strings.h>

#include "connectors/table/parts.h"

#define HEAD ((size_t)4096)

enum found {
    FOUND_CSV,
    FOUND_XLSX,
    FOUND_XLS,
    FOUND_ZIP,
    FOUND_JSON,
    FOUND_XML,
    /* what no program here reads */
    FOUND_LOCKED,
    FOUND_ET,
    FOUND_OTHER_OFFICE,
    FOUND_ODS,
    FOUND_RAR,
    FOUND_PACKED,
    FOUND_PDF,
    FOUND_WEB_PAGE,
    FOUND_NESTED
};

static const struct {
    const char *kind; /* as configured */
    const struct table_driver *driver;
    const char *zh, *en; /* what it is; with a driver NULL: what to do as well */
    const char *hint_zh, *hint_en;
} formats[] = {
    [FOUND_CSV] = {"csv", &table_csv, "文本(csv)", "text (csv)", NULL, NULL},
    [FOUND_XLSX] = {"xlsx", &table_xlsx, "工作簿(xlsx)", "a workbook (xlsx)", NULL, NULL},
    [FOUND_XLS] = {"xls", &table_xls, "旧工作簿(xls)", "an old workbook (xls)", NULL, NULL},
    [FOUND_ZIP] = {"zip", &table_members, "压缩包(zip)", "an archive (zip)", NULL, NULL},
    /* what records are in these only the configuration can say: they are never guessed */
    [FOUND_JSON] = {"", NULL, "JSON", "JSON", "写明 format: {kind: json}(或 ndjson)和 records。",
                    "Say format: {kind: json} (or ndjson) and records."},
    [FOUND_XML] =
        {"", NULL, "XML 文件", "XML",
         "工作簿请部门另存为 .xlsx 再放入;数据文件写明 format: {kind: xml} 和 records。",
         "A workbook must be saved as .xlsx; for a data file say format: {kind: xml} and records."},
    [FOUND_LOCKED] = {"", NULL, "加了密码的工作簿", "a workbook with a password",
                      "请部门打开后在“文件—信息—保护工作簿”中取消密码,另存为 .xlsx 再放入。",
                      "Ask the department to take the password off and save it as .xlsx."},
    [FOUND_ET] = {"", NULL, "WPS 的 .et 文件", "a .et file of WPS",
                  "请部门用 WPS 打开,选“另存为—Excel 工作簿(.xlsx)”再放入。",
                  "Ask the department to open it in WPS and save it as .xlsx."},
    [FOUND_OTHER_OFFICE] = {"", NULL, "不是表格的旧版 Office 文件",
                            "an Office file that is no workbook", "请部门改放 .xlsx 或 .csv 文件。",
                            "Ask the department for .xlsx or .csv."},
    [FOUND_ODS] = {"", NULL, "OpenDocument 表格(.ods)", "an OpenDocument sheet (.ods)",
                   "请部门另存为 .xlsx 再放入。", "Ask the department to save it as .xlsx."},
    [FOUND_RAR] = {"", NULL, "RAR 压缩包", "a RAR archive",
                   "请部门解压后直接放入,或重新压缩为 ZIP 再放入。",
                   "Ask the department to unpack it, or to pack it as ZIP."},
    [FOUND_PACKED] = {"", NULL, "不支持的压缩包(7z、gz 等)",
                      "an archive of another kind (7z, gz ...)",
                      "请部门解压后直接放入,或重新压缩为 ZIP 再放入。",
                      "Ask the department to unpack it, or to pack it as ZIP."},
    [FOUND_PDF] = {"", NULL, "PDF 文件", "a PDF file", "请部门改放导出它的 .xlsx 或 .csv 文件。",
                   "Ask the department for the .xlsx or .csv it was made from."},
    [FOUND_WEB_PAGE] = {"", NULL, "网页表格(扩展名可能是 .xls)", "a web page (perhaps named .xls)",
                        "请部门用 Excel 或 WPS 打开后另存为 .xlsx 再放入。",
                        "Ask the department to open it in Excel or WPS and save it as .xlsx."},
    [FOUND_NESTED] = {"", NULL, "压缩包里的压缩包", "an archive within an archive",
                      "请部门只压缩一层。", "Ask the department to pack it once only."},
};

/* ---- OLE: old workbooks, and new ones under a password ---- */

static uint32_t u32(const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* The folder of streams: names in UTF-16LE. */
static bool has_stream(struct str folder, const char *name)
{
    char wide[64];
    size_t n = 0;
    for (; name[n] != '\0'; n++) {
        wide[2 * n] = name[n];
        wide[2 * n + 1] = '\0';
    }
    return memmem(folder.p, folder.n, wide, 2 * n) != NULL;
}

static enum rc sniff_ole(const struct blob *bytes, struct str head, struct str name,
                         enum found *ret)
{
    char folder[HEAD];
    size_t n = 0;
    unsigned shift = head.n > 50 ? (unsigned char)head.p[30] : 0;
    if (shift != 9 && shift != 12) {
        *ret = FOUND_OTHER_OFFICE;
        return RC_OK;
    }
    int64_t at = ((int64_t)u32(head.p + 48) + 1) << shift;
    TRY(blob_read(bytes, at, folder, sizeof folder, &n));
    struct str streams = str_of(folder, n);
    bool is_book = has_stream(streams, "Workbook") || has_stream(streams, "Book");
    *ret = has_stream(streams, "EncryptedPackage")                    ? FOUND_LOCKED
           : str_ends(name, STR(".et")) || str_ends(name, STR(".ET")) ? FOUND_ET
           : is_book                                                  ? FOUND_XLS
                                                                      : FOUND_OTHER_OFFICE;
    return RC_OK;
}

/* ---- ZIP: workbooks are archives too ---- */

static enum rc sniff_zip(const struct blob *bytes, const char *name, bool is_member,
                         enum found *ret)
{
    zip_t *zip = NULL;
    TRY(package_open(bytes, name, &zip));
    bool is_office = zip_name_locate(zip, "[Content_Types].xml", ZIP_FL_NOCASE) >= 0;
    bool is_book = zip_name_locate(zip, "workbook.xml", ZIP_FL_NOCASE | ZIP_FL_NODIR) >= 0;
    bool is_open_document = zip_name_locate(zip, "META-INF/manifest.xml", 0) >= 0 &&
                            zip_name_locate(zip, "content.xml", 0) >= 0;
    zip_discard(zip);
    *ret = is_book            ? FOUND_XLSX
           : is_office        ? FOUND_OTHER_OFFICE
           : is_open_document ? FOUND_ODS
           : is_member        ? FOUND_NESTED
                              : FOUND_ZIP;
    return RC_OK;
}

/* ---- Text ---- */

static bool begins(struct str head, const char *word)
{
    struct str s = str_sub(head, 0, strlen(word));
    return s.n == strlen(word) && strncasecmp(s.p, word, s.n) == 0;
}

static enum found sniff_text(struct str head)
{
    if (str_starts(head, STR("\xEF\xBB\xBF"))) {
        head = str_sub(head, 3, head.n);
    }
    head = str_trim(head);
    if (begins(head, "<!doctype html") || begins(head, "<html") || begins(head, "<table") ||
        begins(head, "<meta") || begins(head, "<head")) {
        return FOUND_WEB_PAGE;
    }
    bool is_json = head.n > 0 && (head.p[0] == '{' || head.p[0] == '[');
    return begins(head, "<?xml") ? FOUND_XML : is_json ? FOUND_JSON : FOUND_CSV;
}

static enum rc find(const struct blob *bytes, const char *name, bool is_member, enum found *ret)
{
    static const struct {
        const char *magic;
        size_t n;
        enum found found;
    } magics[] = {{"Rar!\x1A\x07", 6, FOUND_RAR},
                  {"7z\xBC\xAF\x27\x1C", 6, FOUND_PACKED},
                  {"\x1F\x8B", 2, FOUND_PACKED},
                  {"BZh", 3, FOUND_PACKED},
                  {"\xFD"
                   "7zXZ",
                   5, FOUND_PACKED},
                  {"%PDF-", 5, FOUND_PDF}};
    char bytes_head[HEAD];
    size_t n = 0;
    TRY(blob_read(bytes, 0, bytes_head, sizeof bytes_head, &n));
    struct str head = str_of(bytes_head, n);
    if (str_starts(head, STR("PK\x03\x04")) || str_starts(head, STR("PK\x05\x06"))) {
        return sniff_zip(bytes, name, is_member, ret);
    }
    if (str_starts(head, STR("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"))) {
        return sniff_ole(bytes, head, str_from(name), ret);
    }
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
        if (str_starts(head, str_of(magics[i].magic, magics[i].n))) {
            *ret = magics[i].found;
            return RC_OK;
        }
    }
    *ret = sniff_text(head);
    return RC_OK;
}

static bool is_document(const char *kind)
{
    return strcmp(kind, "json") == 0 || strcmp(kind, "ndjson") == 0 || strcmp(kind, "xml") == 0;
}

enum rc sniff(const struct blob *bytes, const char *name, const char *kind, bool is_member,
              const struct table_driver **ret, const char **ret_format)
{
    enum found found = FOUND_CSV;
    TRY(find(bytes, name, is_member, &found));
    if (is_document(kind) && (found == FOUND_JSON || found == FOUND_XML || found == FOUND_CSV)) {
        *ret = &table_document; /* it judges its text itself */
        *ret_format = kind;
        return RC_OK;
    }
    const char *what = tr(formats[found].zh, formats[found].en);
    if (formats[found].driver == NULL) {
        enum rc rc = err_fail(RC_FORMAT, tr("%s 是%s", "%s is %s"), name, what);
        err_hint("%s", tr(formats[found].hint_zh, formats[found].hint_en));
        return rc;
    }
    bool is_packed = found == FOUND_ZIP && is_document(kind);
    if (!is_packed && strcmp(kind, "auto") != 0 && strcmp(kind, formats[found].kind) != 0) {
        enum rc rc = err_fail(RC_FORMAT, tr("%s 是%s,配置的是 %s", "%s is %s; %s is configured"),
                              name, what, kind);
        err_hint("%s", tr("改 format.kind(或写 auto),或请部门按约定格式放入。",
                          "Change format.kind (auto takes any), or ask the department for the "
                          "agreed format."));
        return rc;
    }
    *ret = formats[found].driver;
    *ret_format = formats[found].kind;
    return RC_OK;
}
