/* The list of one edition as it is handed out: leads in list order, each with its reasons, read from the database as
 * known at that edition. Everything lives in one arena; nothing here depends on the day it is read. */
#ifndef BIDUI_PIPELINE_DELIVER_LIST_H
#define BIDUI_PIPELINE_DELIVER_LIST_H

#include "base/buf.h"
#include "pipeline/cases/machine.h"
#include "pipeline/feedback/codes.h"
#include "pipeline/stage.h"

enum sheet { SHEET_NEW, SHEET_CHANGED, SHEET_REOPEN, SHEET_WORKS, SHEET_STANDING, SHEET_OPEN, SHEET_CLEARED,
             SHEET_OFF_ROSTER, SHEETS };

struct lead_result {                     /* what a township found, as known at the edition */
    int64_t lead_id;
    int code;
    date_t visited_on;
    struct str way, found;               /* found: visitors and remarks, for the county's workbook alone */
};

struct reason {
    int64_t lead_id, alert_id;
    struct str rule, title, severity, state, cause;
    int version;
    struct str text, field_text;         /* field_text: fit for township and village; the title's fallback is never used */
    struct str person_name, person_number, relation; /* masked; null for household and works reasons */
    struct str details, evidence;        /* JSON as stored */
    date_t opened_on;
    struct str answer;                   /* true, untrue, data_wrong; null: not answered */
};

struct lead {
    int64_t id;
    struct str lead_no, kind, level, state;
    enum sheet sheet;
    struct str household_no, householder, householder_number, category, class; /* null for works */
    struct str region, township_code, township, village;
    struct str works_no, works_name;
    struct str full_name;                /* off the roster: for workbooks alone; householder is masked */
    struct str *households;              /* works: roster households served, by number */
    size_t household_count;
    date_t opened_on, due_on;            /* due_on DATE_NONE: no deadline */
    struct reason *reasons;
    size_t reason_count;
    struct reason *notes;                /* what a visit has to ask about; without state, cause, severity and day */
    size_t note_count;
    const struct lead_result *result;    /* NULL: none was taken */
    struct str decision, decided_because; /* of the county, where it screens; null: none yet */
    bool is_overdue;                     /* where it screens: grave and undecided too long */
    bool is_sent_on;                     /* where it screens: dispatched, or overdue, or sent before */
};

struct correction {                      /* a result that says something of the roster or of a department's data */
    struct str lead_no, household_no, householder, township, village, rules;
    struct lead_result result;
};

struct list_case {                       /* of a household of which enrolment was reported */
    struct str lead_no, household_no, householder, township, village;
    enum case_state state;
    date_t since, due_on, reported_on, enrolled_on;
    bool is_confirmed, is_mismatch;      /* the roster shows it so; it should by now, and does not (账账不符) */
};

struct list_feed {                       /* a dataset's delivery as pinned by the run */
    struct str dataset, title, verdict, reasons; /* reasons: JSON array of text */
    struct str reason_lines;             /* the same, one a line */
    bool is_healthy;
    date_t as_of;
    int64_t last_complete, rows, linked, strangers, rejected, in_review;
};

struct list_reminder {                   /* to a department whose data are late or not well */
    struct str department, text;
};

struct list_notice {                     /* to a recipient: a lead, or some of its reasons, was taken back */
    struct str recipient, because;
    const struct lead *lead;
    struct str matter;                   /* what is not to be checked any more */
};

struct list_batch {                      /* what one `bidui dispatch` sends out */
    const char *document;                /* number of its 交办单, the township's code to follow */
};

struct differences;
struct list {
    struct arena *arena;
    const struct config *config;
    int edition;
    date_t as_of;
    struct lead *leads;
    size_t lead_count;
    struct list_feed *feeds;
    size_t feed_count;
    struct list_reminder *reminders;
    size_t reminder_count;
    bool is_english;                     /* language it was first given in */
    bool is_screened;                    /* the county decides lead by lead */
    int screen_hours;
    int link_version;                    /* of the weights that records were linked by; -1: none */
    const struct list_batch *batch;      /* the workbooks are those of a dispatch; NULL: of a night */
    bool is_dispatched;                  /* townships get it: no trial, and the county does not screen */
    struct roster_export roster;
    struct str frozen, broken;           /* JSON arrays as pinned by the run: rules, departments */
    size_t per_sheet[SHEETS];
    struct correction *corrections;      /* of the last CORRECTION_DAYS days, by lead number */
    size_t correction_count;
    struct list_case *cases;             /* that go on, or ended in this edition; by lead number */
    size_t case_count;
    struct list_notice *notices;         /* by recipient, then in list order */
    size_t notice_count;
    int64_t held;                        /* findings that opened nothing, being answered a short while ago */
    const struct differences *differences; /* from the edition it replaces; NULL: it replaces none, or not loaded */
};

/* Reads the list of the stage's edition. `arena` must outlive it. */
enum rc list_load(struct stage *s, struct arena *arena, struct list *ret) MUST_CHECK;
/* A feed's reasons in words, one a line. */
/* What its reader should mind; null: nothing. */
struct str lead_note(const struct list *l, const struct lead *lead);
struct str feed_reasons(struct arena *a, const struct list_feed *f);
/* All its reasons in one cell: "张** 本年个人医疗负担…;住房鉴定为C级". for_field: fit for township and village, with what its
 * notes say there. */
