/* The statements of the roster's admission. $1 county, $2 edition the rows landed in, $3 edition
 * that learns them. Text is ordered bytewise whatever the database's locale: ids are given out in
 * that order. */
#ifndef BIDUI_PIPELINE_PULL_ROSTER_SQL_H
#define BIDUI_PIPELINE_PULL_ROSTER_SQL_H

#define ROSTER_IDENTITY_COLUMNS "id_number, id_number_state, id_number_kept, name, phone"
#define ROSTER_PERSON_COLUMNS                                                                  \
    "relation, sex, birth_date, resident_insurance, employee_insurance, major_illness_cover, " \
    "school_status,"                                                                           \
    " not_at_school_reason, dropout, labour"
#define ROSTER_HOUSEHOLD_COLUMNS                                                            \
    "category, origin, monitor_class, risk_cleared, cleared_on, net_income, unsafe_house, " \
    "safe_water, house_damaged,"                                                            \
    " water_damaged"

/* Keys first. Arguments: the household number's expression, the landing table; the landing table.
 */
static const char roster_new_households[] =
    "with fresh as (select distinct %s as household_no from %s l"
    "   where l.county = $1 and l.edition = $2 and l.link <> 'held'),"
    " unknown as (select household_no from fresh f where not exists ("
    "   select from bidui.household_key k where k.county = $1 and k.household_no = "
    "f.household_no)),"
    " base as (select bidui.next_number($1, 'household', (select count(*) from unknown)) as value)"
    " insert into bidui.household_key (county, household_no, household_id, first_edition)"
    " select $1, household_no, base.value + row_number() over (order by household_no collate "
    "\"C\"), $3::int"
    " from unknown, base";

static const char roster_new_persons[] =
    "with unknown as (select l.record_key as person_no from %s l"
    "   where l.county = $1 and l.edition = $2 and l.link <> 'held' and not exists ("
    "   select from bidui.person_key k where k.county = $1 and k.person_no = l.record_key)),"
    " base as (select bidui.next_number($1, 'person', (select count(*) from unknown)) as value)"
    " insert into bidui.person_key (county, person_no, person_id)"
    " select $1, person_no, base.value + row_number() over (order by person_no collate \"C\") from "
    "unknown, base";

/* Landed rows with their ids. CREATE TABLE AS takes no parameters, so county and edition come as
 * settings. Arguments: household number, place columns, rest columns, landing table, household
 * number. */
static const char roster_rows[] =
    "create temp table roster_row on commit drop as select pk.person_id, hk.household_id, "
    "l.record_key as person_no,"
    " %s as household_no%s, l.id_number, l.id_number_state, l.id_number_kept, l.name, l.phone%s"
    " from %s l join bidui.person_key pk on pk.county = l.county and pk.person_no = l.record_key"
    " join bidui.household_key hk on hk.county = l.county and hk.household_no = %s"
    " where l.county = current_setting('bidui.county') and l.edition = "
    "current_setting('bidui.landed')::int"
    " and l.link <> 'held'";

/* The householder's row speaks for the household, else that of the least person number; a village
 * left blank there is another member's. */
static const char roster_houses[] =
    "create temp table roster_house on commit drop as select distinct on (household_id) "
    "household_id, household_no,"
    " coalesce(village_code, '') as village_code, case when relation = 'head' then person_no end "
    "as head_no,"
    " " ROSTER_HOUSEHOLD_COLUMNS " from roster_row order by household_id, relation = 'head' desc "
                                 "nulls last, person_no collate \"C\"";

static const char roster_fill_villages[] =
    "update roster_house h set village_code = v.code from (select household_id, min(village_code "
    "collate \"C\") as code"
    "   from roster_row where village_code is not null group by household_id) v"
    " where h.village_code = '' and v.household_id = h.household_id";

static const char roster_villages[] =
    "create temp table roster_village on commit drop as"
    " select distinct on (village_code collate \"C\") village_code, village_name,"
    "   left(village_code, 9) as township_code, township_name"
    " from (select village_code, coalesce(village_name, '') as village_name,"
    "   coalesce(township_name, '') as township_name, count(*) as n from roster_row where "
    "village_code is not null"
    "   group by 1, 2, 3) v"
    " order by village_code collate \"C\", n desc, village_name collate \"C\", township_name "
    "collate \"C\"";

/* The name most rows give; a blank one says nothing. */
static const char roster_regions[] =
    "create temp table roster_region on commit drop as"
    " select distinct on (region_code collate \"C\") region_code, region_name from (select left(r.village_code, n.digits)"
    "   as region_code, n.region_name, count(*) as n from roster_row r cross join lateral (values (2, r.province_name),"
    "   (4, r.prefecture_name), (6, r.county_name)) n (digits, region_name)"
    "   where r.village_code is not null and coalesce(n.region_name, '') <> '' group by 1, 2) v"
    " order by region_code collate \"C\", n desc, region_name collate \"C\"";

/* Rows that wait in quarantine: their persons stay as they are, and so do those of a household that
 * came without any. Arguments: landing table, twice. */
#define HELD_ROWS                                                               \
    " where l.county = current_setting('bidui.county') and l.edition = "        \
    "current_setting('bidui.landed')::int and l.link = 'held'"
