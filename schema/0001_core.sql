-- Editions, deliveries, the roster, what waits for a person.
-- Every unique key begins with the county. What an edition learned carries `learned`; what it ended, `ended`:
-- a row is known at edition K when learned <= K and (ended is null or ended > K).
create table bidui.county (
    county        text not null,
    primary key (county)
);

-- Counters give numbers out in a fixed order: person, household, lead, alert, review.
create table bidui.counter (
    county        text not null,
    name          text not null,
    value         bigint not null default 0,
    primary key (county, name)
);

create table bidui.edition (
    county        text not null,
    edition       int not null,
    as_of         date,                        -- null until a run gives it its date
    state         text not null check (state in ('open', 'assessed', 'alerted', 'published', 'superseded', 'withdrawn')),
    fence         bigint not null default 0,   -- one higher for each process that takes the edition over
    holder        text not null default '',    -- host, boot and process that holds it: to tell a dead run
    baseline      boolean not null default false,
    config_digest text not null default '',
    summary       jsonb,                       -- pinned: verdicts, frozen rules, counts
    primary key (county, edition)
);

-- One pull of one dataset in one edition.
create table bidui.delivery (
    county        text not null,
    dataset       text not null,
    edition       int not null,
    state         text not null check (state in ('landing', 'admitted', 'held', 'expired', 'discarded', 'nothing')),
    verdict       text check (verdict in ('complete', 'unchanged', 'incomplete', 'held', 'failed', 'late', 'not_due')),
    reasons       text[] not null default '{}',   -- stable words with counts, never values of records
    full_snapshot boolean not null,
    position      text not null default '',
    asked_since   text not null default '',
    advertised    bigint not null default -1,
    received      bigint not null default 0,   -- rows the source handed over
    strangers     bigint not null default 0,   -- dropped: not on the roster
    landed        bigint not null default 0,
    rejected      bigint not null default 0,   -- in quarantine
    in_review     bigint not null default 0,
    pages         int not null default 0,
    repeats       int not null default 0,
    digest        bytea,                       -- keyed, order-free digest of the rows' wanted values
    columns_seen  text not null default '',
    watermark     text not null default '',    -- greatest updated_at seen, moves at admission
    changed_on    date,                        -- as-of date when content last differed
    new_columns   text not null default '',
    as_of         date,
    decided_edition int,                       -- edition in which it was admitted, expired or discarded
    accepted_by   text,
    accepted_reason text,
    accepted_edition int,                      -- the edition that shall take it in
    primary key (county, dataset, edition)
);

create table bidui.delivery_page (
    county        text not null,
    dataset       text not null,
    edition       int not null,
    page          int not null,
    label         text not null,
    hash          bytea not null,
    token_hash    bytea,
    file_hash     bytea,
    rows          int not null,
    primary key (county, dataset, edition, page)
);

create table bidui.taken_file (
    county        text not null,
    dataset       text not null,
    hash          bytea not null,              -- keyed
    edition       int not null,
    primary key (county, dataset, hash)
);

create table bidui.quarantine (
    county        text not null,
    dataset       text not null,
    edition       int not null,
    page          int not null,
    row_number    bigint not null,
    column_name   text not null,
    reason        text not null,               -- stable word; the text is in the program
    expected      text not null default '',
    record_code   text not null default '',    -- keyed code of the record key
    sealed        bytea,                       -- record key and masked value
    candidates    bigint[] not null default '{}',  -- persons it may concern
    landed_edition int not null,
    emptied       boolean not null default false
);
create index on bidui.quarantine (county, dataset, edition);

create table bidui.review (
    county        text not null,
    review_no     bigint not null,
    dataset       text not null,
    edition       int not null,                -- delivery it came in
    record_code   text not null,               -- keyed code of the record key
    reason        text not null,               -- name_conflict, repaired_unsure, several_persons, several_households
    candidates    bigint[] not null,           -- persons (or households for household grains)
    sealed        bytea,                       -- whole record, so that accepting needs no new pull; null once emptied
    content       bigint not null,             -- hash of the record: the same record is not asked twice
    page          int not null,
    row_number    bigint not null,
    state         text not null check (state in ('open', 'accepted', 'rejected', 'expired')),
    decided_edition int,
    decided_by    text,
    decided_reason text,
    chosen        bigint,
    primary key (county, review_no)
);

