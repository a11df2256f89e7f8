-- Rules as versions, findings, alerts, leads.
create table bidui.rule_version (
    county        text not null,
    rule          text not null,
    version       int not null,
    learned       int not null,
    ended         int,                         -- retired or replaced
    digest        text not null,
    body          text not null,               -- as written
    primary key (county, rule, version)
);

-- The first edition in which a rule, with this line (the values of its parameters), could be judged on complete
-- feeds: what it finds there was there before and is standing.
create table bidui.rule_cover (
    county        text not null,
    rule          text not null,
    line          text not null,               -- digest of version and parameter values
    first_edition int not null,
    primary key (county, rule, line)
);

-- True findings of an edition.
create table bidui.finding (
    county        text not null,
    edition       int not null,
    rule          text not null,
    subject       text not null,               -- person_id, household_id or works_no
    person_id     bigint,
    household_id  bigint,
    works_no      text,
    details       jsonb not null,              -- {"values": {...}, "threshold": "...", "unit": "...", "parameter": {...}}
    primary key (county, edition, rule, subject)
);

create table bidui.lead (
    county        text not null,
    lead_id       bigint not null,
    lead_no       text not null,
    household_id  bigint,
    works_no      text,
    opened_edition int not null,
    opened_on     date not null,
    primary key (county, lead_id),
    unique (county, lead_no)
);

create table bidui.lead_state (                -- written in each edition in which the lead is shown
    county        text not null,
    lead_id       bigint not null,
    edition       int not null,
    kind          text not null check (kind in ('new', 'changed', 'reopen', 'off_roster', 'works', 'standing')),
    level         text not null check (level in ('high', 'medium', 'low')),
    state         text not null check (state in ('opened', 'open', 'escalated', 'cleared', 'answered', 'withdrawn')),
    sheet         text not null check (sheet in ('new', 'changed', 'reopen', 'works', 'standing', 'open', 'cleared')),
    due_on        date,
    started_on    date,                        -- the day its clock started; null while standing and unreleased
    primary key (county, lead_id, edition)
);

create table bidui.alert (
    county        text not null,
    alert_id      bigint not null,
    rule          text not null,
    subject       text not null,
    person_id     bigint,
    household_id  bigint,
    works_no      text,
    lead_id       bigint not null,
    opened_edition int not null,
    opened_on     date not null,
    standing      boolean not null,
    closed_edition int,
    primary key (county, alert_id)
);
create unique index alert_one_open on bidui.alert (county, rule, subject) where closed_edition is null;
create index on bidui.alert (county, lead_id);

create table bidui.alert_state (               -- written when something of it changed
    county        text not null,
    alert_id      bigint not null,
    edition       int not null,
    state         text not null check (state in ('opened', 'open', 'escalated', 'cleared', 'answered', 'withdrawn')),
    cause         text not null default '',    -- why it closed: condition_ended, the unless's name, rule_retired, link_undone, record_retracted, household_gone
    rule_version  int not null,
    anchor        date not null,               -- as-of date of the last true finding: windows are held there
    severity      text not null,
    details       jsonb not null,              -- values, threshold, unit, parameter
    evidence      jsonb not null default '[]', -- [{"department","dataset","record_key","event_date","edition"}]
    primary key (county, alert_id, edition)
);

create table bidui.sending (
    county        text not null,
    edition       int not null,
    recipient     text not null,
    state         text not null check (state in ('pending', 'sent')),
    primary key (county, edition, recipient)
);

create table bidui.audit (
    county        text not null,
    audit_no      bigint not null,
    edition       int,
    actor         text not null,
    action        text not null,
    object        text not null,
    reason        text not null,
    primary key (county, audit_no)
);