static const char roster_held[] =
    "create temp table roster_held on commit drop as select k.person_id, k.person_no from "
    "%s l"
    " join bidui.person_key k on k.county = l.county and k.person_no = l.record_key" HELD_ROWS
    " union select k.person_id, k.person_no from %s l"
    " join bidui.household_key h on h.county = l.county and h.household_no = l.record_key"
    " join bidui.person p on p.county = h.county and p.household_id = h.household_id and p.ended is null"
    " join bidui.person_key k on k.county = p.county and k.person_id = p.person_id" HELD_ROWS;

static const char roster_drop[] =
    "drop table roster_row, roster_house, roster_village, roster_region, roster_held";

static const char roster_count_disagreeing[] =
    "select count(*) from (select household_id from (select household_id,"
    " hash_record_extended(row(village_code, " ROSTER_HOUSEHOLD_COLUMNS
    "), 0) as said from roster_row) r"
    " group by household_id having min(said) <> max(said)) d";

/* ---- What would change ---- */

/* By numbers alone: what nobody has met has no id yet, and gets none by being looked at. Arguments:
 * household number, columns, landing table. */
static const char roster_look_rows[] =
    "create temp table roster_row on commit drop as select l.record_key as person_no, %s as"
    " household_no%s from %s l where l.county = current_setting('bidui.county')"
    " and l.edition = current_setting('bidui.landed')::int and l.link <> 'held'";

static const char roster_look_houses[] =
    "create temp table roster_house on commit drop as select distinct on (household_no collate \"C\")"
    " household_no, case when relation = 'head' then person_no end as head_no, origin,"
    " monitor_class, risk_cleared from roster_row"
    " order by household_no collate \"C\", relation = 'head' desc nulls last, person_no collate \"C\";"
    "analyze roster_row; analyze roster_house";

static const char roster_now_tables[] =
    "create temp table roster_now on commit drop as select pk.person_no, hk.household_no,"
    " coalesce(p.relation = 'head', false) as is_head from bidui.person p"
    " join bidui.person_key pk using (county, person_id) join bidui.household_key hk using "
    "(county, household_id)"
    " where p.county = current_setting('bidui.county') and p.ended is null"
    " and not exists (select from roster_held h where h.person_id = p.person_id);"
    "create temp table roster_now_house on commit drop as select hk.household_no, h.class, "
    "h.risk_cleared,"
    " (select min(n.person_no collate \"C\") from roster_now n where n.household_no = "
    "hk.household_no and n.is_head)"
    "   as head_no from bidui.household h join bidui.household_key hk using (county, household_id)"
    " where h.county = current_setting('bidui.county') and h.ended is null";

#define NEW_HOUSE                                                                                 \
    " from roster_house h where not exists (select from roster_now_house n where n.household_no " \
    "= h.household_no)"
#define GONE_HOUSE                                                                                \
    " from roster_now_house h where not exists (select from roster_house n where n.household_no " \
    "= h.household_no)"
#define KNOWN_MEMBER                                                                          \
    " exists (select from roster_row r join roster_now w on w.person_no = r.person_no where " \
    "r.household_no = h.household_no)"
#define STAYING_MEMBER                                                                        \
    " exists (select from roster_now w join roster_row r on r.person_no = w.person_no where " \
    "w.household_no = h.household_no)"
#define BOTH \
    " from roster_house h join roster_now_house n on n.household_no = h.household_no where "
#define IN_ORDER " order by h.household_no collate \"C\""

static const char *const roster_change_sql[] = {
    [ROSTER_JOINED] = "select h.household_no" NEW_HOUSE " and not" KNOWN_MEMBER IN_ORDER,
    [ROSTER_LEFT] = "select h.household_no" GONE_HOUSE " and not" STAYING_MEMBER IN_ORDER,
    [ROSTER_SPLIT] = "select h.household_no" NEW_HOUSE " and" KNOWN_MEMBER IN_ORDER,
    [ROSTER_MERGED] = "select h.household_no" GONE_HOUSE " and" STAYING_MEMBER IN_ORDER,
    [ROSTER_HOUSEHOLDER] = "select h.household_no" BOTH "h.head_no <> n.head_no" IN_ORDER,
    [ROSTER_CLASS] =
        "select h.household_no" BOTH
        "n.class <> case when h.monitor_class is not null and not coalesce(h.risk_cleared, false)"
        " then 'monitored' when h.origin = 'lifted' then 'lifted' else 'general' end" IN_ORDER,
    [ROSTER_CLEARED] = "select h.household_no" BOTH
                       "coalesce(h.risk_cleared, false) and not n.risk_cleared" IN_ORDER,
    [ROSTER_PERSON_JOINED] =
        "select h.household_no from roster_row h join roster_now_house n on n.household_no = "
        "h.household_no"
        " where not exists (select from roster_now w where w.person_no = h.person_no)" IN_ORDER,
    [ROSTER_PERSON_LEFT] =
        "select h.household_no from roster_now h join roster_house n on n.household_no = "
        "h.household_no"
        " where not exists (select from roster_row w where w.person_no = h.person_no)" IN_ORDER,
};

#endif
