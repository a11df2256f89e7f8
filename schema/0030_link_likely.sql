-- Records without a proven number of their own are scored against the roster. Weights are versions: a run pins the one it
-- used in its summary (link_version; 0 is the built-in one). Shares are millionths.
create table bidui.link_version (
    county        text not null,
    version       int not null,
    learned       int not null,                -- in force from the next edition on that pins one
    records       bigint not null,             -- whose own person is known, that m was counted on
    random_pairs  bigint not null,             -- that u was counted on
    on_roster     int not null,
    has_relative  int not null,
    false_cost    bigint not null,             -- in looks of a clerk
    missed_cost   bigint not null,
    made_by       text not null,
    primary key (county, version)
);
create table bidui.link_weight (
    county        text not null,
    version       int not null,
    field         text not null,
    level         int not null,
    m             int not null,
    u             int not null,                -- 0: counted on the roster, value by value
    r             int not null,
    primary key (county, version, field, level)
);
-- How records that were linked by their own proven number agree with their person otherwise: counts, nothing else.
create table bidui.link_tally (
    county        text not null,
    dataset       text not null,
    edition       int not null,
    field         text not null,
    level         int not null,
    records       bigint not null,
    primary key (county, dataset, edition, field, level)
);

-- Why a record was linked as probable: version, weight, level and weight of each field. No value of either side.
create table bidui.landing_evidence (
    county        text not null,
    dataset       text not null,
    edition       int not null,
    page          int not null,
    row_number    bigint not null,
    record_key    text not null,
    evidence      text not null,
    primary key (county, dataset, edition, page, row_number)
);
create table bidui.link_evidence (
    county        text not null,
    dataset       text not null,
    record_key    text not null,
    learned       int not null,
    evidence      text not null,
    primary key (county, dataset, record_key, learned)
);

-- Of questions that were scored: the same of each candidate, a line each, and a keyed hash of record and candidate as
-- they stood. A rejected pair is not asked again while its hash is the same.
alter table bidui.landing_review add evidence text, add pairs bigint[];
alter table bidui.review add evidence text, add pairs bigint[];
alter table bidui.link_decision add pairs bigint[];
