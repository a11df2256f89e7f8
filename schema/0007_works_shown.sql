-- What lists say of a works, kept with the edition that first said it: found without configuration or facts.
create table bidui.works_shown (
    county        text not null,
    works_no      text not null,
    edition       int not null,
    name          text,
    households    text[] not null,             -- household numbers it serves, in list order
    primary key (county, works_no, edition)
);
