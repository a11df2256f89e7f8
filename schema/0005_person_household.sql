create index person_household on bidui.person (county, household_id); -- who lives there: lists, explain, moves
