-- Facts behind the findings of the edition assessed last: an alert keeps its own, so that they need not stay.
create table bidui.finding_evidence (
    county        text not null,
    edition       int not null,
    rule          text not null,
    subject       text not null,
    facts         bigint not null,             -- how many; evidence lists the latest of them
    evidence      jsonb not null,
    primary key (county, edition, rule, subject)
);