-- What a person decided about a record; the next delivery of the same record follows it.
create table bidui.link_decision (
    county        text not null,
    dataset       text not null,
    record_code   text not null,
    learned       int not null,
    ended         int,
    content       bigint not null,
    accepted      boolean not null,
    subject       bigint,
    decided_by    text not null,
    reason        text not null,
    primary key (county, dataset, record_code, learned)
);

create table bidui.person_key (
    county        text not null,
    person_no     text not null,
    person_id     bigint not null,
    primary key (county, person_no),
    unique (county, person_id)
);
create table bidui.household_key (
    county        text not null,
    household_no  text not null,
    household_id  bigint not null,
    first_edition int not null,
    primary key (county, household_no),
    unique (county, household_id)
);

-- The one place of identity number, name and phone.
create table bidui.identity (
    county        text not null,
    person_id     bigint not null,
    learned       int not null,
    ended         int,
    id_number     text,                        -- 18 characters, proven; null when blank or broken
    id_number_state text not null,             -- valid, bad_check, bad, blank
    id_number_kept text,                       -- as normalized, also when the check digit fails
    name          text not null,
    phone         text,
    primary key (county, person_id, learned)
);

create table bidui.person (
    county        text not null,
    person_id     bigint not null,
    learned       int not null,
    ended         int,
    household_id  bigint not null,
    relation      text,
    sex           text,
    birth_date    date,
    resident_insurance boolean,
    employee_insurance boolean,
    major_illness_cover boolean,
    school_status text,
    not_at_school_reason text,
    dropout       boolean,
    primary key (county, person_id, learned)
);

create table bidui.household (
    county        text not null,
    household_id  bigint not null,
    learned       int not null,
    ended         int,
    village_code  text not null,
    category      text,
    origin        text,
    monitor_class text,
    risk_cleared  boolean not null default false,
    cleared_on    date,
    net_income    bigint,                      -- fen per person and year
    unsafe_house  boolean,
    safe_water    boolean,
    house_damaged boolean,
    water_damaged boolean,
    -- the class rules apply to: one of monitored, lifted, general; `risk_cleared` stands beside it
    class         text not null generated always as
                  (case when monitor_class is not null and not risk_cleared then 'monitored'
                        when origin = 'lifted' then 'lifted' else 'general' end) stored,
    primary key (county, household_id, learned)
);

create table bidui.village (
    county        text not null,
    village_code  text not null,
    learned       int not null,
    ended         int,
    village_name  text not null,
    township_code text not null,
    township_name text not null,
    primary key (county, village_code, learned)
);

create table bidui.parameter (
    county        text not null,
    name          text not null,
    region        text not null,
    valid_from    date not null,
    learned       int not null,
    ended         int,
    value         numeric not null,
    unit          text not null,
    basis         text not null,
    primary key (county, name, region, valid_from, learned)
);

-- The value in force for a region (longest matching prefix), at a date, as known at an edition.
create function bidui.parameter_at(c text, parameter_name text, village text, at date, known int)
returns numeric language sql stable as $$
    select value from bidui.parameter p
    where p.county = c and p.name = parameter_name and village like p.region || '%'
      and p.valid_from <= at and p.learned <= known and (p.ended is null or p.ended > known)
    order by length(p.region) desc, p.valid_from desc limit 1
$$;

create function bidui.next_number(c text, counter_name text, how_many bigint) returns bigint
language sql as $$
    insert into bidui.counter as n (county, name, value) values (c, counter_name, how_many)
    on conflict (county, name) do update set value = n.value + how_many
    returning value - how_many
$$;

-- Called in every writing transaction of a run: a run that was taken over cannot commit any more.
create function bidui.verify_fence(c text, e bigint, f bigint) returns boolean language plpgsql as $$
begin
    perform 1 from bidui.edition where county = c and edition = e and fence = f for share;
    return found;
end $$;
