-- A clock belongs to the edition that set it: undoing an edition restores it with the rest of the alert's state.
alter table bidui.alert_state
    add column started_on date,                -- null while standing and unreleased
    add column due_on date;                    -- null also while the calendar lacks the year
update bidui.alert_state s set started_on = a.started_on, due_on = a.due_on
from bidui.alert a where a.county = s.county and a.alert_id = s.alert_id;
alter table bidui.alert drop column started_on, drop column due_on;
