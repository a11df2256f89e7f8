#include "connectors/json_value.h"

#include <stdio.h>

#include "connectors/json_text.h"

const char *json_stop(struct json_reader *j, enum rc rc, const char *at)
{
    j->rc = rc;
    return scan_stop(&j->scan, SCAN_STOPPED, at);
}

/* ---- texts ---- */

static char *room(struct json_reader *j, size_t n)
{
    if (n > j->spill.cap - j->spill.n) {
        j->rc = err_fail(RC_LIMIT, "%s", tr("嵌套值过多", "too much text in nested values"));
        return NULL;
    }
    return j->spill.p + j->spill.n;
}

bool json_text(struct json_reader *j, struct str source, bool has_escape, struct str *ret,
               const char **ret_flaw)
{
    *ret = source;
    if (!has_escape) {
        return true;
    }
    char *p = room(j, source.n);
    if (p == NULL) {
        return false;
    }
    *ret = str_of(p, json_text_unescape(source, p, ret_flaw));
    j->spill.n += ret->n;
    return true;
}

static bool is_wanted(const struct plan_node *node)
{
    return node != NULL && node->column != NO_COLUMN;
}

/* An object asked for as a column is its text, so that a column that changes its type is not lost.
 */
static bool take_container(struct json_reader *j, const struct plan_node *node, struct str source)
{
    char *p = room(j, source.n);
    if (p == NULL) {
        return false;
    }
    struct str text = str_of(p, json_text_compact(source, p));
    j->spill.n += text.n;
    j->records->row[node->column] = text;
    return true;
}

/* ---- values ---- */

static const char *read_value(struct json_reader *j, const char *p, const struct plan_node *node,
                              size_t depth);

static const char *read_string(struct json_reader *j, const char *p, const struct plan_node *node)
{
    bool has_escape = false;
    const char *end = scan_string(&j->scan, p + 1, &has_escape), *flaw = NULL;
    if (end == NULL) {
        return NULL;
    }
    if (is_wanted(node)) {
        struct str source = str_of(p + 1, (size_t)(end - p - 1));
        if (!json_text(j, source, has_escape, &j->records->row[node->column], &flaw)) {
            return json_stop(j, j->rc, p);
        }
        if (flaw != NULL) {
            records_reject(j->records, flaw);
        }
    }
    return end + 1;
}

static const char *read_scalar(struct json_reader *j, const char *p, const struct plan_node *node)
{
    bool is_word = *p == 't' || *p == 'f' || *p == 'n';
    const char *end = is_word ? scan_word(&j->scan, p) : scan_number(&j->scan, p);
    if (end != NULL && is_wanted(node)) {
        j->records->row[node->column] = *p == 'n' ? STR_NULL : str_of(p, (size_t)(end - p));
    }
    return end;
}

/* After a value: behind the comma, with *ret_more, or behind the bracket that closes. */
static const char *read_comma(struct json_reader *j, const char *p, char close, bool *ret_more)
{
    p = scan_blanks(&j->scan, p);
    if (p == NULL) {
        return NULL;
    }
    *ret_more = *p == ',';
    if (*p != ',' && *p != close) {
        return scan_stop(&j->scan, SCAN_WRONG, p);
    }
    return p + 1;
}

static const char *read_array(struct json_reader *j, const char *p, const struct plan_node *node,
                              size_t depth)
{
    const struct plan_node *way = node != NULL && node->children != NULL ? node : NULL;
    bool more = true;
    p = scan_blanks(&j->scan, p + 1);
    if (p == NULL || *p == ']') {
        return p == NULL ? NULL : p + 1;
    }
    for (size_t i = 0; more; i++) {
        char text[24];
        int n = way == NULL ? 0 : snprintf(text, sizeof text, "%zu", i);
        const struct plan_node *child =
            way == NULL ? NULL : plan_child(way, str_of(text, (size_t)n));
        p = scan_blanks(&j->scan, p);
        p = p == NULL ? NULL : read_value(j, p, child, depth);
        p = p == NULL ? NULL : read_comma(j, p, ']', &more);
        if (p == NULL) {
            return NULL;
        }
    }
    return p;
}

static const struct plan_node *find_member(struct json_reader *j, const struct plan_node *node,
                                           size_t place, struct str name)
{
    if (node == NULL) {
        return NULL;
    }
    bool is_record = node == &j->records->plan->root;
    return is_record ? names_meet(&j->records->names, place, name) : plan_child(node, name);
}

