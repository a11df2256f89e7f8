/* The file connector's parts: keys.c checks the configuration and reads it, folder.c chooses files,
 * header.c finds the columns of a sheet and reader.c turns a file into pages, parts.c and parts_join.c
 * join persons with their households, put_away.c removes or seals what was taken, file.c keeps the order of things. Only they include this. */
#ifndef BIDUI_CONNECTORS_FILE_FILE_H
#define BIDUI_CONNECTORS_FILE_FILE_H

#include "base/blob.h"
#include "connectors/connector.h"
#include "connectors/file/pattern.h"
#include "connectors/file/place.h"
#include "connectors/table/table.h"

#define FILE_CHUNK ((size_t)1 << 20) /* read, hashed and sealed at a time */

enum exported { EXPORTED_UNASKED, EXPORTED_NAME, EXPORTED_TITLE, EXPORTED_TIME };
enum after { AFTER_DELETE, AFTER_ARCHIVE, AFTER_KEEP, AFTER_MOVE };

struct file_options {
    const char *folder;                /* NULL: source->files are read, or what lies in the place */
    const struct place_driver *driver; /* NULL: no place elsewhere */
    struct place_options place;
    struct pattern *match;
    const char *marker;   /* NULL: none is asked for */
    const char *checksum; /* md5, sha256 or sm3; NULL: none is asked for */
    int64_t stable_ms;    /* 0: not asked for */
    bool newest_only, has_parts;
    enum exported exported;
    enum after after;
    const char *archive; /* folder; NULL unless AFTER_ARCHIVE */
    const char *move_to; /* folder on the server; NULL unless AFTER_MOVE */
    struct table_options table;
    bool has_header;
    int64_t skip_lines;
};

/* What tells that a file is still the one that was hashed. */
struct stamp {
    uint64_t device, inode;
    int64_t size, mtime_ns;
};

struct drop { /* a file of the delivery */
    const char *path, *name;
    struct blob *spool; /* fetched from elsewhere; NULL: it lies at path */
    const char *marker; /* path of its marker, or NULL */
    const char *sum;    /* path of its checksum file, or NULL */
    date_t date;        /* in its name; DATE_NONE: none */
    struct stamp stamp;
    struct remote_file remote; /* of a spool's: what the server says of it */
    unsigned char
        mark[PAGE_HASH]; /* of name, size, time and tag there: known without fetching it */
    bool has_mark;
    unsigned char hash[PAGE_HASH];
    bool is_complete; /* marker there, not growing */
    bool is_taken;    /* admitted by an earlier delivery */
    bool is_read;     /* read to its end by this one */
};
struct drops {
    struct drop *items;
    size_t n;
};

/* ---- keys.c ---- */

extern const struct key_spec file_connection_keys[], file_dataset_keys[];
void file_check(const struct yaml *connection, const struct yaml *settings,
                struct problems *problems);

/* ---- options.c ---- */

enum rc options_read(const struct source *source, struct file_options *ret) MUST_CHECK;
void options_done(struct file_options *o);

/* ---- checksum.c ---- */

/* Does `sum`, the text of NAME.md5 and the like, hold the digest of the bytes? */
enum rc checksum_agrees(const char *algorithm, const struct blob *bytes, const struct blob *sum,
                        bool *ret) MUST_CHECK;

/* ---- remote.c ---- */

/* As folder_choose, of a place; those to be read are fetched into spools. */
enum rc remote_choose(const struct source *source, const struct file_options *options,
                      struct place *place, struct drops *ret) MUST_CHECK;
/* Sets what the server says of it, and by that whether it was taken. */
enum rc remote_mark(const struct source *source, struct place *place, struct drop *drop) MUST_CHECK;
enum rc remote_spool(const struct source *source, struct place *place,
                     struct drop *drop) MUST_CHECK;

/* ---- folder.c ---- */

/* The files of the folder that match (or source->files as they are), by name. Complete ones are
 * hashed as far as needed to know which are to be read: all of them, or the newest with
 * newest_only. */
