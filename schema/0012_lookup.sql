-- Written consents, as `bidui consent load` brings them: for a person, or for everybody of a household.
create table bidui.consent (
    county        text not null,
    consent_no    text not null,
    subject       text not null check (subject in ('person', 'household')),
    subject_id    bigint not null,
    signed_on     date not null,
    valid_until   date,
    primary key (county, consent_no, subject, subject_id)
);
create index on bidui.consent (county, subject, subject_id);

-- Every question that a lookup dataset asked about a person: asking discloses. It is logged before it goes out.
-- asked: no answer landed; record, none: what the answer held; conflict: it held what could not be told whose it is;
-- lost: the delivery it landed in counts no longer.
create table bidui.question (
    county        text not null,
    dataset       text not null,
    person_id     bigint not null,
    edition       int not null,
    attempt       int not null,
    asked_on      date not null,
    consent_no    text,
    outcome       text not null check (outcome in ('asked', 'record', 'none', 'conflict', 'lost')),
    primary key (county, dataset, person_id, edition, attempt)
);
create index on bidui.question (county, dataset, edition);
