-- What the roster says of a person's ability to work (劳动技能).
alter table bidui.person add column labour text;
