-- Questions of deliveries that are not admitted yet. At admission they get their number, in the order of dataset and
-- record code, and move to bidui.review; a question that is open already is not asked twice.
create table bidui.landing_review (
    county        text not null,
    dataset       text not null,
    edition       int not null,
    page          int not null,
    row_number    bigint not null,
    record_code   text not null,
    reason        text not null,
    candidates    bigint[] not null,
    sealed        bytea,                       -- null once emptied
    content       bigint not null,             -- keyed hash of what the question is about: the identity columns
    primary key (county, dataset, edition, page, row_number)
);

create index on bidui.review (county, dataset, record_code);
create index on bidui.delivery (county, dataset, state);
-- The index is built from the versions in force.
create index on bidui.person (county, household_id) where ended is null;
