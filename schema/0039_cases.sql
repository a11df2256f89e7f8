-- The case of a household of which enrolment was reported, known by the lead it came from.

-- Steps that people reported, as they were taken; never changed.
create table bidui.case_step (
    county        text not null,
    step_no       bigint not null,
    lead_id       bigint not null,
    learned       int not null,
    state         text not null,
    on_day        date not null,
    decided_by    text not null,
    primary key (county, step_no)
);
create index on bidui.case_step (county, lead_id);

-- Where a case stands, written in each edition in which something of it changed.
create table bidui.case_state (
    county        text not null,
    lead_id       bigint not null,
    edition       int not null,
    state         text not null,               -- pipeline/cases/machine.c
    since         date not null,
    due_on        date,
    reported_on   date not null,
    enrolled_on   date,
    is_confirmed  boolean not null,            -- the roster has shown it so: monitored, or cleared
    is_mismatch   boolean not null,            -- it should have by now
    applied       bigint not null,             -- the last step that counts in it
    primary key (county, lead_id, edition)
);
