/* What a workbook says about its sheets: names, order, which are hidden, where their rows lie. */
#include "connectors/table/parts.h"

#define SHEETS_MOST ((size_t)4096)

struct relations {
    struct xlsx_book *book;
    const char *folder; /* targets are relative to it */
    const char *main, *strings, *styles;
    bool is_root;
};

/* "../xl/a.xml" seen from "xl" is "xl/a.xml"; "/xl/a.xml" is absolute. */
static const char *resolve(struct arena *a, const char *folder, const char *target)
{
    if (*target == '/') {
        return target + 1;
    }
    struct str base = str_from(folder), rest = str_from(target);
    while (str_starts(rest, STR("../"))) {
        rest = str_sub(rest, 3, rest.n);
        while (base.n > 0 && base.p[--base.n] != '/') {
        }
    }
    return base.n == 0 ? arena_cstr(a, rest)
                       : arena_printf(a, "%.*s/%.*s", STR_ARGS(base), STR_ARGS(rest));
}

static void put_path(struct xlsx_book *b, const char *id, const char *path)
{
    for (size_t i = 0; id != NULL && i < b->sheet_n; i++) {
        if (strcmp(b->sheets[i].id, id) == 0) {
            b->sheets[i].path = path;
        }
    }
}

static void on_relation(void *ctx, const char *name, const char **attributes)
{
    struct relations *r = ctx;
    const char *type = xlsx_attribute(attributes, "Type");
    const char *target = xlsx_attribute(attributes, "Target");
    if (strcmp(name, "Relationship") != 0 || type == NULL || target == NULL) {
        return;
    }
    const char *path =
        resolve(r->book->arena, r->folder, arena_cstr(r->book->arena, str_from(target)));
    if (str_ends(str_from(type), STR("/officeDocument"))) {
        r->main = path;
    } else if (str_ends(str_from(type), STR("/sharedStrings"))) {
        r->strings = path;
    } else if (str_ends(str_from(type), STR("/styles"))) {
        r->styles = path;
    } else if (!r->is_root && str_ends(str_from(type), STR("/worksheet"))) {
        put_path(r->book, xlsx_attribute(attributes, "Id"), path);
    }
}

static bool is_true(const char *text)
{
    return text != NULL && (strcmp(text, "1") == 0 || strcmp(text, "true") == 0);
}

static void add_sheet(struct xlsx_book *b, const char **attributes)
{
    const char *name = xlsx_attribute(attributes, "name"), *id = xlsx_attribute(attributes, "id");
    const char *state = xlsx_attribute(attributes, "state");
    if (name == NULL || id == NULL || b->sheet_n == SHEETS_MOST) {
        return;
    }
    if (b->sheet_n == b->sheet_cap) {
        struct xlsx_sheet_entry *more = arena_array(b->arena, b->sheet_cap * 2 + 8, sizeof *more);
        if (b->sheet_n > 0) {
            memcpy(more, b->sheets, b->sheet_n * sizeof *more);
        }
        b->sheets = more;
        b->sheet_cap = b->sheet_cap * 2 + 8;
    }
    b->sheets[b->sheet_n++] = (struct xlsx_sheet_entry){
        .name = arena_cstr(b->arena, str_from(name)),
        .id = arena_cstr(b->arena, str_from(id)),
        .is_hidden = state != NULL && strcmp(state, "visible") != 0,
    };
}

static void on_workbook(void *ctx, const char *name, const char **attributes)
{
    struct xlsx_book *b = ctx;
    if (strcmp(name, "workbookPr") == 0) {
        b->base_1904 = is_true(xlsx_attribute(attributes, "date1904"));
    } else if (strcmp(name, "sheet") == 0) {
        add_sheet(b, attributes);
    }
}

static enum rc read_relations(struct relations *r, const char *path)
{
    struct xlsx_xml x = {.start = on_relation, .ctx = r};
    return xlsx_xml_parse(&x, r->book->zip, path, r->book->name);
}

/* "xl/workbook.xml" has its relations in "xl/_rels/workbook.xml.rels". */
static const char *relations_of(struct arena *a, const char *path, const char **ret_folder)
{
    const char *slash = strrchr(path, '/');
    struct str folder = slash == NULL ? STR("") : str_of(path, (size_t)(slash - path));
    *ret_folder = arena_cstr(a, folder);
    return arena_printf(a, "%.*s%s_rels/%s.rels", STR_ARGS(folder), slash == NULL ? "" : "/",
                        slash == NULL ? path : slash + 1);
}

/* A workbook without shared strings or styles is none the worse for it. */
static enum rc optional(enum rc rc)
{
    if (rc == RC_NOT_FOUND) {
        err_clear();
        return RC_OK;
    }
    return rc;
}

enum rc xlsx_book_read(struct xlsx_book *b)
{
    struct relations root = {.book = b, .folder = "", .is_root = true}, r = {.book = b};
    TRY(read_relations(&root, "_rels/.rels"));
    const char *main = root.main != NULL ? root.main : "xl/workbook.xml";
    struct xlsx_xml x = {.start = on_workbook, .ctx = b};
    TRY(xlsx_xml_parse(&x, b->zip, main, b->name));
    TRY(read_relations(&r, relations_of(b->arena, main, &r.folder)));
    if (r.strings != NULL) {
        TRY(optional(xlsx_strings_read(b, r.strings)));
    }
    return r.styles != NULL ? optional(xlsx_styles_read(b, r.styles)) : RC_OK;
}
