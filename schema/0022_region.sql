-- What the roster calls its province, prefecture and county, by the first digits of the villages' codes: departments
-- write addresses, and these names stand in front of the village's.
create table bidui.region (
    county        text not null,
    region_code   text not null,                 -- 2, 4 or 6 digits
    learned       int not null,
    ended         int,
    region_name   text not null,
    primary key (county, region_code, learned)
);
