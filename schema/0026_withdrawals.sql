-- What should not have gone out, taken back with a reason: alerts, and leads off the roster (alert_id 0).
create table bidui.withdrawal (
    county        text not null,
    withdrawal_no bigint not null,
    learned       int not null,
    scope         text not null check (scope in ('lead', 'rule', 'run')),
    object        text not null,               -- the lead's number, the rule, the run
    because       text not null,
    decided_by    text not null,
    primary key (county, withdrawal_no)
);
create table bidui.withdrawn (
    county        text not null,
    lead_id       bigint not null,
    alert_id      bigint not null,
    learned       int not null,
    withdrawal_no bigint not null,
    primary key (county, lead_id, alert_id)
);
create index on bidui.withdrawn (county, alert_id);
