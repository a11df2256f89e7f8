/* A deployment as read from its folder: bidui.yaml, connectors/, rules/, parameters.yaml, calendar.yaml, codes/.
 * Everything lives in one arena. Problems are collected with file, line and key; a department whose own file is
 * broken is left out (department->is_broken) and the others go on. */
#ifndef BIDUI_PIPELINE_CONFIG_H
#define BIDUI_PIPELINE_CONFIG_H

#include "base/crypto.h"
#include "base/date.h"
#include "base/keys.h"
#include "connectors/connector.h"

enum field_type { FIELD_TEXT, FIELD_CODE, FIELD_FLAG, FIELD_DATE, FIELD_INSTANT, FIELD_MONEY, FIELD_NUMBER };
enum grain { GRAIN_PERSON, GRAIN_HOUSEHOLD, GRAIN_HOUSE, GRAIN_VILLAGE, GRAIN_WORKS, GRAIN_SCHOOL };

struct code_value {                      /* one value bidui keeps and the labels that mean it */
    const char *value;
    struct str *labels;                  /* folded, blanks removed */
    size_t label_count;
};
struct code_list {
    const char *name;
    struct code_value *values;
    size_t value_count;
    const char *otherwise;               /* value of "*", or NULL */
};

struct field {
    const char *name;
    const char *from;                    /* the department's column, or a JSON Pointer */
    enum field_type type;
    bool is_event_date;
    int64_t unit_fen;                    /* money: what 1 means; 100 or 1000000 */
    const struct code_list *codes;       /* FIELD_CODE */
    size_t column;                       /* index into dataset->columns */
    const struct yaml *node;
};

/* Parts of a record that say whom it speaks of. -1 where the dataset has none. Indexes into dataset->columns. */
struct identity_columns {
    int id_number, name, birth_date, sex, phone, village, village_name, household_no, works_no;
};

enum arrival { ARRIVES_DAY, ARRIVES_MONTH, ARRIVES_TERM, ARRIVES_EVENT };
enum drift { DRIFT_IGNORE, DRIFT_WARN, DRIFT_HOLD };
/* What the values of one field may look like over a whole delivery; -1: no limit. */
struct field_limit {
    size_t field;                        /* index into fields */
    int64_t max_null_micro, least_distinct, most_distinct;
};
#define DISTINCT_MOST 1000               /* what may be asked for: each different value is kept as a hash */
struct quality {                         /* -1: no limit */
    int64_t max_reject_micro, max_shrink_micro, max_growth_micro, rows_least, rows_most;
    int fresh_days;
    enum drift on_new_column, on_missing_column;
    struct field_limit *fields;
    size_t field_count;
};
enum newcomers { NEWCOMERS_NONE, NEWCOMERS_LOOKUP, NEWCOMERS_REREAD };

/* A lookup: whom it asks about, how many, how often. */
enum ask_class { ASK_LIFTED = 1, ASK_MONITORED = 2, ASK_CLEARED = 4, ASK_GENERAL = 8 };
enum list_part { LIST_ROW_NO, LIST_NO, LIST_TOKEN, LIST_ID_NUMBER, LIST_NAME, LIST_CONSENT_NO, LIST_CONSENT_DATE, LIST_RESULT, LIST_BLANK };
/* A lookup by files: the name list that goes out, and how what comes back is told. */
struct ask_list {
    const char *to, *name;               /* where to, as configured; file name with {list} */
    const char **header;                 /* columns that go out; what the department fills in stands behind them */
    enum list_part *parts;
    size_t column_count;
    size_t list_column, token_column, result_column; /* of what comes back: indexes into dataset->columns */
    struct str *none;                    /* folded words of the result that mean: there is no record */
    size_t none_count;
    int keep_days;                       /* a list that old is over, answered or not */
};
struct ask {
    unsigned classes;                    /* of ask_class: of households of these classes */
    bool open_lead;                      /* and of households with an open lead */
    bool needs_consent;
    int batch, per_night;                /* persons a request or list, and a day */
    int every_days, valid_days;          /* asked again after; an answer counts so long */
    const struct ask_list *list;         /* NULL: it asks by requests */
};

struct department;
struct authorization {                   /* to read what it stands at */
    const char *document;                /* "" if nothing is said */
    date_t until;                        /* last day; DATE_NONE if nothing is said */
};

struct dataset {
    const struct department *department;
    const char *name;                    /* "settlement" */
    const char *id;                      /* "health_insurance.settlement" */
    const char *table;                   /* "health_insurance__settlement": fact_ and landing_ go before it */
    const char *title, *purpose, *legal_basis;
    struct authorization authorization;  /* of this dataset alone */
    enum grain grain;
    bool is_roster;                      /* roster.person */
    const char **columns;                /* what the connector is asked for; fields, identity; no repeats */
    size_t column_count;
    struct identity_columns identity;
    struct field *fields;
    size_t field_count;
    size_t *key;                         /* indexes into fields */
    size_t key_count;
    bool key_holds_identity;             /* a key field reads the identity number column: shown as a code */
    int event_field, updated_field;      /* index into fields or -1 */
    bool is_incremental;
    int64_t overlap_ms;
    enum newcomers newcomers;
    bool links_probably;                 /* what the exact way leaves over is scored against the roster */
    bool is_screened;                    /* people the department judged at risk, on the roster or not */
    int reason_field;                    /* of a screened list: index into fields */
    bool is_lookup;                      /* asks about chosen persons: `ask` says whom */
    struct ask ask;
    struct { enum arrival every; int by; int grace_days; } arrives;
    struct quality quality;
    int max_age_days;                    /* of the roster's export; 0: no limit */
    const struct yaml *node;
};

