-- Records of a full snapshot that are as the facts in force have them do not land: a mark each is all they leave, batch
-- by batch, until their delivery has its verdict. A mark is a hash of the record key.
create table bidui.landing_standing (
    county        text not null,
    dataset       text not null,
    edition       int not null,
    page          int not null,     -- the last one of the batch
    facts         bigint not null,  -- a hash of the facts the marks were made by
    same          bytea not null,   -- 8 bytes a mark: as it stands
    other         bytea not null,   -- came, but otherwise than it stands, or to be held
    primary key (county, dataset, edition, page)
);
