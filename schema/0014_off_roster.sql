-- People whom a department judged at risk (a dataset marked `screened`) and who are not on the roster: the fewest columns,
-- the identity sealed. What waits for admission stands in landing_off_roster.
create table bidui.landing_off_roster (
    county        text not null,
    dataset       text not null,
    edition       int not null,
    record_key    text not null,
    village_code  text,
    reason        text not null,
    event_on      date,
    sealed        bytea not null,              -- number and name
    page          int not null,
    row_number    bigint not null
);
create index on bidui.landing_off_roster (county, dataset, edition);

create table bidui.off_roster (
    county        text not null,
    off_id        bigint not null,
    dataset       text not null,
    record_key    text not null,
    learned       int not null,
    ended         int,
    ended_why     text check (ended_why in ('withdrawn', 'joined')),
    village_code  text,
    reason        text not null,
    event_on      date,
    sealed        bytea,                       -- null once emptied
    primary key (county, off_id)
);
create unique index off_roster_one_open on bidui.off_roster (county, dataset, record_key) where ended is null;

alter table bidui.lead add column off_id bigint;
create index on bidui.lead (county, off_id) where off_id is not null;
alter table bidui.lead_state drop constraint lead_state_sheet_check;
alter table bidui.lead_state add constraint lead_state_sheet_check
    check (sheet in ('new', 'changed', 'reopen', 'works', 'standing', 'open', 'cleared', 'off_roster'));
