-- Remarks of the county are kept as those of townships are: sealed, known again by a keyed hash, emptied when their days are
-- over. What stood in the open goes: SQL has no key to seal it with, and the audit keeps why something was taken back.
alter table bidui.result alter column sealed drop not null;        -- emptied
alter table bidui.decision drop column because;
alter table bidui.decision add column content bytea;               -- decision and reason: the same is not taken twice
alter table bidui.decision add column sealed bytea;                -- the reason; null: emptied
alter table bidui.withdrawal drop column because;
alter table bidui.withdrawal add column sealed bytea;
alter table bidui.held drop column because;
alter table bidui.held add column withdrawal_no bigint;            -- of what was taken back
