/* The statements of the roster's admission, in the order they run. $1 county, $2 edition the rows landed in, $3 edition
 * that learns them. Text is ordered bytewise whatever the database's locale: ids are given out in that order. */
#ifndef BIDUI_PIPELINE_PULL_ROSTER_SQL_H
#define BIDUI_PIPELINE_PULL_ROSTER_SQL_H

#define ROSTER_IDENTITY_COLUMNS "id_number, id_number_state, id_number_kept, name, phone"
#define ROSTER_PERSON_COLUMNS                                                                      \
    "relation, sex, birth_date, resident_insurance, employee_insurance, major_illness_cover, school_status,"            \
    " not_at_school_reason, dropout"
#define ROSTER_HOUSEHOLD_COLUMNS                                                                   \
    "category, origin, monitor_class, risk_cleared, cleared_on, net_income, unsafe_house, safe_water, house_damaged,"   \
    " water_damaged"

static const char roster_tables[] =
    "create temp table roster_row (person_no text not null, household_no text not null, village_code text,"
    " village_name text, township_name text, id_number text, id_number_state text, id_number_kept text, name text,"
    " phone text, relation text, sex text, birth_date date, resident_insurance boolean, employee_insurance boolean,"
    " major_illness_cover boolean, school_status text, not_at_school_reason text, dropout boolean, category text,"
    " origin text, monitor_class text, risk_cleared boolean, cleared_on date, net_income bigint, unsafe_house boolean,"
    " safe_water boolean, house_damaged boolean, water_damaged boolean) on commit drop;"
    "create temp table roster_house (household_no text not null, village_code text, head_no text,"
    " category text, origin text, monitor_class text, risk_cleared boolean, cleared_on date, net_income bigint,"
    " unsafe_house boolean, safe_water boolean, house_damaged boolean, water_damaged boolean) on commit drop;"
    "create temp table roster_held (person_no text not null) on commit drop";

/* The householder's row speaks for the household, else that of the least person number. */
static const char roster_fill_houses[] =
    "insert into roster_house select distinct on (household_no collate \"C\") household_no, village_code,"
    " case when relation = 'head' then person_no end, " ROSTER_HOUSEHOLD_COLUMNS
    " from roster_row order by household_no collate \"C\", relation = 'head' desc nulls last, person_no collate \"C\"";

static const char roster_fill_villages[] =
    "update roster_house h set village_code = coalesce((select min(r.village_code collate \"C\") from roster_row r"
    " where r.household_no = h.household_no), '') where village_code is null";

static const char roster_count_disagreeing[] =
    "select count(*) from (select household_no from (select household_no,"
    " hash_record_extended(row(village_code, " ROSTER_HOUSEHOLD_COLUMNS "), 0) as said from roster_row) r"
    " group by household_no having min(said) <> max(said)) d";

static const char roster_new_households[] =
    "with fresh as (select household_no from roster_house h where not exists ("
    "   select from bidui.household_key k where k.county = $1 and k.household_no = h.household_no)),"
    " base as (select bidui.next_number($1, 'household', (select count(*) from fresh)) as value)"
    " insert into bidui.household_key (county, household_no, household_id, first_edition)"
    " select $1, household_no, base.value + row_number() over (order by household_no collate \"C\"), $2::int"
    " from fresh, base";

static const char roster_new_persons[] =
    "with fresh as (select person_no from roster_row r where not exists ("
    "   select from bidui.person_key k where k.county = $1 and k.person_no = r.person_no)),"
    " base as (select bidui.next_number($1, 'person', (select count(*) from fresh)) as value)"
    " insert into bidui.person_key (county, person_no, person_id)"
    " select $1, person_no, base.value + row_number() over (order by person_no collate \"C\") from fresh, base";

