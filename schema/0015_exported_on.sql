-- When the files of a delivery were exported, where the dataset says how to tell; the oldest of them.
alter table bidui.delivery add column exported_on date;
