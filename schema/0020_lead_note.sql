-- What rules with `effect: note` find: it opens no alert and closes none, but stands on the household's lead as long as it is
-- true: assets that a visit has to ask about.
create table bidui.lead_note (
    county        text not null,
    edition       int not null,
    rule          text not null,
    subject       text not null,               -- person_id or household_id
    person_id     bigint,
    household_id  bigint not null,
    details       jsonb not null,              -- as a finding's
    evidence      jsonb not null,
    primary key (county, edition, rule, subject)
);
create index on bidui.lead_note (county, edition, household_id);
