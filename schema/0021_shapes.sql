-- What each wanted column of a delivery looks like: counts over its first rows (blank, kinds of values, lengths, years or
-- magnitudes) and an estimate of how many differ; no values and nothing made of a single one. By it a column that comes
-- under another name is known again. The last admitted delivery alone keeps it.
alter table bidui.delivery add column shapes text not null default '';
