/* The XML decoder's own parts: xml.c drives expat, xml_record.c makes rows and scalars of the elements that it meets.
 * Only they include this. */
#ifndef BIDUI_CONNECTORS_XML_PARTS_H
#define BIDUI_CONNECTORS_XML_PARTS_H

#include <expat.h>

#include "connectors/xml_namespaces.h"

struct span {
    const struct buf *in; /* NULL: no value */
    size_t at, n;
};

struct frame {
    const struct plan_node *node; /* of a record's part; NULL: nothing here is wanted */
    size_t start;                 /* of its text */
    bool is_nil;
};

struct xml {
    struct records *records;
    bool has_namespaces;
    XML_Parser parser;
    enum rc rc;             /* why a handler stopped the parser */
    size_t depth;           /* open elements */
    size_t record_depth;    /* of the record's element; 0: outside */
    size_t place;           /* members of the record met */
    size_t listening;       /* open elements whose text is wanted */
    struct buf text;        /* of those, so far */
    struct buf attributes;  /* wanted ones of the record */
    struct span *spans;     /* one a column */
    struct trail path, scalars[DOCUMENT_MAX_SCALARS];
    size_t scalar_starts[DOCUMENT_MAX_SCALARS];
    struct frame *frames;   /* one more than may be open */
};

/* Outside records: an element opens, which may be a record; its text is over. */
enum rc xml_begin_envelope(struct xml *x, struct str name, const char **attributes) MUST_CHECK;
enum rc xml_end_scalars(struct xml *x) MUST_CHECK;
/* An empty list of records is one whose parent is there. */
void xml_note_place(struct xml *x);
/* Within a record: what an element is to it (NULL: nothing), its beginning, its end; and the record's. */
const struct plan_node *xml_find_child(struct xml *x, const struct plan_node *parent, struct str name);
enum rc xml_begin_part(struct xml *x, const struct plan_node *node, const char **attributes) MUST_CHECK;
void xml_end_part(struct xml *x, const struct frame *frame);
enum rc xml_end_record(struct xml *x) MUST_CHECK;

#endif