enum rc folder_choose(const struct source *source, const struct file_options *options,
                      struct drops *ret) MUST_CHECK;
/* A marker or a checksum file, by its name. */
bool is_companion(struct arena *a, const struct file_options *o, struct str name);
/* The order in which they are taken: by the date in their names, then by name. */
void drops_sort(struct drops *drops);
/* NAME.csv and NAME: what a marker or a checksum file may be named after. */
struct str name_stem(struct str name);
/* The keyed hash of the bytes, and whether they were taken before. */
enum rc drop_hash_bytes(const struct source *source, const struct blob *bytes,
                        struct drop *drop) MUST_CHECK;
/* Sets hash, stamp and is_taken. */
enum rc drop_hash(const struct source *source, struct drop *drop) MUST_CHECK;
enum rc stamp_of(const char *path, int fd, struct stamp *ret) MUST_CHECK; /* fd < 0: by path */
bool stamp_is(const struct stamp *a, const struct stamp *b);
enum rc drop_open(const struct drop *drop, struct blob **ret) MUST_CHECK; /* regular files only */

/* ---- reader.c ---- */

struct reader;
/* Passes over the first `skip` records behind the header: a killed pull goes on behind what it had
 * landed. */
enum rc reader_open(const struct source *source, const struct file_options *options,
                    const struct drop *drop, int64_t skip, struct reader **ret) MUST_CHECK;
/* Fills rows, rejects, row numbers, label, columns_seen and file_hash; *ret_more is false at the
 * end of the file. *ret_changed with a failure: the file isn't the one that was hashed any more. */
enum rc reader_page(struct reader *r, struct page *page, bool *ret_more,
                    bool *ret_changed) MUST_CHECK;
int64_t reader_records(const struct reader *r); /* behind the header, so far */
void reader_close(struct reader *r);            /* NULL is fine */

/* Has the sheet of the last page the wanted column? */
bool reader_has_column(const struct reader *r, size_t column);

/* ---- parts.c ---- */

struct parts;
/* Leaves *ret alone where the dataset has no `parts`. */
enum rc parts_new(const struct source *source, const struct file_options *options,
                  struct parts **ret) MUST_CHECK;
void parts_free(struct parts *p); /* NULL is fine */
const struct file_options *parts_persons(const struct parts *p); /* how their files are read */
/* Begins anew: the latest delivery among the drops; `order` gets its files of persons, none if all of
 * it was taken. */
void parts_choose(struct parts *p, struct drops *drops, struct drop **order, size_t *ret_n);
/* Reads the households' files; RC_NOT_READY if a part is missing. */
enum rc parts_load(struct parts *p) MUST_CHECK;
/* Gives a page of persons what their households say. */
enum rc parts_join(struct parts *p, const struct reader *r, struct page *page) MUST_CHECK;
/* Behind the persons: the next page of what there is to say of the households' files; false: no more. */
bool parts_tell(struct parts *p, struct page *page);

/* ---- hand_out.c ---- */

/* Is the folder a file system in memory? RC_IO: it isn't, and a workbook's library would put identity numbers on a disk. */
enum rc hand_out_memory(const char *folder) MUST_CHECK;
enum rc file_hand_out(const struct source *source, const struct hand_out *out) MUST_CHECK;
enum rc file_take_back(const struct source *source, const struct hand_out *out) MUST_CHECK;

/* ---- put_away.c ---- */

/* Deletes or archives each file that counts as taken, with its marker; with newest_only also the
 * older ones, which a newer snapshot has superseded. A file that changed meanwhile stays. May be
 * repeated. */
enum rc put_away(const struct source *source, const struct file_options *options,
                 struct place *place, struct drops *drops) MUST_CHECK;
/* Unseals an archived file into `out`; the operator's way back. */
enum rc archive_read(const char *path, const struct key *seal_key, struct buf *out) MUST_CHECK;

#endif
