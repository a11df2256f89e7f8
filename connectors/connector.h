/* The contract between the engine and a transport. A connector turns one dataset of one department into pages of
 * text rows; it knows nothing of households, rules or the database bidui writes to. The engine owns retries,
 * back-off, limits, loop detection, positions, verdicts and quarantine; a connector only reports.
 *
 * Life: open -> read until CONN_END, CONN_NOTHING, CONN_SAME or CONN_STOP -> (settle) -> close. All strings handed out in a
 * page live in page->arena, which the engine resets before each read. Everything is text: numbers and dates keep
 * their digits exactly as the source wrote them. Text is valid UTF-8 (the connector converts and proves it). */
#ifndef BIDUI_CONNECTORS_CONNECTOR_H
#define BIDUI_CONNECTORS_CONNECTOR_H

#include "base/arena.h"
#include "base/crypto.h"
#include "base/date.h"
#include "base/keys.h"
#include "base/yaml.h"

/* A person a lookup asks about, and the consent that allows it ("": none is needed). */
struct asked_person {
    struct str id_number, name, consent_no, consent_date;
};

/* What the engine asks for. Borrowed for the life of the open source. */
struct source {
    const char *dataset;                 /* "education.enrolment", for messages */
    const struct yaml *connection;       /* the department's `connection:` map */
    const struct yaml *settings;         /* the dataset's map: request, paging, query, match, format ... */
    const char *base_dir;                /* for ${file:PATH} */
    const char *const *columns;          /* wanted columns: names, or JSON Pointers when they begin with '/' */
    size_t column_count;
    bool full_snapshot;                  /* no `incremental` */
    const struct asked_person *asked;           /* a lookup's question: these persons alone, of one consent */
    size_t asked_count;
    struct str since;                    /* incremental: ISO instant to ask from; "" the first time */
    struct str until;                    /* of a range that is read again: the instant behind it; "" : up to now. `since`
                                            is the last second before it. What cannot ask so reads on, see is_bounded */
    struct str position;                 /* resume after this page; "" from the start */
    struct str validators;               /* page.validators of the content in force, to ask whether it still is; "" : read it */
    const struct key *hash_key;
    const struct key *seal_key;          /* what is put away on disk is sealed with it */
    size_t page_rows;                    /* rows a page should have where the connector decides */
    const char *const *files;            /* file connector only: read these instead of the folder */
    size_t file_count;
    bool (*is_taken)(void *ctx, const unsigned char hash[PAGE_HASH]); /* file already admitted once? */
    void *is_taken_ctx;
    void (*on_request)(void *ctx, const char *text); /* optional: is shown what is asked, without its secrets */
    void (*on_answer)(void *ctx, const char *text);  /* likewise: what came in place of a page */
    void *on_request_ctx;
    struct arena *arena;                 /* lives until close */
};

struct page_reject {
    int64_t row;                         /* line or row number within label */
    const char *reason;                  /* without values; static or in page->arena */
    struct str record;                   /* the record's key, where the connector knows which one it is; else null */
    bool is_cut;                         /* the file ends within it: what should follow is missing */
};

struct page {
    struct arena *arena;
    size_t rows;
    struct str *values;                  /* rows * column_count, row by row; null str: null or absent */
    int64_t first_row;                   /* number of the first row; row i is first_row + i unless row_numbers */
    int64_t *row_numbers;                /* or NULL */
    struct page_reject *rejects;         /* rows that could not be decoded */
    size_t reject_count;
    struct str label;                    /* where it came from: "page 3", a file name */
    struct str position;                 /* opaque; "" when the source cannot be resumed (it restarts) */
    struct str token;                    /* cursor that led here, "" if none: the engine watches for repeats */
    unsigned char hash[PAGE_HASH];       /* crypto_hash of the page's bytes; zeros: none */
    int64_t advertised;                  /* total the source claims for the delivery; -1 unknown */
    struct str columns_seen;             /* names the source carries, sorted, joined by '\n'; "" if unknowable */
    struct str format;                   /* what it was read as, like "csv gb18030"; "" where there is no choice */
    unsigned char file_hash[PAGE_HASH];  /* file connector: hash of the file this page is from; with CONN_RETRY and
                                            CONN_STOP, of the file that could not be read, zeros: it was not one file */
    date_t exported_on;                  /* when the file was made, as far as it was asked for; DATE_NONE */
    struct str validators;               /* what the whole delivery is known by (http); null or "": nothing. Never logged */
};

enum answer {
    CONN_PAGE,                           /* a page was filled (rows may be 0) */
    CONN_END,                            /* the source said so: nothing more */
    CONN_NOTHING,                        /* nothing has arrived since last time (file connector) */
    CONN_SAME,                           /* nothing but what was taken before: a file was sent again, or the source says so */
    CONN_RETRY,                          /* transient: the error is recorded, the same read may be tried again */
    CONN_STOP                            /* permanent for this delivery: the error is recorded. With page.file_hash set the
                                            next read goes on behind that file, for deliveries of which each file counts
                                            by itself */
};

/* A map of the connector's settings, known by its table of keys, that has a `kind`. */
struct kind_map {
    const struct key_spec *keys;             /* NULL ends them */
    const struct kind_rule *rules;
};

/* A table of texts that goes out: a name list a department is to compare. */
struct hand_out {
    const char *folder, *name;               /* where to, as configured; NAME.xlsx or NAME.csv */
    date_t day;                              /* a workbook's created date */
    const char *const *header;
    size_t columns, rows;
    const struct str *cells;                 /* rows * columns */
};

struct connector {
    const char *kind;
    bool is_local;                           /* what it reads lies on this machine when the first page is given: it waits
                                                for nobody then, and a process that was killed reads it anew anyway */
    bool may_ask;                            /* can put source->asked into its requests */
    /* Optional, for those that ask by tables: puts one where the department takes it from, readable by its owner alone;
     * what lies there under that name is replaced. And removes it, fine if it is gone. Nothing needs to be open. */
    enum rc (*hand_out)(const struct source *source, const struct hand_out *out) MUST_CHECK;
    enum rc (*take_back)(const struct source *source, const struct hand_out *out) MUST_CHECK;
    const struct key_spec *connection_keys;  /* keys of `connection:` besides `kind` */
    const struct key_spec *dataset_keys;     /* transport keys of a dataset */
    const struct kind_map *kinds;            /* NULL: none */
    /* Optional: is reading its first page a job for the department (an export)? Then nobody opens it only to look. */
    bool (*is_dear)(const struct yaml *settings);
    /* Optional: what tables cannot say (a paging kind that needs a key, two keys that exclude each other). */
    void (*check)(const struct yaml *connection, const struct yaml *settings, struct problems *problems);
    /* Optional: does the dataset's request say where a range ends? NULL: never. */
    bool (*is_bounded)(const struct yaml *settings);
    enum rc (*open)(const struct source *source, void **ret_state) MUST_CHECK;
    enum answer (*read)(void *state, struct page *page, int64_t *ret_retry_after_ms);
    /* Optional: after the delivery was admitted or held in the database; puts taken files away. Idempotent. */
    enum rc (*settle)(void *state) MUST_CHECK;
    void (*close)(void *state);
};

extern const struct connector connector_http, connector_postgres, connector_odbc, connector_file;

const struct connector *connector_find(struct str kind);   /* NULL if unknown */
extern const struct connector *const connector_table[];    /* NULL-terminated */

#endif
