-- Results: what townships found, row by row of what they were sent.

-- Which alerts a recipient was asked about, in the order of the row; written when they differ from what it had last. A
-- row of an edition is answered by these: the latest of that edition or before.
create table bidui.sending_lead (
    county        text not null,
    lead_id       bigint not null,
    recipient     text not null,               -- township code
    edition       int not null,
    alerts        bigint[] not null,           -- {0} for a lead off the roster, whose reason is no alert
    primary key (county, lead_id, recipient, edition)
);

-- The result of a lead, as a version.
create table bidui.result (
    county        text not null,
    lead_id       bigint not null,
    learned       int not null,
    ended         int,                         -- a later visit replaced it
    recipient     text not null,
    sent_edition  int not null,                -- edition of the row that was answered
    code          smallint not null,           -- 10 .. 70: the program's table of codes
    visited_on    date not null,
    way           text not null check (way in ('visit', 'phone', 'video')),
    content       bytea not null,              -- keyed hash of the row as answered: the same row is not taken twice
    sealed        bytea not null,              -- visitors and remarks
    primary key (county, lead_id, learned)
);

-- The answer about a rule and a subject, as a version; one is in force.
create table bidui.answer (
    county        text not null,
    rule          text not null,               -- for a lead off the roster: the dataset
    subject       text not null,               -- as in alert; for a lead off the roster 'o' and its off_id
    learned       int not null,
    ended         int,
    lead_id       bigint,
    alert_id      bigint,                      -- 0 off the roster
    sent_edition  int,
    answer        text not null check (answer in ('true', 'untrue', 'data_wrong')),
    code          smallint not null,
    visited_on    date not null,
    amount        numeric,                     -- what the rule's amount was when the township was asked; null: unknown
    primary key (county, rule, subject, learned)
);
create index on bidui.answer (county, lead_id);

-- Findings of an edition that opened nothing: their rule and subject were answered a short while ago (cooling), or the
-- alert that rests on the same evidence was taken back (withdrawn).
create table bidui.held (
    county        text not null,
    edition       int not null,
    rule          text not null,
    subject       text not null,
    person_id     bigint,
    household_id  bigint,
    works_no      text,
    why           text not null check (why in ('cooling', 'withdrawn')),
    because       text,                        -- of what was taken back
    answer        text,                        -- the rest: of what is cooling
    code          smallint,
    answered_on   date,
    until         date,                        -- the first day on which it may open again
    opens_at      numeric,                     -- the amount that opens it before; null: none does
    primary key (county, edition, rule, subject)
);
create index on bidui.held (county, edition, household_id);
