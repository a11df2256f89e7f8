/* Expat over one part of a workbook. Elements go by their local names: some programs write x:row.
 */
#include <expat.h>

#include "connectors/table/parts.h"

#define CHUNK 65536

static const char *local(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon != NULL ? colon + 1 : name;
}

const char *xlsx_attribute(const char **attributes, const char *name)
{
    for (; *attributes != NULL; attributes += 2) {
        if (strcmp(local(attributes[0]), name) == 0) {
            return attributes[1];
        }
    }
    return NULL;
}

static void XMLCALL on_start(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
    struct xlsx_xml *x = ctx;
    if (x->rc == RC_OK) {
        x->start(x->ctx, local(name), attributes);
    }
}

static void XMLCALL on_end(void *ctx, const XML_Char *name)
{
    struct xlsx_xml *x = ctx;
    if (x->rc == RC_OK && x->end != NULL) {
        x->end(x->ctx, local(name));
    }
}

static void XMLCALL on_text(void *ctx, const XML_Char *p, int n)
{
    struct xlsx_xml *x = ctx;
    if (x->rc == RC_OK && x->text != NULL) {
        x->text(x->ctx, str_of(p, (size_t)n));
    }
}

static enum rc fail_damaged(const struct xlsx_xml *x)
{
    enum rc rc =
        err_fail(RC_FORMAT, tr("%s: 工作簿已损坏", "%s: the workbook is damaged"), x->label);
    err_hint("%s", tr("请部门用 Excel 或 WPS 打开后另存为 .xlsx 再放入。",
                      "Ask the department to open it in Excel or WPS and save it as .xlsx again."));
    return rc;
}

/* No workbook has one; entities are how a small file becomes a large one. */
static void XMLCALL on_doctype(void *ctx, const XML_Char *name, const XML_Char *system_id,
                               const XML_Char *public_id, int has_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_subset;
    xlsx_xml_fail(ctx, fail_damaged(ctx));
}

void xlsx_xml_pause(struct xlsx_xml *x)
{
    x->is_paused = true;
    (void)XML_StopParser(x->parser, XML_TRUE);
}

void xlsx_xml_fail(struct xlsx_xml *x, enum rc rc)
{
    x->rc = rc;
    (void)XML_StopParser(x->parser, XML_FALSE);
}

enum rc xlsx_xml_open(struct xlsx_xml *x, zip_t *zip, const char *path, const char *label)
{
    zip_int64_t index = zip_name_locate(zip, path, ZIP_FL_NOCASE);
    x->label = label;
    if (index < 0) {
        return err_fail(RC_NOT_FOUND, "%s: %s", label, path);
    }
    TRY(package_enter(zip, (zip_uint64_t)index, label, &x->in));
    x->parser = XML_ParserCreate(NULL);
    if (x->parser == NULL) {
        err_die(RC_MEMORY, "%s", label);
    }
    XML_SetUserData(x->parser, x);
    XML_SetElementHandler(x->parser, on_start, on_end);
    XML_SetCharacterDataHandler(x->parser, on_text);
    XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
    return RC_OK;
}

static enum rc feed(struct xlsx_xml *x, enum XML_Status *ret)
{
    size_t n = 0;
    char *into = XML_GetBuffer(x->parser, CHUNK);
    if (into == NULL) {
        err_die(RC_MEMORY, "%s", x->label);
    }
    TRY(package_read(x->in, x->label, into, CHUNK, &n));
    x->last_was_fed = n < CHUNK;
    *ret = XML_ParseBuffer(x->parser, (int)n, x->last_was_fed);
    return RC_OK;
}

enum rc xlsx_xml_step(struct xlsx_xml *x, bool *ret_more)
{
    while (!x->is_done) {
        enum XML_Status status = XML_STATUS_OK;
        if (x->is_paused) {
            x->is_paused = false;
            status = XML_ResumeParser(x->parser);
        } else {
            TRY(feed(x, &status));
        }
        TRY(x->rc);
        if (status == XML_STATUS_ERROR) {
            return fail_damaged(x);
        }
        x->is_done = x->last_was_fed && status == XML_STATUS_OK;
        if (x->is_paused) {
            *ret_more = true;
            return RC_OK;
        }
    }
    *ret_more = false;
    return RC_OK;
}

void xlsx_xml_close(struct xlsx_xml *x)
{
    if (x->parser != NULL) {
        XML_ParserFree(x->parser);
    }
    if (x->in != NULL) {
        (void)zip_fclose(x->in);
    }
    x->parser = NULL;
    x->in = NULL;
}

enum rc xlsx_xml_parse(struct xlsx_xml *x, zip_t *zip, const char *path, const char *label)
{
    bool more = true;
    enum rc rc = xlsx_xml_open(x, zip, path, label);
    while (rc == RC_OK && more) {
        rc = xlsx_xml_step(x, &more);
    }
    xlsx_xml_close(x);
    return rc;
}
