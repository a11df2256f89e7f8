-- What the last page of a delivery was read as, where that is found out and not configured: "csv gb18030", "zip xlsx".
alter table bidui.delivery add column source_format text not null default '';
