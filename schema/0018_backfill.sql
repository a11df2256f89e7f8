-- Ranges of days that a person asked to be read again. The next delivery of the dataset reads them before what it always
-- reads (landed: its edition); done: the edition that admitted it.
create table bidui.backfill (
    county        text not null,
    dataset       text not null,
    backfill_no   int not null,
    from_day      date not null,
    to_day        date not null check (to_day >= from_day),
    asked_by      text not null,
    asked_on      date not null,
    landed        int,
    done          int,
    primary key (county, dataset, backfill_no)
);
