-- A deadline is a promise: it is kept as it was reckoned on the day its clock started.
alter table bidui.alert
    add column started_on date,                -- null while standing and unreleased
    add column due_on date;                    -- null also while the calendar lacks the year
-- The further clock of a lead whose level its families raised: it runs while the level lasts.
alter table bidui.lead_state
    add column raised_on date,
    add column raised_due date;
-- Open alerts are looked up each night, findings of one subject when an alert's last true day is asked for.
create index on bidui.alert (county, lead_id) where closed_edition is null;
-- Facts of one dataset that a version ended are told from keys that live on.
create index on bidui.rule_version (county, rule) where ended is null;