struct department {
    const char *name, *title;
    const struct connector *connector;
    const struct yaml *connection;
    struct dataset *datasets;
    size_t dataset_count;
    struct authorization authorization;
    struct { const char *name, *phone; } contact; /* whom to ask; "" if nobody is named. Never logged */
    date_t key_until;                    /* last day of the key or account it gave; DATE_NONE if nothing is said */
    const char *file;
    bool is_broken;
};

struct rule_text {                       /* a rule as written; pipeline/rules compiles it */
    const char *id, *title, *family, *subject;      /* subject: person, household or works */
    const char **applies_to;             /* lifted, monitored, general, cleared; empty for works */
    size_t applies_count;
    const char *severity;                /* high, medium, low */
    const char *reason, *field_reason;   /* field_reason NULL if none */
    bool trial;
    bool is_note;                        /* stands on leads that others open, and opens none */
    int cooling_days;                    /* after an answer it doesn't open again so long */
    const struct yaml *node, *let, *when, *unless, *waiting, *basis;
    const char *digest;                  /* of its canonical text: a new digest is a new version */
    int version;                         /* as kept by an edition; 0: as in the configuration */
};

struct parameter {
    const char *name, *region, *unit, *basis;
    date_t from;
    int64_t value_micro;                 /* value * 10^6; 50% is 500000 */
    const struct yaml *node;
};

struct calendar {
    bool rest_moves;                     /* rest_day: next */
    date_t *holidays, *workdays;         /* sorted */
    size_t holiday_count, workday_count;
    int *years;                          /* years listed */
    size_t year_count;
    int term_months[8], term_days[8];
    size_t term_count;
    int school_year_month, school_year_day;
};

/* returns.yaml: what goes back to a department. */
enum return_kind { RETURN_NOT_SERVED, RETURN_DEAD_BUT_PAID };
struct return_text {
    const struct department *department;
    enum return_kind kind;
    const char **rules;                  /* not served: by these */
    size_t rule_count;
    const struct dataset *paid, *dead;   /* dead but paid */
    const char *ended, *field;           /* of paid: until when, NULL: its event date counts; of dead: what says so, NULL: every record */
    struct str *values;                  /* of field */
    size_t value_count;
    int grace_days;
    bool is_complete;                    /* all it names is there */
    const struct yaml *node;
};

struct config {
    struct arena *arena;
    const char *dir;                     /* folder it came from */
    const char *county, *title, *database, *out, *list_due;
    int off_roster_days;                 /* identities of leads off the roster are kept so long after their end */
    int report_day;                      /* of the month after its end a bulletin's period closes, */
    const char *report_at;               /* at this hour, HH:MM */
    int remark_days;                     /* what people wrote is kept so long after the end of what it is about */
    bool english, dispatch_screened, trial;
    int screen_hours;                    /* a grave lead left undecided so long goes out all the same */
    const char *contact;                 /* whom a township may ask, on the 交办单; NULL: nobody is named */
    int workers;
    struct key code_key, seal_key;
    struct department *departments;      /* in file name order */
    size_t department_count;
    struct rule_text *rules;             /* in file name order, then as written */
    size_t rule_count;
    struct return_text *returns;         /* in file order, whole ones alone */
    size_t return_count;
    struct parameter *parameters;
    size_t parameter_count;
    struct code_list *codes;
    size_t code_count;
    struct calendar calendar;
    char digest[65];                     /* of everything read, secrets left out */
    struct problems problems;
};

/* Reads and checks everything offline. RC_OK even with problems (look at problems.errors); RC_CONFIG only when
 * bidui.yaml itself is unusable. Secrets of departments are not resolved here (connectors do at open); a
 * reference to an unset variable is a warning. `need_keys`: database, out and keys must resolve. */
enum rc config_load(const char *dir, bool need_keys, struct config **ret) MUST_CHECK;
void config_free(struct config *c);
const struct dataset *config_dataset(const struct config *c, struct str id);   /* NULL if unknown or broken */
const struct dataset *config_roster(const struct config *c);
const struct code_list *config_codes(const struct config *c, struct str name);
const struct field *dataset_field(const struct dataset *d, struct str name);   /* NULL if unknown */
const char *grain_name(enum grain g);

/* calendar.c */
bool calendar_is_workday(const struct calendar *c, date_t d);
/* The nth working day after `from` (n >= 1). RC_CONFIG if a year on the way is not listed. */
enum rc calendar_add_workdays(const struct calendar *c, date_t from, int n, date_t *ret) MUST_CHECK;
/* Moves a due date that falls on a rest day to the next working day where the calendar says so. */
enum rc calendar_move_due(const struct calendar *c, date_t due, date_t *ret) MUST_CHECK;
/* From a day on so many of a unit (working_day, month_end, month, calendar_day); moved off a day of rest unless it may be one. */
enum rc calendar_due(const struct calendar *c, date_t from, struct str unit, int value, bool may_rest, date_t *ret) MUST_CHECK;
date_t calendar_term_start(const struct calendar *c, date_t at);        /* latest term start <= at */
date_t calendar_school_cutoff(const struct calendar *c, date_t at);     /* day before the school year in force */

#endif