/* Records are alike: the name that stood here before is compared before it is looked for. */
static const char *skip_expected(struct json_reader *j, const char *p, struct str name)
{
    bool is_same = !str_is_null(name) && (size_t)(j->scan.end - p) > name.n && p[name.n] == '"' &&
                   memcmp(p, name.p, name.n) == 0;
    return is_same ? p + name.n : NULL;
}

/* Behind the colon; p is at the name. */
static const char *read_name(struct json_reader *j, const char *p, const struct plan_node *node,
                             size_t place, const struct plan_node **ret_child)
{
    struct names *names = &j->records->names;
    bool has_escape = false, is_record = node == &names->plan->root;
    if (*p != '"') {
        return scan_stop(&j->scan, SCAN_WRONG, p);
    }
    const char *end =
        is_record ? skip_expected(j, p + 1, names_expected(names, place)) : NULL, *flaw = NULL;
    if (end != NULL) {
        *ret_child = names->places[place].node;
    } else {
        struct str name;
        end = scan_string(&j->scan, p + 1, &has_escape);
        if (end == NULL) {
            return NULL;
        }
        if (!json_text(j, str_of(p + 1, (size_t)(end - p - 1)), has_escape, &name, &flaw)) {
            return json_stop(j, j->rc, p);
        }
        *ret_child = find_member(j, node, place, name);
    }
    p = scan_blanks(&j->scan, end + 1);
    if (p != NULL && *p != ':') {
        return scan_stop(&j->scan, SCAN_WRONG, p);
    }
    return p == NULL ? NULL : scan_blanks(&j->scan, p + 1);
}

static const char *read_object(struct json_reader *j, const char *p, const struct plan_node *node,
                               size_t depth)
{
    const struct plan_node *way = node != NULL && node->children != NULL ? node : NULL;
    size_t most = j->records->plan->fields;
    bool more = true;
    way = node == &j->records->plan->root ? node : way;
    p = scan_blanks(&j->scan, p + 1);
    if (p == NULL || *p == '}') {
        return p == NULL ? NULL : p + 1;
    }
    for (size_t place = 0; more; place++) {
        const struct plan_node *child = NULL;
        if (place == most) {
            return json_stop(j, plan_too_many_fields(j->records->plan), p);
        }
        p = scan_blanks(&j->scan, p);
        p = p == NULL ? NULL : read_name(j, p, way, place, &child);
        p = p == NULL ? NULL : read_value(j, p, child, depth);
        p = p == NULL ? NULL : read_comma(j, p, '}', &more);
        if (p == NULL) {
            return NULL;
        }
    }
    return p;
}

static const char *read_container(struct json_reader *j, const char *p,
                                  const struct plan_node *node, size_t depth)
{
    if (depth == j->records->plan->depth) {
        return json_stop(j, plan_too_deep(j->records->plan), p);
    }
    const char *end =
        *p == '{' ? read_object(j, p, node, depth + 1) : read_array(j, p, node, depth + 1);
    if (end != NULL && is_wanted(node) && !take_container(j, node, str_of(p, (size_t)(end - p)))) {
        return json_stop(j, j->rc, p);
    }
    return end;
}

static const char *read_value(struct json_reader *j, const char *p, const struct plan_node *node,
                              size_t depth)
{
    if (node != NULL && node->children != NULL) {
        records_forget_value(j->records, node);
    }
    switch (*p) {
    case '"':
        return read_string(j, p, node);
    case '{':
    case '[':
        return read_container(j, p, node, depth);
    default:
        return read_scalar(j, p, node);
    }
}

/* ---- a record ---- */

static const char *end_record(struct json_reader *j, const char *start, const char *end)
{
    if (end == NULL) {
        records_abandon(j->records);
        return NULL;
    }
    enum rc rc = records_end(j->records);
    return rc == RC_OK ? end : json_stop(j, rc, start);
}

const char *json_skip_record(struct json_reader *j, const char *p, size_t depth, const char *reason)
{
    enum rc rc = records_begin(j->records);
    if (rc != RC_OK) {
        return json_stop(j, rc, p);
    }
    records_reject(j->records, reason);
    return end_record(j, p, read_value(j, p, NULL, depth));
}

const char *json_read_record(struct json_reader *j, const char *p, size_t depth)
{
    struct records *r = j->records;
    const char *start = p;
    if (*p != '{') {
        return json_skip_record(j, p, depth, tr("记录不是对象", "the record is no object"));
    }
    buf_reset(&j->spill);
    enum rc rc = records_begin(r);
    if (rc != RC_OK) {
        return json_stop(j, rc, p);
    }
    p = depth == r->plan->depth ? read_container(j, p, NULL, depth)
                                : read_object(j, p, &r->plan->root, depth + 1);
    return end_record(j, start, p);
}