/* What the versions are compared with, by id. */
static const char roster_sources[] =
    "create temp table roster_new_person on commit drop as select k.person_id, h.household_id, " ROSTER_PERSON_COLUMNS
    " from roster_row r join bidui.person_key k on k.county = current_setting('bidui.county')"
    "   and k.person_no = r.person_no"
    " join bidui.household_key h on h.county = current_setting('bidui.county') and h.household_no = r.household_no;"
    "create temp table roster_new_identity on commit drop as select k.person_id, " ROSTER_IDENTITY_COLUMNS
    " from roster_row r join bidui.person_key k on k.county = current_setting('bidui.county')"
    "   and k.person_no = r.person_no;"
    "create temp table roster_new_household on commit drop as select k.household_id, village_code, "
    ROSTER_HOUSEHOLD_COLUMNS " from roster_house r join bidui.household_key k"
    " on k.county = current_setting('bidui.county') and k.household_no = r.household_no;"
    "create temp table roster_new_village on commit drop as"
    " select distinct on (village_code collate \"C\") village_code, village_name, left(village_code, 9) as township_code,"
    "   township_name from (select village_code, coalesce(village_name, '') as village_name,"
    "   coalesce(township_name, '') as township_name, count(*) as n from roster_row where village_code is not null"
    "   group by 1, 2, 3) v"
    " order by village_code collate \"C\", n desc, village_name collate \"C\", township_name collate \"C\";"
    "create temp table roster_held_person on commit drop as select k.person_id from roster_held r"
    " join bidui.person_key k on k.county = current_setting('bidui.county') and k.person_no = r.person_no;"
    "analyze roster_new_person; analyze roster_new_identity; analyze roster_new_household";

/* ---- What would change ---- */

static const char roster_now_tables[] =
    "create temp table roster_now on commit drop as select pk.person_no, hk.household_no,"
    " coalesce(p.relation = 'head', false) as is_head from bidui.person p"
    " join bidui.person_key pk using (county, person_id) join bidui.household_key hk using (county, household_id)"
    " where p.county = current_setting('bidui.county') and p.ended is null"
    " and not exists (select from roster_held h where h.person_no = pk.person_no);"
    "create temp table roster_now_house on commit drop as select hk.household_no, h.class, h.risk_cleared,"
    " (select min(n.person_no collate \"C\") from roster_now n where n.household_no = hk.household_no and n.is_head)"
    "   as head_no from bidui.household h join bidui.household_key hk using (county, household_id)"
    " where h.county = current_setting('bidui.county') and h.ended is null";

#define NEW_HOUSE " from roster_house h where not exists (select from roster_now_house n where n.household_no = h.household_no)"
#define GONE_HOUSE " from roster_now_house h where not exists (select from roster_house n where n.household_no = h.household_no)"
#define KNOWN_MEMBER                                                                               \
    " exists (select from roster_row r join roster_now w on w.person_no = r.person_no where r.household_no = h.household_no)"
#define STAYING_MEMBER                                                                             \
    " exists (select from roster_now w join roster_row r on r.person_no = w.person_no where w.household_no = h.household_no)"
#define BOTH " from roster_house h join roster_now_house n on n.household_no = h.household_no where "
#define IN_ORDER " order by h.household_no collate \"C\""

static const char *const roster_change_sql[] = {
    [ROSTER_JOINED] = "select h.household_no" NEW_HOUSE " and not" KNOWN_MEMBER IN_ORDER,
    [ROSTER_LEFT] = "select h.household_no" GONE_HOUSE " and not" STAYING_MEMBER IN_ORDER,
    [ROSTER_SPLIT] = "select h.household_no" NEW_HOUSE " and" KNOWN_MEMBER IN_ORDER,
    [ROSTER_MERGED] = "select h.household_no" GONE_HOUSE " and" STAYING_MEMBER IN_ORDER,
    [ROSTER_HOUSEHOLDER] = "select h.household_no" BOTH "h.head_no <> n.head_no" IN_ORDER,
    [ROSTER_CLASS] = "select h.household_no" BOTH
                     "n.class <> case when h.monitor_class is not null and not coalesce(h.risk_cleared, false)"
                     " then 'monitored' when h.origin = 'lifted' then 'lifted' else 'general' end" IN_ORDER,
    [ROSTER_CLEARED] = "select h.household_no" BOTH "coalesce(h.risk_cleared, false) and not n.risk_cleared" IN_ORDER,
    [ROSTER_PERSON_JOINED] =
        "select h.household_no from roster_row h join roster_now_house n on n.household_no = h.household_no"
        " where not exists (select from roster_now w where w.person_no = h.person_no)" IN_ORDER,
    [ROSTER_PERSON_LEFT] =
        "select h.household_no from roster_now h join roster_house n on n.household_no = h.household_no"
        " where not exists (select from roster_row w where w.person_no = h.person_no)" IN_ORDER,
};

#endif
