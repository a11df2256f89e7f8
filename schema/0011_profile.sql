-- What was counted of a delivery's values so far: counts and keyed hashes, emptied with its verdict.
alter table bidui.delivery add column profile text not null default '';
