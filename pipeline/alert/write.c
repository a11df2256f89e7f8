/* Numbers given out in list order, then everything written. */
#include "pipeline/alert/alert.h"

static void put_digits(char *out, int n, int64_t value)
{
    for (int i = n - 1; i >= 0; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
}

void alert_lead_no(int year, int64_t serial, char out[LEAD_NO])
{
    int sum = 0;
    put_digits(out, 2, year);
    put_digits(out + 2, 6, serial);
    for (int i = 0; i < 8;
         i++) { /* from the right, every other digit doubled, beginning beside the check digit */
        int digit = out[7 - i] - '0';
        digit = i % 2 == 0 ? digit * 2 : digit;
        sum += digit > 9 ? digit - 9 : digit;
    }
    out[8] = (char)('0' + (10 - sum % 10) % 10);
    out[9] = '\0';
}

/* ---- Numbers ---- */

static const char alert_ids[] =
    "insert into w_opened select $5::bigint + row_number() over (order by l.grade desc, l.region collate \"C\", l.no"
    "   collate \"C\", w.rule collate \"C\", coalesce((select k.person_no from bidui.person_key k where k.county = $1"
    "   and k.person_id = w.person_id), '') collate \"C\", w.subject collate \"C\"),"
    "  l.lead_id, w.rule, w.subject, w.person_id, w.household_id, w.works_no, w.opened_on, w.standing, o.started_on, o.due_on,"
    "  w.from_alert from (select * from w_new order by person_id) w join w_lead l on l.key = w.key"
    " join w_open o on o.alert_id is null and o.rule = w.rule and o.subject = w.subject";

/* Takes as many numbers as `count` says; *ret_before is the one before the first. */
static enum rc take_numbers(struct alerts *a, const char *counter, const char *count, int64_t *ret_before)
{
    char many[DB_NUMBER];
    int64_t n = 0;
    TRY(db_query_i64(a->s->db, count, DB_NONE, &n));
    return db_query_i64(a->s->db, "select bidui.next_number($1, $2, $3)",
                        DB_PARAMS(a->s->config->county, counter, db_number(n, many)), ret_before);
}

static enum rc number_alerts(struct alerts *a)
{
    char from[DB_NUMBER];
    int64_t before = 0;
    TRY(take_numbers(a, "alert", "select count(*) from w_new", &before));
    return alert_run(a, alert_ids, DB_PARAMS(db_number(before, from)));
}

#define NEW_LEADS "select count(*) from w_lead where not was_open"

/* The serial begins anew each year. */
static enum rc take_serials(struct alerts *a, int year, int n, int64_t *ret_before)
{
    TRY(take_numbers(a, arena_printf(a->s->arena, "lead_no_%d", year), NEW_LEADS, ret_before));
    if (*ret_before + n > 999999) {
        return err_fail(RC_LIMIT, "%s",
                        tr("一年内线索编号已用完(999999)", "lead numbers of the year are used up (999999)"));
    }
    return RC_OK;
}

static enum rc number_leads(struct alerts *a)
{
    struct arena *arena = a->s->arena;
    int year = 0, month = 0, day = 0;
    int64_t ids = 0, before = 0;
    char from[DB_NUMBER];
    DB_RESULT PGresult *res = NULL;
    date_to_ymd(a->s->edition.as_of, &year, &month, &day);
    TRY(db_query(a->s->db,
                 "select key from w_lead where not was_open order by grade desc, region collate \"C\", no collate \"C\","
                 " key collate \"C\"",
                 DB_NONE, &res));
    int n = PQntuples(res);
    struct str *keys = arena_array(arena, (size_t)n, sizeof *keys),
               *numbers = arena_array(arena, (size_t)n, sizeof *numbers);
    TRY(take_numbers(a, "lead", NEW_LEADS, &ids));
    TRY(take_serials(a, year, n, &before));
    for (int i = 0; i < n; i++) {
        char text[LEAD_NO];
        alert_lead_no(year, before + i + 1, text);
        keys[i] = db_text(res, i, 0);
        numbers[i] = arena_str(arena, str_from(text));
    }
    return db_run(
        a->s->db,
        "update w_lead l set lead_id = $3::bigint + x.place, lead_no = x.number"
        " from unnest($1::text[], $2::text[]) with ordinality as x (key, number, place) where l.key = x.key",
        DB_PARAMS(db_array(arena, keys, (size_t)n), db_array(arena, numbers, (size_t)n), db_number(ids, from)), NULL);
}

/* ---- Rows ---- */

#define STATE_COLUMNS                                                                                          \
    "insert into bidui.alert_state (county, alert_id, edition, state, cause, rule_version, anchor, severity," \
    "  details, evidence, started_on, due_on) select $1, w.alert_id, $2::int, "
/* Of an open alert, against the night before. */
#define OPEN_STATE(severity)                                                                                 \
    "case when w.of_day then 'opened' when array_position('{low,medium,high}'::text[], " severity ") >"      \
    " array_position('{low,medium,high}'::text[], w.severity_before) then 'escalated' else 'open' end"
/* What a finding and its facts say, as an alert keeps it. */
#define DETAILS "f.details || jsonb_build_object('facts', coalesce(v.facts, 0))"
#define FINDING                                                                                                    \
    " join bidui.finding f on f.county = $1 and f.edition = $2::int and f.rule = w.rule and f.subject = w.subject" \
    " left join bidui.finding_evidence v on v.county = $1 and v.edition = $2::int and v.rule = w.rule"             \
    "  and v.subject = w.subject join w_rule r on r.rule = w.rule"

static const char *const rows[] = {
    "insert into bidui.lead (county, lead_id, lead_no, household_id, works_no, off_id, opened_edition, opened_on)"
    " select $1, lead_id, lead_no, household_id, works_no, off_id, $2::int, $3::date from w_lead where not was_open",
    "update bidui.alert a set closed_edition = $2::int from w_alert w where a.county = $1 and a.alert_id = w.alert_id"
    "  and w.outcome in ('cleared', 'answered', 'withdrawn')",
    "insert into bidui.alert (county, alert_id, rule, subject, person_id, household_id, works_no, lead_id, opened_edition,"
    "  opened_on, standing)"
    " select $1, alert_id, rule, subject, person_id, household_id, works_no, lead_id, $2::int, opened_on, standing"
    " from w_opened",
    STATE_COLUMNS "'opened', '', r.version, $3::date, r.severity, " DETAILS
    ", coalesce(v.evidence, '[]'), w.started_on, w.due_on from w_opened w" FINDING
    " where w.from_alert is null or exists (select from w_alert g where g.alert_id = w.from_alert"
    "  and g.goes_on = 'keep')",
    STATE_COLUMNS "'opened', '', f.version, f.anchor, f.severity, f.details, f.evidence, w.started_on, w.due_on"
    " from w_opened w join w_alert f on f.alert_id = w.from_alert where f.goes_on = 'stay'",
    /* true today, with something new to say */
    STATE_COLUMNS OPEN_STATE("r.severity") ", '', r.version, $3::date, r.severity, " DETAILS
    ", coalesce(v.evidence, '[]'), o.started_on, o.due_on from w_alert w join w_open o on o.alert_id = w.alert_id" FINDING
    " where w.outcome = 'keep' and (w.version, w.severity, w.details, w.evidence, w.started_on, w.due_on) is distinct from"
    "  (r.version, r.severity, " DETAILS ", coalesce(v.evidence, '[]'), o.started_on, o.due_on)",
    /* no longer true: its old values, held where they last were */
    STATE_COLUMNS OPEN_STATE("w.severity") ", '', w.version, w.anchor, w.severity, w.details, w.evidence, o.started_on, o.due_on"
    " from w_alert w join w_open o on o.alert_id = w.alert_id where w.outcome = 'stay'"
    "  and (w.anchor, w.started_on, w.due_on) is distinct from (w.old_anchor, o.started_on, o.due_on)",
    STATE_COLUMNS "w.outcome, w.cause, w.version, w.anchor, w.severity, w.details, w.evidence, w.started_on, w.due_on"
    " from w_alert w where w.outcome in ('cleared', 'answered', 'withdrawn')",
    "insert into bidui.lead_state (county, lead_id, edition, kind, level, state, sheet, due_on, started_on, raised_on, raised_due)"
    " select $1, lead_id, $2::int, kind, ('{low,medium,high}'::text[])[grade], state, case when not is_open then 'cleared'"
    "  when kind in ('works', 'standing', 'off_roster') then kind when state in ('opened', 'escalated') then kind else 'open' end,"
    "  due_on, started_on, raised_on, raised_due from w_lead",
    "update bidui.edition set state = 'alerted' where county = $1 and edition = $2::int",
};

/* What an earlier edition of this date closed is shown in the later ones too. */
static const char closed_before[] =
    "insert into bidui.lead_state (county, lead_id, edition, kind, level, state, sheet, due_on, started_on, raised_on, raised_due)"
    " select county, lead_id, $2::int, kind, level, state, sheet, due_on, started_on, raised_on, raised_due"
    " from bidui.lead_state where county = $1 and edition = $5::int and edition > $4::int and sheet = 'cleared'";

enum rc alert_write(struct alerts *a)
{
    TRY(number_leads(a));
    TRY(number_alerts(a));
    TRY(alert_run_all(a, rows, sizeof rows / sizeof *rows));
    TRY(alert_run(a, closed_before, DB_PARAMS(a->before)));
    return db_exec(a->s->db, ALERT_ANALYZE); /* the list is made next */
}
