-- What the source gave with a delivery to ask later whether it is still the same (an ETag, say), and a keyed code of what
-- it was read with: configuration, roster, decided questions. Empty: it says nothing, or the next pull reads it anyway.
alter table bidui.delivery add column validators text not null default '';
alter table bidui.delivery add column read_with text not null default '';
