-- Name lists: a lookup that goes out as a table and comes back filled in. A list is recorded, with everybody on it, before
-- it is written: what left the house is always on record.
-- writing: recorded, perhaps not written yet; sent: it lies where the department takes it; expired: what comes back of it
-- is taken no longer, and who was not answered may be asked about again.
create table bidui.name_list (
    county        text not null,
    dataset       text not null,
    list_no       text not null,
    edition       int not null,
    sent_on       date not null,
    persons       int not null,
    state         text not null check (state in ('writing', 'sent', 'expired')),
    has_file      boolean not null,
    primary key (county, dataset, list_no)
);

-- On a list a person is asked once (outcome asked, on the day it went out), and every answer is a row of its own, in the
-- edition it landed in and of the day it came. Null: asked by a request.
alter table bidui.question add column list_no text;
create index on bidui.question (county, dataset, list_no) where list_no is not null;
