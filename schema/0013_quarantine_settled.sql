-- A record leaves quarantine when a later delivery settles it: the edition that did, and whether it came again in
-- quarantine ('again': the newer entry counts) or sound, or was gone from a full snapshot ('corrected').
alter table bidui.quarantine
    add column settled_edition int,
    add column settled_why text check (settled_why in ('corrected', 'again'));
