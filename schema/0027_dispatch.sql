-- The county's decisions on leads, as versions; and what they sent out. With `dispatch: screened` nothing goes to a
-- township but what was dispatched here, or is grave and was left undecided too long.
create table bidui.decision (
    county        text not null,
    lead_id       bigint not null,
    learned       int not null,
    ended         int,
    decision      text not null check (decision in ('dispatch', 'merge', 'wait', 'drop')),
    because       text not null,
    decided_by    text not null,
    batch         int,                         -- of dispatch: the batch it went out with
    primary key (county, lead_id, learned)
);
create table bidui.dispatch_batch (
    county        text not null,
    batch         int not null,
    edition       int not null,                -- the published list it was made from
    made          boolean not null default false, -- its files are in place
    primary key (county, batch)
);
