-- Records dated after the as-of date are put aside, and asked for again until their day comes: the earliest change of
-- one, behind which the next increment begins.
alter table bidui.delivery add column waiting_since timestamp;