struct str lead_reasons(struct arena *a, const struct lead *lead, bool for_field, const char *between);
struct str number_masked(struct arena *a, struct str number); /* an identity number as lists show it */
struct str lead_name(const struct lead *lead);       /* whom to ask for: off the roster the full name */
/* Still open: a township may answer it. */
bool reason_is_open(const struct reason *r);
bool lead_is_for_township(const struct list *l, const struct lead *lead);
enum sheet sheet_from(struct str name);
const char *sheet_name(enum sheet sheet);            /* "new", stable */
const char *sheet_title(enum sheet sheet);           /* in the user's language */
const char *level_title(struct str level);
const char *state_title(struct str state);
const char *kind_title(struct str kind);
const char *verdict_title(struct str verdict);
const char *link_title(struct str link); /* how a record was linked */
const char *unit_title(struct str unit); /* of a parameter or threshold; "" if it has none */
const char *edition_title(struct str state);
const char *delivery_title(struct str state);
const char *relation_title(struct str relation);
const char *cause_title(struct str cause);           /* why an alert closed */

/* finder.c: leads by id, as long as the list is not reordered. */
struct lead_finder {
    struct lead **sorted;
    size_t n;
};
struct lead_finder lead_finder_of(const struct list *l);
struct lead *lead_find(const struct lead_finder *f, int64_t id); /* NULL: not on the list */

/* pins.c: what the list says of feeds is kept with the edition, so that it can be given again years later. */
enum rc pins_store(struct stage *s) MUST_CHECK;
enum rc pins_load(struct stage *s, struct list *l) MUST_CHECK;
/* off_roster.c: who the leads off the roster speak of, and why. */
enum rc off_roster_load(struct stage *s, struct list *l) MUST_CHECK;
/* works.c: the same for works. In the caller's transaction. */
enum rc works_store(struct stage *s) MUST_CHECK;
enum rc works_load(struct stage *s, struct list *l) MUST_CHECK;

/* results.c: what townships answered, as known at the list's edition. */
#define CORRECTION_DAYS 30
enum rc results_load(struct stage *s, struct list *l) MUST_CHECK;
struct str result_text(struct arena *a, const struct lead_result *r); /* "31 属实有自主应对能力 2026-11-25 入户" */
/* The household of lead l as last known at edition $2: k (number), h (version), v (village), hh (householder's name, id_number). */
#define LEAD_HOUSEHOLD                                                                                                         \
    " left join bidui.household_key k on k.county = l.county and k.household_id = l.household_id"                             \
    " left join lateral (select * from bidui.household x where x.county = l.county and x.household_id = l.household_id"       \
    "   and x.learned <= $2::int order by x.learned desc limit 1) h on true"                                                  \
    " left join lateral (select * from bidui.village x where x.county = l.county and x.village_code = h.village_code"         \
    "   and x.learned <= $2::int order by x.learned desc limit 1) v on true"                                                  \
    " left join lateral (select i.name, i.id_number from bidui.person p join bidui.identity i on i.county = p.county"                      \
    "   and i.person_id = p.person_id and i.learned <= $2::int where p.county = l.county and p.household_id = l.household_id" \
    "   and p.relation = 'head' and p.learned <= $2::int order by (p.ended is null or p.ended > $2::int) desc,"               \
    "   p.learned desc, i.learned desc, p.person_id limit 1) hh on true"
/* cases.c: the case's life after the answer. */
enum rc cases_load(struct stage *s, struct list *l) MUST_CHECK;
bool case_is_overdue(const struct list *l, const struct list_case *c);
enum rc list_put_cases(const struct list *l, struct buf *b) MUST_CHECK; /* "cases":[...] */
/* withdrawn.c: whom what was taken back had gone out to; withdrawn/CODE.xlsx for each of them. */
enum rc notices_load(struct stage *s, struct list *l) MUST_CHECK;
enum rc notices_write(const struct list *l, const char *folder) MUST_CHECK;
/* screened.c: what the county has decided, as known at the list's edition. */
enum rc screening_load(struct stage *s, struct list *l) MUST_CHECK;
/* One that the county decides about: it may go to a township and is not over. */
bool lead_is_screened(const struct list *l, const struct lead *lead);
/* sendings.c: what each recipient was asked. In the caller's transaction. A night's list replaces what an attempt before it
 * stored, a batch adds to it. */
enum rc sendings_store(struct stage *s, const struct list *l) MUST_CHECK;

/* Writers: each makes one file under `folder`, synced. */
enum rc list_write_csv(const struct list *l, const char *folder) MUST_CHECK;      /* leads.csv */
enum rc list_write_json(const struct list *l, const char *folder) MUST_CHECK;     /* leads.json */
enum rc list_write_summary(const struct list *l, const char *folder) MUST_CHECK;  /* summary.json */
enum rc list_write_xlsx(const struct list *l, const char *folder) MUST_CHECK;     /* leads.xlsx */
enum rc list_write_townships(const struct list *l, const char *folder) MUST_CHECK; /* townships/CODE.xlsx */

/* One lead as a JSON object. */
enum rc list_put_lead(struct buf *b, const struct list *l, const struct lead *lead) MUST_CHECK;

#endif
